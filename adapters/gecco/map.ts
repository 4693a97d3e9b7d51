// The pure half of asking: from an event to a row of a collective request.
import type { EventType } from '../../schemas/event.ts'
import { toSpanishName } from '../../schemas/name-targets.ts'
import type { PersonName } from '../../schemas/names.ts'
import { toSpanishSex } from '../../schemas/sex.ts'
import type { Draft, Projected, Row, Times } from '../contract.ts'
import { passportInForce } from '../lib/passport.ts'
import { formatTime } from '../lib/scsp/times.ts'
import { rowsOfPeticion, writePeticion } from '../lib/scsp/write.ts'
import { type AskingSettings, askingOf, type GeccoSettings } from './settings.ts'
import { type RequestKind, type Solicitud, type Trabajador, writeSolicitud } from './wire.ts'

export const kindOf: Partial<Record<EventType, RequestKind>> = {
  'authorization.requested': 'AUTORIZACION',
  'authorization.mended': 'SUBSANACION',
  'callback.filed': 'LLAMAMIENTO',
  'candidate.withdrew': 'DESISTIMIENTO',
  'worker.died': 'DESISTIMIENTO'
}

/** A collective request is of one offer, one employer and one kind. */
export const gatherBy = ({ type, record }: Projected): string => {
  const tipo = kindOf[type]
  return [tipo, record.offer, employerOf(tipo, record)?.cif].join('|')
}

/** Throws when the record lacks what SI GECCO cannot do without; the message names the field and never holds a value. */
export const toSolicitud = ({ type, subId, campaign, record }: Projected): Solicitud => {
  const tipo = kindOf[type]
  if (tipo === undefined) throw new Error(`SI GECCO takes no event ${type}`)
  const employer = employerOf(tipo, record)
  const head = {
    tipo,
    referencia: subId,
    campania: campaign,
    oferta: demand(record.offer, 'offer'),
    empleador: { cif: demand(employer?.cif, 'selection.employer'), razonSocial: demand(employer?.name, 'selection.employer') }
  }
  switch (tipo) {
    case 'AUTORIZACION':
    case 'SUBSANACION':
      return {
        ...head,
        ...applicationOf(record.request),
        acta: record.selection?.acta,
        puesto: postOf(record.selection, record.selection?.period),
        contrato: contractOf(record.contract),
        compromisoRetorno: commitmentOf(record.commitment),
        trabajador: { ...toTrabajador(record), nie: knownNie(record) }
      }
    case 'LLAMAMIENTO':
      return {
        ...head,
        puesto: postOf(record.selection, record.callback?.period),
        llamamiento: {
          expediente: demand(record.callback?.fileNumber, 'callback.fileNumber'),
          anio: demand(record.callback?.yearIndex, 'callback.yearIndex')
        },
        trabajador: { ...toTrabajador(record), nie: demand(record.callback?.nie, 'callback.nie') }
      }
    case 'DESISTIMIENTO':
      return { ...head, trabajador: { ...namesOf(record), pasaporte: passportOf(record.documents) } }
  }
}

type View = Projected['record']

const employerOf = (tipo: RequestKind | undefined, { selection, callback }: View) =>
  tipo === 'LLAMAMIENTO' ? callback?.employer : (selection?.employer ?? callback?.employer)

const applicationOf = (request: View['request']): Pick<Solicitud, 'solicitudColectiva' | 'declaraciones' | 'tasa'> => ({
  solicitudColectiva: request?.requestId,
  declaraciones: request?.declarations && {
    alojamiento: request.declarations.housing,
    viaje: request.declarations.travel,
    solvencia: request.declarations.solvency,
    seguroMedico: request.declarations.healthInsurance,
    informacionDerechos: request.declarations.rightsInformed
  },
  tasa: request?.feeProof && {
    modelo: request.feeProof.model,
    codigo: request.feeProof.code,
    justificante: request.feeProof.number,
    fecha: request.feeProof.date,
    importe: request.feeProof.amount
  }
})

const postOf = (selection: View['selection'], period: { start?: string; end?: string } | undefined): Solicitud['puesto'] => ({
  clasificacion: selection?.occupation?.scheme,
  ocupacion: selection?.occupation?.code,
  actividad: selection?.activity,
  municipio: selection?.workplace?.municipality,
  fechaInicio: period?.start,
  fechaFin: period?.end
})

