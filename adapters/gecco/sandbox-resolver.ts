// How the double of SI GECCO decides: by a seeded draw per worker, with one NIE per passport for ever.
import { createHash } from 'node:crypto'
import { nieLetter } from '../../schemas/spanish-identifiers.ts'
import type { DatosGenericos } from '../lib/scsp/documents.ts'
import { formatDay, formatTime } from '../lib/scsp/times.ts'
import { childOf, textOf, type XmlNode } from '../lib/xml.ts'
import type { Resolucion } from './wire.ts'

export interface ResolverSettings {
  seed: string
  waitingHours: number
  refusedShare: number
  inadmissibleShare: number
  defectiveShare: number
  wrongNieEveryNth: number
  /** Passports of workers who are granted whatever the draw says. */
  grantedFor: readonly string[]
  /** Passports of workers who are granted under a NIE with a wrong letter. */
  wrongNieFor: readonly string[]
}

export interface Resolver {
  /** The resolution on a row; the one given before when the row (its IdSolicitud) is known, whatever parcel it came in. */
  resolve(genericos: DatosGenericos, solicitud: XmlNode | undefined, refuseWith: string | null): { resolucion: Resolucion; known: boolean }
  /** Takes a row of before the restart back to memory. */
  remember(row: { genericos: DatosGenericos; resolucion: Resolucion }): void
  wrongNieEveryNth(everyNth: number): void
}

const hourMs = 3_600_000

export const newResolver = (settings: ResolverSettings): Resolver => {
  const resolutions = new Map<string, Resolucion>()
  const nieByPassport = new Map<string, string>()
  const wrongNieFor = new Set(settings.wrongNieFor)
  const grantedFor = new Set([...settings.grantedFor, ...wrongNieFor])
  let wrongEveryNth = settings.wrongNieEveryNth
  let granted = 0

  const keep = ({ transmision, titular }: DatosGenericos, resolucion: Resolucion) => {
    resolutions.set(transmision.idSolicitud, resolucion)
    if (resolucion.sentido === 'CONCEDIDA' && resolucion.tipo !== 'DESISTIMIENTO') granted += 1
    if (resolucion.nie !== undefined) nieByPassport.set(titular.documentacion, withRightLetter(resolucion.nie))
  }

  return {
    remember: ({ genericos, resolucion }) => {
      if (!resolutions.has(genericos.transmision.idSolicitud)) keep(genericos, resolucion)
    },
    wrongNieEveryNth: everyNth => {
      wrongEveryNth = everyNth
    },
    resolve(genericos, solicitud, refuseWith) {
      const before = resolutions.get(genericos.transmision.idSolicitud)
      if (before !== undefined) return { resolucion: before, known: true }
      const passport = genericos.titular.documentacion
      const asked = facts(solicitud, settings.waitingHours)
      const drawn = grantedFor.has(passport) ? 'CONCEDIDA' : draw(settings, passport, asked.tipo)
      const decision = refuseWith === null ? drawn : 'DENEGADA'
      const nie = asked.nie ?? nieByPassport.get(passport) ?? nieOf(nieByPassport.size)
      const resolucion = resolve(asked, decision, nie, refuseWith)
      const isWrong = wrongNieFor.has(passport) || (wrongEveryNth > 0 && (granted + 1) % wrongEveryNth === 0)
      if (resolucion.nie !== undefined && isWrong) resolucion.nie = withWrongLetter(nie)
      keep(genericos, resolucion)
      return { resolucion, known: false }
    }
  }
}

interface Facts {
  tipo: string
  resolvedAt: Date
  nie: string | undefined
  expediente: string
  periodo: { fechaInicio: string; fechaFin: string } | undefined
  ambito: Resolucion['ambito']
}

