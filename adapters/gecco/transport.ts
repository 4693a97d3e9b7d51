// The half of asking that talks: SCSP's asynchronous exchange with SI GECCO over signed SOAP.
import { createHash } from 'node:crypto'
import { type Context, type Message, NotAuthentic, type Outcome, type Parcel, type ParcelRefused, type Verified } from '../contract.ts'
import { type ScspCode, scspCode } from '../lib/scsp/codes.ts'
import { type Atributos, scspDocuments } from '../lib/scsp/documents.ts'
import { readAtributos, readConfirmacionPeticion, readRespuesta } from '../lib/scsp/read.ts'
import { formatTime } from '../lib/scsp/times.ts'
import { writeSolicitudRespuesta } from '../lib/scsp/write.ts'
import { readFault, soapNamespace } from '../lib/soap.ts'
import { type OpenedEnvelope, openEnvelope, reopenEnvelope } from '../lib/ws-security.ts'
import { signEnvelope } from '../lib/ws-security-sign.ts'
import { childOf, parseXml, type SafeXml, XmlRefused } from '../lib/xml.ts'
import { SchemaViolated, validateXml } from '../lib/xml-schema.ts'
import { stamps } from './map.ts'
import type { GeccoContent } from './map-answer.ts'
import { askingSchemas } from './schemas.ts'
import { type AskingSettings, askingOf, type GeccoSettings } from './settings.ts'
import type { Solicitud } from './wire.ts'

type GeccoContext = Context<GeccoSettings>
type OpenedPayload = Omit<OpenedEnvelope, 'certificate'>

/** Trouble at the issuer passes; trouble with our channel (certificate, procedure, clock) waits for a person, and the rows wait with it. */
const againSeconds = 60
const channelSeconds = 900
const pendingSecondsMin = 60
const receiptMax = 16_384

/**
 * Sends the Peticion with the times of now and a fresh signature under the same IdPeticion. Taken, every row is accepted with one
 * ticket whose seconds are of campaign time; 0229 on a resend says that an earlier send had arrived.
 */
export const send = async (parcel: Parcel<Solicitud>, context: GeccoContext): Promise<readonly Outcome[] | ParcelRefused> => {
  const asking = askingOf(context.settings)
  const peticion = stamped(parcel, context.now())
  validateXml(peticion, askingSchemas.peticion)
  const answer = await exchange(peticion, asking.soapActions.peticion, context)
  if ('busySeconds' in answer) return everyRow(parcel, { status: 'deferred', retryAfterSeconds: answer.busySeconds })
  const atributos = aboutUs(answer, parcel.id)
  const { code, entry } = meaningOf(atributos)
  switch (entry.treatment) {
    case 'pending':
    case 'done':
      return accepted(parcel, atributos, answer.body, asking)
    case 'repeated':
      // On a first send nobody can have sent this id before us: what SI GECCO has under it is settled by asking.
      if (parcel.attempt === 1) throw new Error('SI GECCO has this IdPeticion already, though it was never sent before')
      return accepted(parcel, atributos, answer.body, asking)
    case 'again':
      return everyRow(parcel, { status: 'deferred', retryAfterSeconds: againSeconds })
    case 'channel':
      return everyRow(parcel, { status: 'deferred', retryAfterSeconds: channelSeconds, code, reason: entry.meaning })
    case 'document':
      return { refused: 'parcel', code, reason: entry.meaning }
    case 'unknown':
      throw new Error(`SI GECCO answered ${code} to a request: ${entry.meaning}`)
  }
}

/** After a lost answer: comes for the result. 0244 says that the request never arrived; anything else but a refusal, that it did. */
export const ask = async (parcel: Parcel<Solicitud>, context: GeccoContext): Promise<readonly Outcome[] | 'absent' | 'cannot tell'> => {
  const asking = askingOf(context.settings)
  const answer = await exchange(solicitudRespuesta(parcel.id, parcel.rows.length, context), asking.soapActions.solicitudRespuesta, context)
  if ('busySeconds' in answer) return 'cannot tell'
  const atributos = aboutUs(answer, parcel.id)
  const { treatment } = meaningOf(atributos).entry
  if (treatment === 'unknown') return 'absent'
  return treatment === 'pending' || treatment === 'done' ? accepted(parcel, atributos, answer.body, asking) : 'cannot tell'
}

