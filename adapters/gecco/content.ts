// What SI GECCO's answers say once they are known to be its own: the rows, or why none of them can be used.
import { type Cut, type Message, NotAuthentic, type Verified } from '../contract.ts'
import { rowsOfXml } from '../lib/rows.ts'
import { scspCode } from '../lib/scsp/codes.ts'
import { scspDocuments } from '../lib/scsp/documents.ts'
import { readRespuesta } from '../lib/scsp/read.ts'
import { openEnvelope, reopenEnvelope } from '../lib/ws-security.ts'
import { XmlRefused } from '../lib/xml.ts'
import { SchemaViolated, validateXml } from '../lib/xml-schema.ts'
import { documentOf, faultAtributos, type GeccoContext, isFault, type OpenedPayload } from './exchange.ts'
import type { GeccoContent } from './map-answer.ts'
import { askingSchemas } from './schemas.ts'
import { askingOf } from './settings.ts'

/** Throws `NotAuthentic`; a document of SI GECCO's that breaks the schema is authentic all the same, and is said to be unreadable. */
export const authenticate = async (message: Message, context: GeccoContext): Promise<Verified> => {
  const { settings, keys } = context
  const check = { keys, algorithms: askingOf(settings).acceptedSignatures, now: null }
  try {
    const opened = openEnvelope(message.body, check)
    // Read when it is asked for: whoever takes a message in asks only whether it is SI GECCO's, and reads the rows later.
    let content: GeccoContent | undefined
    return {
      message,
      get content() {
        content ??= contentOf(opened)
        return content
      }
    }
  } catch (error) {
    if (error instanceof XmlRefused) throw new NotAuthentic(`nothing signed can be read: ${error.message}`)
    throw error
  }
}

export const reopen = (message: Message): Verified => ({ message, content: contentOf(reopenEnvelope(message.body)) })

/** Rows are cut out of what was signed. The envelope holds its digest, and goes where nobody reads it without all of the rows. */
export const rowsOf = ({ message, content }: Verified): Cut | null => {
  if ('unreadable' in (content as GeccoContent)) return null
  const { respuesta, payload } = content as Exclude<GeccoContent, { unreadable: string }>
  const rows = rowsOfXml(payload, 'TransmisionDatos')
  const [sent, second] = rowsOfXml(message.body, scspDocuments.respuesta.root)
  if (rows.length !== respuesta.transmisiones.length || sent === undefined || second !== undefined) return null
  return { within: 'text', rows, signed: { body: payload, before: message.body.slice(0, sent.from), after: message.body.slice(sent.to) } }
}

const contentOf = (opened: OpenedPayload): GeccoContent => {
  if (isFault(opened)) return { unreadable: faultReason(opened) }
  if (documentOf(opened) !== 'respuesta') return { unreadable: 'the message is no Respuesta of SCSP v3' }
  try {
    validateXml(opened.payload, askingSchemas.respuesta)
    return { respuesta: readRespuesta(opened.payload), payload: opened.payload }
  } catch (error) {
    if (error instanceof SchemaViolated || error instanceof XmlRefused) return { unreadable: error.message }
    throw error
  }
}

/** Codes from the table only: the partner's own words may name a person. */
const faultReason = ({ payload }: OpenedPayload): string => {
  const code = faultAtributos(payload).estado?.codigo ?? ''
  const meaning = scspCode(code)?.meaning ?? 'a code of no table'
  return `SI GECCO has no answer to a request that it had taken (${/^\d{4}$/.test(code) ? code : 'no code'}, ${meaning}): ask there, then redeliver its rows`
}