/** Contract and return commitment are signed before a request is filed (RD 1155/2024 art 102.1.h, 107.1.b): without them it would be refused. */
const contractOf = (contract: View['contract']) => ({
  referencia: demand(contract?.reference, 'contract.reference'),
  fechaFirma: demand(contract?.signedAt, 'contract.signedAt').slice(0, 10),
  tipo: contract?.type
})

const commitmentOf = (commitment: View['commitment']) => ({
  fechaFirma: demand(commitment?.signedAt, 'commitment.signedAt').slice(0, 10),
  huella: demand(commitment?.hash, 'commitment.hash')
})

const toTrabajador = (record: View): Trabajador => {
  const { person } = record
  const sexo = person?.sex === undefined ? null : toSpanishSex(person.sex)
  return {
    ...namesOf(record),
    ...birthOf(demand(person?.birthDate, 'person.birthDate')),
    lugarNacimiento: person?.birthPlace?.text,
    paisNacimiento: person?.birthPlace?.country,
    sexo: sexo ?? undefined,
    nacionalidad: person?.nationalities?.[0],
    pasaporte: passportOf(record.documents)
  }
}

/** The family name stays whole in Apellido1: a Moroccan has one, and a blank in it ("BEN ALI") does not make two. */
const namesOf = ({ person }: View): Pick<Trabajador, 'apellido1' | 'apellido2' | 'nombre' | 'truncado'> => {
  const { apellido1, apellido2, nombre } = toSpanishName(nameOf(person?.name?.latin), 'SCSP')
  const fields = [
    ['Apellido1', apellido1],
    ['Apellido2', apellido2],
    ['Nombre', nombre]
  ] as const
  return {
    apellido1: apellido1.value,
    apellido2: apellido2?.value,
    nombre: nombre.value,
    truncado: fields.flatMap(([field, rendering]) => (rendering?.truncated ? [field] : []))
  }
}

const nameOf = (latin: Partial<PersonName['latin']> | undefined): PersonName['latin'] => ({
  family: demand(latin?.family, 'person.name.latin'),
  given: demand(latin?.given, 'person.name.latin'),
  secondFamily: latin?.secondFamily
})

/** Spain reads what the passport prints, and where the day is not known it prints the first: the rule's name goes along. */
const birthOf = (birthDate: string): Pick<Trabajador, 'fechaNacimiento' | 'reglaFechaNacimiento'> => {
  if (birthDate.endsWith('XX-XX')) return { fechaNacimiento: `${birthDate.slice(0, 4)}-01-01`, reglaFechaNacimiento: 'ANIO-0101' }
  if (birthDate.endsWith('XX')) return { fechaNacimiento: `${birthDate.slice(0, 7)}-01`, reglaFechaNacimiento: 'MES-01' }
  return { fechaNacimiento: birthDate }
}

const passportOf = (documents: View['documents']): Trabajador['pasaporte'] => {
  const { number, country, expiryDate } = demand(passportInForce(documents), 'documents[PASSPORT]')
  return { numero: number, pais: country, fechaCaducidad: expiryDate }
}

/** A NIE is for life: one that she has already is told, so that no second is given out. */
const knownNie = ({ person }: View): string | undefined =>
  person?.identifiers?.find(({ scheme, status }) => scheme === 'ES-NIE' && status !== 'DISPUTED')?.value

const demand = <Value>(value: Value | undefined, field: string): Value => {
  if (value === undefined) throw new Error(`the record has no ${field}, which SI GECCO needs: complete the record, then redeliver`)
  return value
}

/** A Peticion as it is sent; only the envelope and its signature are put around it. */
export const toDraft = (rows: readonly Row<Solicitud>[], parcelId: string, settings: GeccoSettings, { now, campaignAt }: Times): Draft => {
  const asking = askingOf(settings)
  const presented = formatTime(new Date(campaignAt))
  const body = writePeticion({
    atributos: { idPeticion: parcelId, numElementos: rows.length, timeStamp: formatTime(now), codigoCertificado: asking.codigoCertificado },
    solicitudes: rows.map(({ delivery, fragment }) => ({
      genericos: genericos(delivery, fragment, asking),
      especificos: writeSolicitud(fragment, presented)
    }))
  })
  return { contentType: 'text/xml; charset=utf-8', body, rows: rowsOfPeticion(body) }
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
