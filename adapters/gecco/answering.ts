// SCSP the other way round: registered Spanish administrations ask us whether a person is authorised to work for an employer on a date.
import { X509Certificate } from 'node:crypto'
import type { Answering, Context, Inquiry, Message, Reply, Retrieval } from '../contract.ts'
import { Unanswerable } from '../contract.ts'
import { rowsOfXml } from '../lib/rows.ts'
import { type KnownCode, scspCodes } from '../lib/scsp/codes.ts'
import { scspDocuments } from '../lib/scsp/documents.ts'
import { type FaultFrame, scspFault, signatureCodes } from '../lib/scsp/fault.ts'
import { readPeticion, readSolicitudRespuesta } from '../lib/scsp/read.ts'
import { isRecent } from '../lib/scsp/rules.ts'
import { formatTime } from '../lib/scsp/times.ts'
import { writeConfirmacionPeticion } from '../lib/scsp/write.ts'
import { type OpenedEnvelope, openEnvelope, SignatureRefused } from '../lib/ws-security.ts'
import { signEnvelope } from '../lib/ws-security-sign.ts'
import { type SafeXml, XmlRefused } from '../lib/xml.ts'
import { SchemaViolated, validateXml } from '../lib/xml-schema.ts'
import { type InquiryFrame, questionsOf, writeAnswers } from './answering-rows.ts'
import { judge } from './answering-rules.ts'
import type { AnsweringSettings, Requester } from './answering-settings.ts'
import { answeringSchemas } from './schemas.ts'
import type { GeccoSettings } from './settings.ts'

type GeccoContext = Context<GeccoSettings>

const read = async (message: Message, context: GeccoContext): Promise<Inquiry | Retrieval> => {
  const settings = answeringOf(context.settings)
  try {
    const opened = openEnvelope(message.body, { keys: context.keys, algorithms: settings.acceptedSignatures, now: context.now() })
    const operation = operationOf(message, settings)
    if (isDocument(opened, 'solicitudRespuesta') && operation === 'solicitudRespuesta')
      return readRetrieval(opened, settings, context.now())
    if (isDocument(opened, 'peticion') && (operation === 'sincrona' || operation === 'asincrona'))
      return readInquiry(message, opened, operation, settings, context.now())
    throw refuse('0231')
  } catch (error) {
    if (error instanceof SignatureRefused) throw refuse(signatureCodes[error.fault])
    if (error instanceof XmlRefused) throw refuse('0226')
    if (error instanceof SchemaViolated) throw refuse(codeOf(error))
    throw error
  }
}

const readInquiry = (
  message: Message,
  opened: OpenedEnvelope,
  operation: 'sincrona' | 'asincrona',
  settings: AnsweringSettings,
  now: Date
): Inquiry => {
  validateXml(opened.payload, answeringSchemas.peticion)
  const peticion = readPeticion(opened.payload)
  const { idPeticion, numElementos } = peticion.atributos
  const frame: InquiryFrame = { idPeticion, numElementos }
  const first = peticion.solicitudes[0]?.genericos
  const requester = registered(settings, first?.solicitante.identificador, opened)
  const wrong = requester === null ? '0301' : judge(peticion, requester, settings, now, operation === 'sincrona')
  if (wrong !== null) throw refuse(wrong, frame)
  if (first === undefined) throw refuse('0237', { idPeticion })
  return {
    kind: 'inquiry',
    id: idPeticion,
    mode: operation === 'sincrona' ? 'now' : 'later',
    afterSeconds: operation === 'sincrona' ? 0 : settings.waitingHours * 3_600,
    requester: first.solicitante.identificador,
    purpose: first.solicitante.finalidad,
    consent: first.solicitante.consentimiento,
    official: first.solicitante.funcionario.nif,
    questions: questionsOf(peticion),
    frame,
    document: askedIn(message.body, opened.payload)
  }
}

const question = 'SolicitudTransmision'

/** Questions are cut out of what was signed, in canonical form: no comment hides between them. Around it is the envelope as it came. */
const askedIn = (sent: string, payload: SafeXml): Inquiry['document'] => {
  const [peticion, second] = rowsOfXml(sent, scspDocuments.peticion.root)
  const isKnown = peticion !== undefined && second === undefined
  const around = isKnown ? { before: sent.slice(0, peticion.from), after: sent.slice(peticion.to) } : null
  return { body: payload, rows: rowsOfXml(payload, question), around }
}