const facts = (solicitud: XmlNode | undefined, waitingHours: number): Facts => {
  const filed = textOf(solicitud, 'FechaPresentacion') ?? ''
  const trabajador = childOf(solicitud, 'Trabajador')
  const puesto = childOf(solicitud, 'Puesto')
  const fechaInicio = textOf(puesto, 'FechaInicio')
  const fechaFin = textOf(puesto, 'FechaFin')
  const cif = textOf(childOf(solicitud, 'Empleador'), 'Cif') ?? ''
  const key = createHash('sha256')
    .update(`${textOf(childOf(trabajador, 'Pasaporte'), 'Numero')}|${cif}`)
    .digest()
  return {
    tipo: textOf(solicitud, 'Tipo') ?? '',
    // Campaign time: the request says when it was filed there, and the double's own clock is wall time.
    resolvedAt: new Date(Date.parse(filed) + waitingHours * hourMs),
    nie: textOf(trabajador, 'Nie'),
    expediente:
      textOf(childOf(solicitud, 'Llamamiento'), 'Expediente') ??
      `21/${filed.slice(0, 4)}/${(key.readUInt32BE(0) % 10_000_000).toString().padStart(7, '0')}`,
    periodo: fechaInicio === undefined || fechaFin === undefined ? undefined : { fechaInicio, fechaFin },
    ambito: {
      cif,
      comunidadAutonoma: '01',
      clasificacion: textOf(puesto, 'Clasificacion') ?? 'CNO-11',
      ocupacion: textOf(puesto, 'Ocupacion') ?? '9512',
      sector: textOf(puesto, 'Actividad') ?? '0125'
    }
  }
}

type Decision = 'CONCEDIDA' | 'DENEGADA' | 'INADMITIDA' | 'REQUERIDA'

const draw = ({ seed, refusedShare, inadmissibleShare, defectiveShare }: ResolverSettings, passport: string, tipo: string): Decision => {
  const at = createHash('sha256').update(`${seed}|${passport}`).digest().readUInt32BE(0) / 2 ** 32
  if (at < refusedShare) return 'DENEGADA'
  if (at < refusedShare + inadmissibleShare) return 'INADMITIDA'
  // Nothing is left to be mended once it was, nor in a call-back: its law knows only yes, no and silence.
  return at < refusedShare + inadmissibleShare + defectiveShare && tipo === 'AUTORIZACION' ? 'REQUERIDA' : 'CONCEDIDA'
}

const resolve = (
  { tipo, resolvedAt, expediente, periodo, ambito }: Facts,
  sentido: Decision,
  nie: string,
  motivo: string | null
): Resolucion => {
  const base = { tipo, expediente, fechaResolucion: formatDay(resolvedAt), fechaNotificacion: formatTime(resolvedAt), defectos: [] }
  if (tipo === 'DESISTIMIENTO') return { ...base, sentido: 'ARCHIVADA' }
  switch (sentido) {
    case 'CONCEDIDA': {
      const validaDesde = periodo?.fechaInicio ?? formatDay(resolvedAt)
      return { ...base, sentido, nie, baseLegal: 'R3', validaDesde, validaHasta: fourYearsOn(validaDesde), ambito, primerPeriodo: periodo }
    }
    case 'REQUERIDA':
      return { ...base, sentido, defectos: ['CONTRATO-SIN-FIRMA'] }
    case 'INADMITIDA':
      return { ...base, sentido, codigoMotivo: 'FUERA-DE-PLAZO' }
    case 'DENEGADA': {
      const recurso = { organo: 'Subdelegación del Gobierno en Huelva', fechaLimite: monthOn(formatDay(resolvedAt)) }
      return { ...base, sentido, codigoMotivo: motivo ?? 'INFORME-DESFAVORABLE', recurso }
    }
  }
}

/** validFrom to validFrom + 4 years - 1 day. */
const fourYearsOn = (day: string): string => {
  const end = new Date(`${day}T00:00:00Z`)
  end.setUTCFullYear(end.getUTCFullYear() + 4)
  end.setUTCDate(end.getUTCDate() - 1)
  return end.toISOString().slice(0, 10)
}

const monthOn = (day: string): string => {
  const end = new Date(`${day}T00:00:00Z`)
  const date = end.getUTCDate()
  end.setUTCDate(1)
  end.setUTCMonth(end.getUTCMonth() + 1)
  const last = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate()
  end.setUTCDate(Math.min(date, last))
  return end.toISOString().slice(0, 10)
}

/** The n-th NIE of the double. Z, since such numbers are the last to be given out. */
const nieOf = (index: number): string => {
  const body = `Z${String(1_000_000 + index).padStart(7, '0')}`
  return body + nieLetter(body)
}

const withRightLetter = (nie: string): string => nie.slice(0, 8) + nieLetter(nie.slice(0, 8))

const withWrongLetter = (nie: string): string => nie.slice(0, 8) + (nie.endsWith('A') ? 'B' : 'A')
