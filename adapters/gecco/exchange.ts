// One exchange of signed SOAP with SI GECCO: a document there, the attributes of whatever comes back.
import type { Context } from '../contract.ts'
import { type ScspCode, scspCode, type Treatment } from '../lib/scsp/codes.ts'
import { type Atributos, scspDocuments } from '../lib/scsp/documents.ts'
import { readAtributos, readConfirmacionPeticion } from '../lib/scsp/read.ts'
import { readFault, soapNamespace } from '../lib/soap.ts'
import { type OpenedEnvelope, openEnvelope } from '../lib/ws-security.ts'
import { signEnvelope } from '../lib/ws-security-sign.ts'
import { childOf, parseXml, type SafeXml } from '../lib/xml.ts'
import { validateXml } from '../lib/xml-schema.ts'
import { askingSchemas } from './schemas.ts'
import { askingOf, type GeccoSettings } from './settings.ts'

export type GeccoContext = Context<GeccoSettings>
export type OpenedPayload = Omit<OpenedEnvelope, 'certificate'>

/** How soon to try again where the issuer has trouble and does not say itself. */
export const againSeconds = 60
const busySecondsMax = 3_600

export interface Answer {
  atributos: Atributos
  /** The signed envelope as it came. */
  body: string
  /** Whether it holds the rows' answers: then it is about everybody in them. */
  hasRows: boolean
  /** False for a Fault that came without signature. */
  signed: boolean
}

/** Throws whenever the answer tells nothing: not signed, not SCSP, an HTTP status that is no answer. */
export const exchange = async (payload: SafeXml, soapAction: string, context: GeccoContext): Promise<Answer | { busySeconds: number }> => {
  const { endpoint, signatureAlgorithm, timeoutMs } = askingOf(context.settings)
  const envelope = signEnvelope(payload, { keys: context.keys, algorithm: signatureAlgorithm, now: context.now() })
  const { status, headers, body } = await context.fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: `"${soapAction}"` },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${envelope}`,
    timeoutMs
  })
  if (status === 429 || status === 503)
    return { busySeconds: Math.min(Math.max(Number(headers['retry-after']) || againSeconds, 1), busySecondsMax) }
  // SOAP 1.1 sends faults with 500: a fault that can be read is an answer, any other 5xx leaves us not knowing.
  if (status !== 200 && status !== 500) throw new Error(`SI GECCO answered HTTP ${status}`)
  const opened = open(body, context)
  if (status === 500 && opened.name !== 'Fault') throw new Error('SI GECCO answered HTTP 500 without a fault')
  return { atributos: atributosOf(opened), body, hasRows: documentOf(opened) === 'respuesta', signed: opened.certificate !== null }
}

const open = (body: string, { settings, keys, now }: GeccoContext): OpenedEnvelope =>
  openEnvelope(body, { keys, algorithms: askingOf(settings).acceptedSignatures, now: now() })

/** The attributes, when they are about our request. An issuer that could not read it, or would not, need not know its id. */
export const aboutUs = ({ atributos }: Answer, idPeticion: string): Atributos => {
  const refusals: readonly (Treatment | undefined)[] = ['document', 'channel', 'again']
  if (atributos.idPeticion !== idPeticion && !refusals.includes(scspCode(atributos.estado?.codigo ?? '')?.treatment))
    throw new Error('SI GECCO answered about another request')
  return atributos
}

/** The code and its entry in the table. */
export const meaningOf = ({ estado }: Atributos): { code: string; entry: ScspCode } => {
  const entry = scspCode(estado?.codigo ?? '')
  if (estado === undefined || entry === null) throw new Error('SI GECCO answered with a state that is not in the table of SCSP codes')
  return { code: estado.codigo, entry }
}

/** The attributes of any answer. The rows of a Respuesta are read only when it is interpreted. */
const atributosOf = (opened: OpenedEnvelope): Atributos => {
  if (isFault(opened)) return faultAtributos(opened.payload)
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

/** The attributes in a Fault's detail; throws when it has none. */
export const faultAtributos = (payload: SafeXml): Atributos => {
  const { detail, code } = readFault(parseXml(payload).root)
  const atributos = childOf(detail, 'Atributos')
  if (atributos === undefined) throw new Error(`SI GECCO answered with a SOAP fault (${code}) that has no SCSP code`)
  return readAtributos(atributos)
}

export const isFault = ({ name, namespace }: OpenedPayload) => name === 'Fault' && namespace === soapNamespace

/** Which of SCSP's answers it is; undefined when it is none. */
export const documentOf = ({ name, namespace }: OpenedPayload) =>
  (['respuesta', 'confirmacionPeticion'] as const).find(
    document => scspDocuments[document].root === name && scspDocuments[document].namespace === namespace
  )
