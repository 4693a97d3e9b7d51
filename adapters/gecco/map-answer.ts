// The other pure half: from the rows of SI GECCO's answer to canonical events, each row for itself.
import { type EventType, eventPayload } from '../../schemas/event.ts'
import type { CanonicalEvent, Unreadable } from '../contract.ts'
import { places } from '../lib/explain.ts'
import { scspCode } from '../lib/scsp/codes.ts'
import type { Elemento, Respuesta } from '../lib/scsp/documents.ts'
import { parseTime } from '../lib/scsp/times.ts'
import type { XmlNode } from '../lib/xml.ts'
import { type Resolucion, readResolucion } from './wire.ts'

/** What `authenticate` made of an answer: the document, as it was signed and as it is read, or why none of it can be used. */
export type GeccoContent = { respuesta: Respuesta; payload: string } | { unreadable: string }

/** One entry per row; a withdrawal that SI GECCO took note of says nothing new and has none. */
export const toEvents = (content: GeccoContent): (CanonicalEvent | Unreadable)[] => {
  if ('unreadable' in content) return [{ row: 0, unreadable: 'document', reason: content.unreadable }]
  const { atributos, transmisiones } = content.respuesta
  const seen = new Set<string>()
  const rows = transmisiones.flatMap((row, at) => {
    const delivery = row.genericos.transmision.idSolicitud
    if (seen.has(delivery)) return [unreadable(at, 'IdSolicitud', 'the same IdSolicitud came before in this answer: ask which row holds')]
    seen.add(delivery)
    return toEvent(row, at)
  })
  if (atributos.numElementos === transmisiones.length) return rows
  const reason = `the answer declares ${atributos.numElementos} rows and carries ${transmisiones.length}: ask for the ones that are missing`
  return [...rows, unreadable(transmisiones.length, 'NumElementos', reason)]
}

const unreadable = (row: number, what: string, reason: string): Unreadable => ({ row, unreadable: what, reason })

const toEvent = ({ genericos, especificos }: Elemento<XmlNode>, row: number): (CanonicalEvent | Unreadable)[] => {
  const resolucion = readResolucion(especificos)
  if ('codigo' in resolucion)
    return [
      unreadable(
        row,
        'Estado',
        `SI GECCO could not deal with the row: ${resolucion.codigo} ${scspCode(resolucion.codigo)?.meaning ?? ''}`.trim()
      )
    ]
  if (resolucion.tipo === 'DESISTIMIENTO') return []
  const known = `${resolucion.tipo === 'SUBSANACION' ? 'AUTORIZACION' : resolucion.tipo} ${resolucion.sentido}`
  const meaning = Object.hasOwn(meanings, known) ? meanings[known] : undefined
  if (meaning === undefined) return [unreadable(row, 'Sentido', 'no event is known for this Tipo and Sentido')]
  const notifiedAt = parseTime(resolucion.fechaNotificacion ?? '')
  if (notifiedAt === null) return [unreadable(row, 'FechaNotificacion', 'the notification has no date that can be read')]
  const payload = eventPayload(meaning.type).safeParse(withoutAbsent(meaning.patch(resolucion)))
  if (!payload.success)
    return [unreadable(row, 'value', `values that cannot be right at ${places(payload.error)}: have SI GECCO correct the row`)]
  const key = genericos.transmision.idSolicitud
  return [{ row, key, type: meaning.type, about: { delivery: key }, effectiveAt: notifiedAt.toISOString(), payload: payload.data }]
}

interface Meaning {
  type: EventType
  patch(resolucion: Resolucion): Record<string, unknown>
}

const decided =
  (decision: string) =>
  (resolucion: Resolucion): Record<string, unknown> => ({ authorization: { ...decisionOf(resolucion), decision } })

const callbackAnswer = (outcome: 'APPROVED' | 'REFUSED', { fechaResolucion }: Resolucion) => ({
  callback: { response: { outcome, date: fechaResolucion } }
})

const calledBack: Meaning['patch'] = resolucion => ({ ...callbackAnswer('APPROVED', resolucion), authorization: grantOf(resolucion) })
const notCalledBack: Meaning['patch'] = resolucion => callbackAnswer('REFUSED', resolucion)

const meanings: Readonly<Record<string, Meaning>> = {
  'AUTORIZACION CONCEDIDA': { type: 'authorization.granted', patch: resolucion => ({ authorization: grantOf(resolucion) }) },
  'AUTORIZACION DENEGADA': { type: 'authorization.refused', patch: decided('REFUSED') },
  'AUTORIZACION INADMITIDA': { type: 'authorization.inadmissible', patch: decided('INADMISSIBLE') },
  'AUTORIZACION ARCHIVADA': { type: 'authorization.archived', patch: decided('ARCHIVED') },
  'AUTORIZACION REQUERIDA': {
    type: 'authorization.defective',
    patch: ({ defectos }) => ({ request: { defects: defectos.length === 0 ? undefined : defectos } })
  },
  'LLAMAMIENTO CONCEDIDA': { type: 'callback.approved', patch: calledBack },
  'LLAMAMIENTO DENEGADA': { type: 'callback.refused', patch: notCalledBack },
  'LLAMAMIENTO INADMITIDA': { type: 'callback.refused', patch: notCalledBack }
}

const decisionOf = (resolucion: Resolucion): Record<string, unknown> => ({
  fileNumber: resolucion.expediente,
  legalBasis: resolucion.baseLegal,
  resolutionDate: resolucion.fechaResolucion,
  notifiedAt: parseTime(resolucion.fechaNotificacion ?? '')?.toISOString(),
  nie: resolucion.nie,
  reasonCode: resolucion.codigoMotivo,
  appeal: resolucion.recurso && { body: resolucion.recurso.organo, deadline: resolucion.recurso.fechaLimite }
})

/** Validity and scope are a grant's alone, whatever else a row repeats of the request. */
const grantOf = (resolucion: Resolucion): Record<string, unknown> => ({
  ...decisionOf(resolucion),
  decision: 'GRANTED',
  validFrom: resolucion.validaDesde,
  validTo: resolucion.validaHasta,
  scope: resolucion.ambito && {
    employerCif: resolucion.ambito.cif,
    autonomousCommunity: resolucion.ambito.comunidadAutonoma,
    occupation: { scheme: resolucion.ambito.clasificacion, code: resolucion.ambito.ocupacion },
    sector: resolucion.ambito.sector
  }
})

/** A patch says nothing about a member that the row does not have. */
const withoutAbsent = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, withoutAbsent(member)]]))
  )
}
