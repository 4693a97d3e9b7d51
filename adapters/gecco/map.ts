// The pure half of asking: from an event to a row of a collective request, and from the rows of the answer to canonical events.
import { type EventType, eventPayload } from '../../schemas/event.ts'
import { toSpanishSex } from '../../schemas/sex.ts'
import type { CanonicalEvent, Draft, Projected, Row, Unreadable } from '../contract.ts'
import { scspCode } from '../lib/scsp/codes.ts'
import type { Elemento, Respuesta } from '../lib/scsp/documents.ts'
import { parseTime } from '../lib/scsp/times.ts'
import { writePeticion } from '../lib/scsp/write.ts'
import type { XmlNode } from '../lib/xml.ts'
import { type AskingSettings, askingOf, type GeccoSettings } from './settings.ts'
import { type RequestKind, type Resolucion, readResolucion, type Solicitud, type Trabajador, writeSolicitud } from './wire.ts'

export const kindOf: Partial<Record<EventType, RequestKind>> = {
  'authorization.requested': 'AUTORIZACION',
  'authorization.mended': 'SUBSANACION',
  'callback.filed': 'LLAMAMIENTO',
  'candidate.withdrew': 'DESISTIMIENTO',
  'worker.died': 'DESISTIMIENTO'
}

/** A collective request is of one offer, one employer and one kind. */
export const gatherBy = ({ type, record }: Projected): string =>
  [kindOf[type], record.selection?.offer ?? record.offer, record.selection?.employer?.cif ?? record.callback?.employer?.cif].join('|')

/** Throws when the record lacks what SI GECCO cannot do without; the message names the field and never holds a value. */
export const toSolicitud = ({ type, subId, campaign, record }: Projected): Solicitud => {
  const tipo = kindOf[type]
  if (tipo === undefined) throw new Error(`SI GECCO takes no event ${type}`)
  const { selection, contract, commitment, callback } = record
  const asks = tipo === 'AUTORIZACION' || tipo === 'SUBSANACION'
  const employer = selection?.employer ?? callback?.employer
  const period = selection?.period ?? callback?.period
  return {
    tipo,
    referencia: subId,
    campania: campaign,
    oferta: demand(selection?.offer ?? record.offer, 'offer'),
    acta: selection?.acta,
    empleador: { cif: demand(employer?.cif, 'selection.employer'), razonSocial: demand(employer?.name, 'selection.employer') },
    puesto: selection && {
      clasificacion: selection.occupation?.scheme,
      ocupacion: selection.occupation?.code,
      actividad: selection.activity,
      municipio: selection.workplace?.municipality,
      fechaInicio: period?.start,
      fechaFin: period?.end
    },
    contrato: asks ? contractOf(contract) : undefined,
    compromisoRetorno: asks ? commitmentOf(commitment) : undefined,
    llamamiento:
      tipo === 'LLAMAMIENTO'
        ? { expediente: demand(callback?.fileNumber, 'callback.fileNumber'), anio: demand(callback?.yearIndex, 'callback.yearIndex') }
        : undefined,
    trabajador: toTrabajador(record)
  }
}

/** Contract and return commitment are signed before a request is filed (RD 1155/2024 art 102.1.h, 107.1.b): without them it would be refused. */
const contractOf = (contract: Projected['record']['contract']) => ({
  referencia: demand(contract?.reference, 'contract.reference'),
  fechaFirma: demand(contract?.signedAt, 'contract.signedAt').slice(0, 10),
  tipo: contract?.type
})

const commitmentOf = (commitment: Projected['record']['commitment']) => ({
  fechaFirma: demand(commitment?.signedAt, 'commitment.signedAt').slice(0, 10),
  huella: demand(commitment?.hash, 'commitment.hash')
})