/** Comes for the answer of an accepted request. `retryAfterSeconds` is of campaign time, as the ticket's were. */
export const collect = async (ticket: string, context: GeccoContext): Promise<Message | { retryAfterSeconds: number }> => {
  const asking = askingOf(context.settings)
  const [idPeticion = '', rows = ''] = ticket.split('/')
  const answer = await exchange(solicitudRespuesta(idPeticion, Number(rows), context), asking.soapActions.solicitudRespuesta, context)
  if ('busySeconds' in answer) return { retryAfterSeconds: answer.busySeconds }
  const atributos = aboutUs(answer, idPeticion)
  const { code, entry } = meaningOf(atributos)
  switch (entry.treatment) {
    case 'done':
      return { id: idPeticion, contentType: 'text/xml', headers: {}, body: answer.body }
    case 'pending':
      return { retryAfterSeconds: waitingSeconds(atributos, asking) }
    case 'again':
      return { retryAfterSeconds: againSeconds }
    case 'channel':
      return { retryAfterSeconds: channelSeconds }
    default:
      throw new Error(`SI GECCO gives no answer to a request it had taken: ${code} ${entry.meaning}`)
  }
}

/** Throws `NotAuthentic`; a document of SI GECCO's that breaks the schema is authentic all the same, and is said to be unreadable. */
export const authenticate = async (message: Message, context: GeccoContext): Promise<Verified> => {
  const { settings, keys } = context
  const check = { keys, algorithms: askingOf(settings).acceptedSignatures, now: null }
  try {
    return { message, content: contentOf(openEnvelope(message.body, check)) }
  } catch (error) {
    if (error instanceof XmlRefused) throw new NotAuthentic(`nothing signed can be read: ${error.message}`)
    throw error
  }
}

export const reopen = (message: Message): Verified => ({ message, content: contentOf(reopenEnvelope(message.body)) })

const contentOf = (opened: OpenedPayload): GeccoContent => {
  if (documentOf(opened) !== 'respuesta') return { unreadable: 'the message is no Respuesta of SCSP v3' }
  try {
    validateXml(opened.payload, askingSchemas.respuesta)
    return { respuesta: readRespuesta(opened.payload) }
  } catch (error) {
    if (error instanceof SchemaViolated || error instanceof XmlRefused) return { unreadable: error.message }
    throw error
  }
}

const stamped = ({ draft, campaignAt }: Parcel, now: Date): SafeXml =>
  draft.body
    .replace(stamps.timeStamp, `<TimeStamp>${formatTime(now)}</TimeStamp>`)
    .replaceAll(stamps.fechaPresentacion, `<FechaPresentacion>${formatTime(new Date(campaignAt))}</FechaPresentacion>`) as SafeXml

const solicitudRespuesta = (idPeticion: string, rows: number, { settings, now }: GeccoContext): SafeXml => {
  const { codigoCertificado, solicitante } = askingOf(settings)
  const atributos: Atributos = { idPeticion, numElementos: rows, timeStamp: formatTime(now()), codigoCertificado }
  const document = writeSolicitudRespuesta({
    atributos,
    solicitante: { identificador: solicitante.identificador, nombre: solicitante.nombre }
  })
  validateXml(document, askingSchemas.solicitudRespuesta)
  return document
}

interface Answer {
  atributos: Atributos
  /** The signed envelope as it came. */
  body: string
}

