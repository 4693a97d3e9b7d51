// The half of asking that talks: SCSP's asynchronous exchange with SI GECCO.
import type { Message, Outcome, Parcel, ParcelRefused } from '../contract.ts'
import type { Atributos } from '../lib/scsp/documents.ts'
import { formatTime } from '../lib/scsp/times.ts'
import { writeSolicitudRespuesta } from '../lib/scsp/write.ts'
import type { SafeXml } from '../lib/xml.ts'
import { SchemaViolated, validateXml } from '../lib/xml-schema.ts'
import { type Answer, aboutUs, againSeconds, exchange, type GeccoContext, meaningOf } from './exchange.ts'
import { askingSchemas } from './schemas.ts'
import { type AskingSettings, askingOf } from './settings.ts'
import type { Solicitud } from './wire.ts'

/** Trouble with our channel (certificate, procedure, clock) waits for a person, and the rows wait with it. */
const channelSeconds = 900
const pendingSecondsMin = 60

/**
 * Sends the Peticion with a fresh signature; a resend has other times under the same IdPeticion. Taken, every row is accepted with one
 * ticket whose seconds are of campaign time; 0229 on a resend says that an earlier send had arrived.
 */
export const send = async (parcel: Parcel<Solicitud>, context: GeccoContext): Promise<readonly Outcome[] | ParcelRefused> => {
  const asking = askingOf(context.settings)
  const peticion = parcel.draft.body as SafeXml
  const fault = schemaFault(peticion)
  if (fault !== null) return { refused: 'parcel', code: '0401', reason: fault }
  const answer = await exchange(peticion, asking.soapActions.peticion, context)
  if ('busySeconds' in answer) return everyRow(parcel, { status: 'deferred', retryAfterSeconds: answer.busySeconds })
  const atributos = aboutUs(answer, parcel.id)
  const { code, entry } = meaningOf(atributos)
  switch (entry.treatment) {
    case 'pending':
    case 'done':
      return accepted(parcel, answer, atributos, asking)
    case 'repeated':
      // On a first send nobody can have sent this id before us: what SI GECCO has under it is settled by asking.
      if (parcel.attempt === 1) throw new Error('SI GECCO has this IdPeticion already, though it was never sent before')
      return accepted(parcel, answer, atributos, asking)
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
  return treatment === 'pending' || treatment === 'done' ? accepted(parcel, answer, atributos, asking) : 'cannot tell'
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
      // Signed, it will not change its mind: the fault is stored like an answer, and waits for a person. Unsigned, anybody may have sent it.
      if (answer.signed) return { id: `${idPeticion} ${code}`, contentType: 'text/xml', headers: {}, body: answer.body }
      throw new Error(`SI GECCO gives no answer to a request it had taken: ${code} ${entry.meaning}`)
  }
}

/** What our own document breaks of the schema: SI GECCO would refuse it as a whole, and the gateway finds the row as if it had. */
const schemaFault = (peticion: SafeXml): string | null => {
  try {
    validateXml(peticion, askingSchemas.peticion)
    return null
  } catch (error) {
    if (error instanceof SchemaViolated) return error.message
    throw error
  }
}

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

/**
 * Every row keeps the signed envelope as its receipt. Of a Respuesta, which is collected anyway, it keeps what the head says: the rest is about others
 * too, and a digest of it would tell who guesses a row of somebody erased.
 */
const accepted = (parcel: Parcel, { body, hasRows }: Answer, atributos: Atributos, asking: AskingSettings): readonly Outcome[] => {
  const receipt = hasRows
    ? JSON.stringify({ idPeticion: atributos.idPeticion, timeStamp: atributos.timeStamp, estado: atributos.estado })
    : body
  const ticket = `${parcel.id}/${parcel.rows.length}`
  return everyRow(parcel, { status: 'accepted', receipt, collect: { ticket, afterSeconds: waitingSeconds(atributos, asking) } })
}

const waitingSeconds = ({ estado }: Atributos, { waitingTimeUnit }: AskingSettings): number =>
  Math.max((estado?.tiempoEstimadoHoras ?? 0) * (waitingTimeUnit === 'hours' ? 3_600 : 60), pendingSecondsMin)

const everyRow = ({ rows }: Parcel, outcome: Outcome): readonly Outcome[] => rows.map(() => outcome)