const toTrabajador = ({ person, documents, callback }: Projected['record']): Trabajador => {
  const latin = person?.name?.latin
  const names = { Apellido1: cut(latin?.family), Apellido2: cut(latin?.secondFamily), Nombre: cut(latin?.given) }
  const sexo = person?.sex === undefined ? null : toSpanishSex(person.sex)
  return {
    // The family name stays whole: a Moroccan has one, and a blank in it ("BEN ALI") does not make two.
    apellido1: demand(names.Apellido1?.value, 'person.name.latin'),
    apellido2: names.Apellido2?.value,
    nombre: names.Nombre?.value,
    truncado: (['Apellido1', 'Apellido2', 'Nombre'] as const).filter(field => names[field]?.truncated === true),
    ...birthOf(demand(person?.birthDate, 'person.birthDate')),
    lugarNacimiento: person?.birthPlace?.text,
    paisNacimiento: person?.birthPlace?.country,
    sexo: sexo ?? undefined,
    nacionalidad: person?.nationalities?.[0],
    pasaporte: passportOf(documents, person?.identifiers),
    nie: callback?.nie ?? person?.identifiers?.find(({ scheme, status }) => scheme === 'ES-NIE' && status !== 'DISPUTED')?.value
  }
}

const nameLengthMax = 50

const cut = (name: string | undefined): { value: string; truncated: boolean } | undefined => {
  if (name === undefined) return undefined
  const letters = [...name]
  return letters.length <= nameLengthMax
    ? { value: name, truncated: false }
    : { value: letters.slice(0, nameLengthMax).join('').trim(), truncated: true }
}

/** Spain reads what the passport prints, and where the day is not known it prints the first: the rule's name goes along. */
const birthOf = (birthDate: string): Pick<Trabajador, 'fechaNacimiento' | 'reglaFechaNacimiento'> => {
  if (birthDate.endsWith('XX-XX')) return { fechaNacimiento: `${birthDate.slice(0, 4)}-01-01`, reglaFechaNacimiento: 'ANIO-0101' }
  if (birthDate.endsWith('XX')) return { fechaNacimiento: `${birthDate.slice(0, 7)}-01`, reglaFechaNacimiento: 'MES-01' }
  return { fechaNacimiento: birthDate }
}

/** The passport that no other supersedes; the last one told where there are several. */
const passportOf = (
  documents: Projected['record']['documents'],
  identifiers: NonNullable<Projected['record']['person']>['identifiers']
): Trabajador['pasaporte'] => {
  const passports = (documents ?? []).filter(({ type }) => type === 'PASSPORT')
  const current = passports.findLast(({ number }) => !passports.some(({ supersedes }) => supersedes === number))
  if (current !== undefined) return { numero: current.number, pais: current.country, fechaCaducidad: current.expiryDate }
  const identifier = identifiers?.findLast(({ scheme }) => scheme === 'PASSPORT')
  return { numero: demand(identifier?.value, 'documents[PASSPORT]'), pais: demand(identifier?.country, 'documents[PASSPORT]') }
}

const demand = <Value>(value: Value | undefined, field: string): Value => {
  if (value === undefined) throw new Error(`the record has no ${field}, which SI GECCO needs: complete the record, then redeliver`)
  return value
}

/** Stands in a draft where the time of sending goes: empty elements, which no data can look like. */
export const stamps = { timeStamp: '<TimeStamp/>', fechaPresentacion: '<FechaPresentacion/>' }

/** A Peticion complete but for the two times of sending. */
export const toDraft = (rows: readonly Row<Solicitud>[], parcelId: string, settings: GeccoSettings): Draft => {
  const asking = askingOf(settings)
  const body = writePeticion({
    atributos: { idPeticion: parcelId, numElementos: rows.length, timeStamp: '', codigoCertificado: asking.codigoCertificado },
    solicitudes: rows.map(({ delivery, fragment }) => ({
      genericos: genericos(delivery, fragment, asking),
      especificos: writeSolicitud(fragment, '')
    }))
  })
  return { contentType: 'text/xml; charset=utf-8', body }
}

const genericos = (delivery: string, { trabajador, llamamiento }: Solicitud, asking: AskingSettings) => ({
  emisor: asking.emisor,
  solicitante: {
    ...asking.solicitante,
    procedimiento: procedimientoOf(asking),
    finalidad: asking.finalidad,
    consentimiento: asking.consentimiento,
    funcionario: asking.funcionario,
    ...(llamamiento === undefined ? {} : { idExpediente: llamamiento.expediente })
  },
  titular: {
    tipoDocumentacion: 'Pasaporte' as const,
    documentacion: trabajador.pasaporte.numero,
    ...(trabajador.nombre === undefined ? {} : { nombre: trabajador.nombre }),
    ...(trabajador.apellido1 === undefined ? {} : { apellido1: trabajador.apellido1 }),
    ...(trabajador.apellido2 === undefined ? {} : { apellido2: trabajador.apellido2 })
  },
  transmision: { codigoCertificado: asking.codigoCertificado, idSolicitud: delivery }
})

