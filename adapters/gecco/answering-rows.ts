// The rows of a question and of its answer.
import { createHash } from 'node:crypto'
import type { Answer, Asked, Inquiry } from '../contract.ts'
import { type KnownCode, scspCodes } from '../lib/scsp/codes.ts'
import type { DatosGenericos, Peticion } from '../lib/scsp/documents.ts'
import { formatTime } from '../lib/scsp/times.ts'
import { writeRespuesta } from '../lib/scsp/write.ts'
import { childOf, type SafeXml, textOf, type XmlContent, type XmlNode } from '../lib/xml.ts'
import { validateXml } from '../lib/xml-schema.ts'
import type { AnsweringSettings } from './answering-settings.ts'
import { answeringSchemas } from './schemas.ts'

/** What the answer echoes of the request; of each question it echoes its generic data. */
export interface InquiryFrame {
  idPeticion: string
  numElementos: number
}

/** The specific data of one question; null when there are none. */
export const readConsulta = (especificos: XmlNode | undefined): { empleador: string; fecha: string; paisPasaporte: string } | null => {
  const node = childOf(especificos, 'Consulta')
  if (node === undefined) return null
  return {
    empleador: textOf(node, 'Empleador') ?? '',
    // xs:date allows a zone; the day is what counts.
    fecha: (textOf(node, 'Fecha') ?? '').slice(0, 10),
    paisPasaporte: textOf(node, 'PaisPasaporte') ?? 'MAR'
  }
}

/** Each row of a request that was found in order, as a question of the gateway's. */
export const questionsOf = ({ solicitudes }: Peticion): Inquiry['questions'] =>
  solicitudes.flatMap(({ genericos, especificos }) => {
    const { titular, transmision } = genericos
    const consulta = readConsulta(especificos)
    if (consulta === null) return []
    const value = titular.documentacion.toUpperCase()
    const identifier =
      titular.tipoDocumentacion === 'NIE'
        ? { scheme: 'ES-NIE' as const, value }
        : { scheme: 'PASSPORT' as const, value, country: consulta.paisPasaporte }
    return [{ id: transmision.idSolicitud, identifier, employer: consulta.empleador, date: consulta.fecha, frame: genericos }]
  })

/** The Respuesta, in the order of the questions. Throws when a question has no answer. */
export const writeAnswers = (inquiry: Asked, answers: readonly Answer[], { codigoCertificado }: AnsweringSettings, now: Date): SafeXml => {
  const { idPeticion } = inquiry.frame as InquiryFrame
  const byId = new Map(answers.map(answer => [answer.id, answer]))
  const payload = writeRespuesta({
    atributos: {
      idPeticion,
      numElementos: inquiry.questions.length,
      timeStamp: formatTime(now),
      estado: { codigo: '0003', literal: scspCodes['0003'].literal },
      codigoCertificado
    },
    transmisiones: inquiry.questions.map(({ frame }) => {
      const genericos = frame as DatosGenericos
      const answer = byId.get(genericos.transmision.idSolicitud)
      if (answer === undefined) throw new Error('a question was left without an answer')
      const idTransmision = transmisionOf(inquiry, genericos.transmision.idSolicitud)
      return {
        genericos: { ...genericos, transmision: { ...genericos.transmision, idTransmision, fechaGeneracion: formatTime(now) } },
        especificos: writeAutorizado(answer)
      }
    })
  })
  validateXml(payload, answeringSchemas.respuesta)
  return payload
}

const writeAutorizado = ({ status, authorization }: Answer): XmlContent => {
  const estado = (code: KnownCode) => ({ CodigoEstado: code, LiteralError: scspCodes[code].literal })
  if (status === 'not identified') return { Estado: estado('0233') }
  return {
    Estado: estado('0003'),
    Autorizacion: {
      Autorizado: status === 'authorised' ? 'S' : 'N',
      Expediente: authorization?.fileNumber,
      ValidaDesde: authorization?.validFrom,
      ValidaHasta: authorization?.validTo,
      Nie: authorization?.nie
    }
  }
}

/** At most 29 characters, and the same for the same row however often the answer is written. */
const transmisionOf = ({ requester, id }: Asked, idSolicitud: string): string =>
  `T${createHash('sha256').update(`${requester}|${id}|${idSolicitud}`).digest('hex').slice(0, 28)}`