const readRetrieval = (opened: OpenedEnvelope, settings: AnsweringSettings, now: Date): Retrieval => {
  validateXml(opened.payload, answeringSchemas.solicitudRespuesta)
  const { atributos, solicitante } = readSolicitudRespuesta(opened.payload)
  const frame = { idPeticion: atributos.idPeticion, numElementos: atributos.numElementos }
  if (registered(settings, solicitante.identificador, opened) === null) throw refuse('0301', frame)
  if (!isRecent(atributos.timeStamp, now)) throw refuse('0230', frame)
  if (atributos.codigoCertificado !== settings.codigoCertificado) throw refuse('0401', frame)
  return { kind: 'retrieval', id: atributos.idPeticion, requester: solicitante.identificador, frame }
}

/** The requester a message names, when one of its own certificates signed: a registered body cannot ask in another's name. */
const registered = (
  { requesters }: AnsweringSettings,
  identificador: string | undefined,
  { certificate }: OpenedEnvelope
): Requester | null => {
  if (certificate === null) return null
  const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase()
  return requesters.find(one => one.identificador === identificador && one.certificates.includes(fingerprint)) ?? null
}

/** SOAP 1.1 tells the synchronous operation from the asynchronous one by this header alone: the documents are the same. */
const operationOf = ({ headers }: Message, { soapActions }: AnsweringSettings) => {
  const action = (headers.soapaction ?? '').replaceAll('"', '').trim().toLowerCase()
  return (['sincrona', 'asincrona', 'solicitudRespuesta'] as const).find(name => soapActions[name].toLowerCase() === action)
}

const isDocument = ({ name, namespace }: OpenedEnvelope, document: 'peticion' | 'solicitudRespuesta'): boolean =>
  scspDocuments[document].root === name && scspDocuments[document].namespace === namespace

/** A broken schema has codes of its own where the protocol names the field. */
const codeOf = ({ violations: [first = ''] }: SchemaViolated): KnownCode => {
  if (first.startsWith('NumElementos:')) return '0237'
  if (first.startsWith('Consentimiento:')) return '0236'
  if (first.startsWith('TipoDocumentacion:')) return '0404'
  return first.includes('Missing child element') ? '0402' : '0401'
}

const refuse = (code: KnownCode, frame?: Omit<FaultFrame, 'codigoCertificado'>) => new Unanswerable(code, scspCodes[code].meaning, frame)

const write: Answering<GeccoSettings>['write'] = async (inquiry, answers, context) =>
  signed(200, writeAnswers(inquiry, answers, answeringOf(context.settings), context.now()), context)

const acknowledge: Answering<GeccoSettings>['acknowledge'] = async ({ frame }, afterSeconds, context) => {
  const { codigoCertificado } = answeringOf(context.settings)
  const { idPeticion, numElementos } = frame as InquiryFrame
  const tiempoEstimadoHoras = Math.min(Math.max(Math.ceil(afterSeconds / 3_600), 0), 9_999)
  const estado = { codigo: '0002', literal: scspCodes['0002'].literal, tiempoEstimadoHoras }
  const payload = writeConfirmacionPeticion({
    atributos: { idPeticion, numElementos, timeStamp: formatTime(context.now()), estado, codigoCertificado }
  })
  validateXml(payload, answeringSchemas.confirmacionPeticion)
  return signed(200, payload, context)
}

const fail: Answering<GeccoSettings>['fail'] = async ({ code, frame }, context) => {
  const { codigoCertificado } = answeringOf(context.settings)
  const known = Object.hasOwn(scspCodes, code) ? (code as KnownCode) : '0904'
  return signed(
    500,
    scspFault(known, { ...(frame as Omit<FaultFrame, 'codigoCertificado'> | undefined), codigoCertificado }, context.now()),
    context
  )
}

const signed = (status: number, payload: SafeXml, context: GeccoContext): Reply => {
  const { signatureAlgorithm } = answeringOf(context.settings)
  const body = signEnvelope(payload, { keys: context.keys, algorithm: signatureAlgorithm, now: context.now() })
  return { status, contentType: 'text/xml; charset=utf-8', body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` }
}

const answeringOf = ({ answering }: GeccoSettings): AnsweringSettings => {
  if (answering === undefined) throw new Error('this partner has no settings for answering: add them to let it ask')
  return answering
}

export const answering: Answering<GeccoSettings> = {
  serves: settings => settings.answering !== undefined,
  read,
  write,
  acknowledge,
  fail,
  codes: { repeated: '0229', absent: '0244', unavailable: '0901' }
}