const procedimientoOf = ({ procedimiento: { codigo, nombre, automatizado, claseTramite } }: AskingSettings) => ({
  codigo,
  nombre,
  ...(automatizado === undefined ? {} : { automatizado }),
  ...(claseTramite === undefined ? {} : { claseTramite })
})

/** What `authenticate` made of an answer: the document, or why none of it can be used. */
export type GeccoContent = { respuesta: Respuesta } | { unreadable: string }

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
  const meaning = meanings[`${resolucion.tipo === 'SUBSANACION' ? 'AUTORIZACION' : resolucion.tipo} ${resolucion.sentido}`]
  if (meaning === undefined) return [unreadable(row, 'Sentido', 'no event is known for this Tipo and Sentido')]
  const notifiedAt = parseTime(resolucion.fechaNotificacion ?? '')
  if (notifiedAt === null) return [unreadable(row, 'FechaNotificacion', 'the notification has no date that can be read')]
  const payload = eventPayload(meaning.type).safeParse(withoutAbsent(meaning.patch(resolucion)))
  if (!payload.success) {
    const places = [...new Set(payload.error.issues.map(issue => issue.path.join('.')))].slice(0, 5)
    return [unreadable(row, places[0] ?? 'row', `values that cannot be right at ${places.join(', ')}: have SI GECCO correct the row`)]
  }
  const key = genericos.transmision.idSolicitud
  return [{ row, key, type: meaning.type, about: { delivery: key }, effectiveAt: notifiedAt.toISOString(), payload: payload.data }]
}

interface Meaning {
  type: EventType
  patch(resolucion: Resolucion): Record<string, unknown>
}

const decided =
  (decision: string) =>
  (resolucion: Resolucion): Record<string, unknown> => ({ authorization: { ...authorizationOf(resolucion), decision } })

const answered =
  (outcome: 'APPROVED' | 'REFUSED', also: (resolucion: Resolucion) => Record<string, unknown>) => (resolucion: Resolucion) => ({
    callback: { response: { outcome, date: resolucion.fechaResolucion } },
    ...also(resolucion)
  })

const meanings: Readonly<Record<string, Meaning>> = {
  'AUTORIZACION CONCEDIDA': { type: 'authorization.granted', patch: decided('GRANTED') },
  'AUTORIZACION DENEGADA': { type: 'authorization.refused', patch: decided('REFUSED') },
  'AUTORIZACION INADMITIDA': { type: 'authorization.inadmissible', patch: decided('INADMISSIBLE') },
  'AUTORIZACION ARCHIVADA': { type: 'authorization.archived', patch: decided('ARCHIVED') },
  'AUTORIZACION REQUERIDA': { type: 'authorization.defective', patch: ({ defectos }) => ({ request: { defects: defectos } }) },
  'LLAMAMIENTO CONCEDIDA': { type: 'callback.approved', patch: answered('APPROVED', decided('GRANTED')) },
  'LLAMAMIENTO DENEGADA': { type: 'callback.refused', patch: answered('REFUSED', () => ({})) },
  'LLAMAMIENTO INADMITIDA': { type: 'callback.refused', patch: answered('REFUSED', () => ({})) }
}

const authorizationOf = (resolucion: Resolucion): Record<string, unknown> => ({
  fileNumber: resolucion.expediente,
  legalBasis: resolucion.baseLegal,
  resolutionDate: resolucion.fechaResolucion,
  notifiedAt: parseTime(resolucion.fechaNotificacion ?? '')?.toISOString(),
  validFrom: resolucion.validaDesde,
  validTo: resolucion.validaHasta,
  scope: resolucion.ambito && {
    employerCif: resolucion.ambito.cif,
    autonomousCommunity: resolucion.ambito.comunidadAutonoma,
    occupation: { scheme: resolucion.ambito.clasificacion, code: resolucion.ambito.ocupacion },
    sector: resolucion.ambito.sector
  },
  nie: resolucion.nie,
  reasonCode: resolucion.codigoMotivo,
  appeal: resolucion.recurso && { body: resolucion.recurso.organo, deadline: resolucion.recurso.fechaLimite }
})

/** A patch says nothing about a member that the row does not have. */
const withoutAbsent = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, withoutAbsent(member)]]))
  )
}