const exchange = async (payload: SafeXml, soapAction: string, context: GeccoContext): Promise<Answer | { busySeconds: number }> => {
  const { endpoint, signatureAlgorithm, timeoutMs } = askingOf(context.settings)
  const envelope = signEnvelope(payload, { keys: context.keys, algorithm: signatureAlgorithm, now: context.now() })
  const { status, headers, body } = await context.fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: `"${soapAction}"` },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${envelope}`,
    timeoutMs
  })
  if (status === 429 || status === 503) return { busySeconds: Math.min(Math.max(Number(headers['retry-after']) || againSeconds, 1), 3_600) }
  // SOAP 1.1 sends faults with 500: a fault that can be read is an answer, any other 5xx leaves us not knowing.
  if (status !== 200 && status !== 500) throw new Error(`SI GECCO answered HTTP ${status}`)
  const opened = open(body, context)
  if (status === 500 && opened.name !== 'Fault') throw new Error('SI GECCO answered HTTP 500 without a fault')
  return { atributos: atributosOf(opened), body }
}

const open = (body: string, { settings, keys, now }: GeccoContext): OpenedEnvelope =>
  openEnvelope(body, { keys, algorithms: askingOf(settings).acceptedSignatures, now: now() })

const documentOf = ({ name, namespace }: OpenedPayload) =>
  (['respuesta', 'confirmacionPeticion'] as const).find(
    document => scspDocuments[document].root === name && scspDocuments[document].namespace === namespace
  )

/** The attributes of any answer. The rows of a Respuesta are read only when it is interpreted. */
const atributosOf = (opened: OpenedEnvelope): Atributos => {
  if (opened.name === 'Fault' && opened.namespace === soapNamespace) return faultAtributos(opened.payload)
  switch (documentOf(opened)) {
    case 'confirmacionPeticion':
      validateXml(opened.payload, askingSchemas.confirmacionPeticion)
      return readConfirmacionPeticion(opened.payload).atributos
    case 'respuesta':
      return readAtributos(childOf(parseXml(withoutRows(opened.payload)).root, 'Atributos'))
    default:
      throw new Error('SI GECCO answered with a document that is not of SCSP v3')
  }
}

/** The schema puts the rows last, so what stands before them is the whole head. */
const withoutRows = (respuesta: SafeXml): SafeXml => {
  const rowsAt = respuesta.search(/<(?:[\w.-]+:)?Transmisiones[\s>]/)
  return rowsAt < 0 ? respuesta : ((respuesta.slice(0, rowsAt) + respuesta.slice(respuesta.lastIndexOf('</'))) as SafeXml)
}

const faultAtributos = (payload: SafeXml): Atributos => {
  const { detail, code } = readFault(parseXml(payload).root)
  const atributos = childOf(detail, 'Atributos')
  if (atributos === undefined) throw new Error(`SI GECCO answered with a SOAP fault (${code}) that has no SCSP code`)
  return readAtributos(atributos)
}

/** Faults may come without an id, when SI GECCO could not read ours. */
const aboutUs = ({ atributos }: Answer, idPeticion: string): Atributos => {
  if (
    atributos.idPeticion !== '' &&
    atributos.idPeticion !== idPeticion &&
    scspCode(atributos.estado?.codigo ?? '')?.treatment !== 'document'
  )
    throw new Error('SI GECCO answered about another request')
  return atributos
}

const meaningOf = ({ estado }: Atributos): { code: string; entry: ScspCode } => {
  const entry = scspCode(estado?.codigo ?? '')
  if (estado === undefined || entry === null) throw new Error('SI GECCO answered with a state that is not in the table of SCSP codes')
  return { code: estado.codigo, entry }
}

/** Every row keeps the signed envelope as its receipt; of a whole Respuesta, which is collected anyway, only the digest. */
const accepted = (parcel: Parcel, atributos: Atributos, body: string, asking: AskingSettings): readonly Outcome[] => {
  const receipt = body.length <= receiptMax ? body : `sha-256 ${createHash('sha256').update(body).digest('hex')}`
  const ticket = `${parcel.id}/${parcel.rows.length}`
  return everyRow(parcel, { status: 'accepted', receipt, collect: { ticket, afterSeconds: waitingSeconds(atributos, asking) } })
}

const waitingSeconds = ({ estado }: Atributos, { waitingTimeUnit }: AskingSettings): number =>
  Math.max((estado?.tiempoEstimadoHoras ?? 0) * (waitingTimeUnit === 'hours' ? 3_600 : 60), pendingSecondsMin)

const everyRow = ({ rows }: Parcel, outcome: Outcome): readonly Outcome[] => rows.map(() => outcome)
