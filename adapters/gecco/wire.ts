// The specific data of SI GECCO's service, row by row: what we ask about a person and what comes back. The shape is xsd/*.xsd.
import { childOf, childrenOf, textOf, type XmlContent, type XmlNode } from '../lib/xml.ts'

export const requestKinds = ['AUTORIZACION', 'SUBSANACION', 'LLAMAMIENTO', 'DESISTIMIENTO'] as const
export type RequestKind = (typeof requestKinds)[number]

/** One worker as SI GECCO gets her; members the record does not hold are absent. JSON through and through: it is kept as the row's fragment. */
export interface Solicitud {
  tipo: RequestKind
  /** Our pairwise name for her at this authority. */
  referencia: string
  campania: number
  oferta: string
  solicitudColectiva?: string | undefined
  acta?: string | undefined
  empleador: { cif: string; razonSocial: string }
  puesto?:
    | {
        clasificacion?: string | undefined
        ocupacion?: string | undefined
        actividad?: string | undefined
        municipio?: string | undefined
        fechaInicio?: string | undefined
        fechaFin?: string | undefined
      }
    | undefined
  contrato?: { referencia: string; fechaFirma: string; tipo?: string | undefined } | undefined
  compromisoRetorno?: { fechaFirma: string; huella: string } | undefined
  declaraciones?: Record<'alojamiento' | 'viaje' | 'solvencia' | 'seguroMedico' | 'informacionDerechos', boolean | undefined> | undefined
  tasa?: Record<'modelo' | 'codigo' | 'justificante' | 'fecha' | 'importe', string | undefined> | undefined
  llamamiento?: { expediente: string; anio: number } | undefined
  trabajador: Trabajador
}

export interface Trabajador {
  apellido1?: string | undefined
  apellido2?: string | undefined
  nombre?: string | undefined
  /** Which of the three were cut to 50 characters. */
  truncado: readonly ('Apellido1' | 'Apellido2' | 'Nombre')[]
  fechaNacimiento?: string | undefined
  reglaFechaNacimiento?: 'ANIO-0101' | 'MES-01' | undefined
  lugarNacimiento?: string | undefined
  paisNacimiento?: string | undefined
  sexo?: 'H' | 'M' | undefined
  nacionalidad?: string | undefined
  pasaporte: { numero: string; pais: string; fechaCaducidad?: string | undefined }
  nie?: string | undefined
}

/** DatosEspecificos of a request. */
export const writeSolicitud = (solicitud: Solicitud, fechaPresentacion: string): XmlContent => ({
  Solicitud: {
    Tipo: solicitud.tipo,
    FechaPresentacion: fechaPresentacion,
    Referencia: solicitud.referencia,
    Campania: solicitud.campania,
    Oferta: solicitud.oferta,
    SolicitudColectiva: solicitud.solicitudColectiva,
    Acta: solicitud.acta,
    Empleador: { Cif: solicitud.empleador.cif, RazonSocial: solicitud.empleador.razonSocial },
    Puesto: solicitud.puesto && {
      Clasificacion: solicitud.puesto.clasificacion,
      Ocupacion: solicitud.puesto.ocupacion,
      Actividad: solicitud.puesto.actividad,
      Municipio: solicitud.puesto.municipio,
      FechaInicio: solicitud.puesto.fechaInicio,
      FechaFin: solicitud.puesto.fechaFin
    },
    Contrato: solicitud.contrato && {
      Referencia: solicitud.contrato.referencia,
      FechaFirma: solicitud.contrato.fechaFirma,
      Tipo: solicitud.contrato.tipo
    },
    CompromisoRetorno: solicitud.compromisoRetorno && {
      FechaFirma: solicitud.compromisoRetorno.fechaFirma,
      Huella: solicitud.compromisoRetorno.huella
    },
    Declaraciones: solicitud.declaraciones && {
      Alojamiento: yesNo(solicitud.declaraciones.alojamiento),
      Viaje: yesNo(solicitud.declaraciones.viaje),
      Solvencia: yesNo(solicitud.declaraciones.solvencia),
      SeguroMedico: yesNo(solicitud.declaraciones.seguroMedico),
      InformacionDerechos: yesNo(solicitud.declaraciones.informacionDerechos)
    },
    Tasa: solicitud.tasa && {
      Modelo: solicitud.tasa.modelo,
      Codigo: solicitud.tasa.codigo,
      Justificante: solicitud.tasa.justificante,
      Fecha: solicitud.tasa.fecha,
      Importe: solicitud.tasa.importe
    },
    Llamamiento: solicitud.llamamiento && { Expediente: solicitud.llamamiento.expediente, Anio: solicitud.llamamiento.anio },
    Trabajador: writeTrabajador(solicitud.trabajador)
  }
})

const yesNo = (value: boolean | undefined): 'S' | 'N' | undefined => (value === undefined ? undefined : value ? 'S' : 'N')

const writeTrabajador = (trabajador: Trabajador): XmlContent => ({
  Apellido1: trabajador.apellido1,
  Apellido2: trabajador.apellido2,
  Nombre: trabajador.nombre,
  Truncado: trabajador.truncado.map(field => ({ _: field })),
  FechaNacimiento: trabajador.fechaNacimiento,
  ReglaFechaNacimiento: trabajador.reglaFechaNacimiento,
  LugarNacimiento: trabajador.lugarNacimiento,
  PaisNacimiento: trabajador.paisNacimiento,
  Sexo: trabajador.sexo,
  Nacionalidad: trabajador.nacionalidad,
  Pasaporte: {
    Numero: trabajador.pasaporte.numero,
    Pais: trabajador.pasaporte.pais,
    FechaCaducidad: trabajador.pasaporte.fechaCaducidad
  },
  Nie: trabajador.nie
})

/** One row of the answer, as text: what its values are worth is judged in map.ts. */
export interface Resolucion {
  tipo: string
  sentido: string
  expediente?: string | undefined
  nie?: string | undefined
  baseLegal?: string | undefined
  fechaResolucion?: string | undefined
  fechaNotificacion?: string | undefined
  validaDesde?: string | undefined
  validaHasta?: string | undefined
  ambito?: { cif: string; comunidadAutonoma: string; clasificacion: string; ocupacion: string; sector: string } | undefined
  primerPeriodo?: { fechaInicio: string; fechaFin: string } | undefined
  codigoMotivo?: string | undefined
  recurso?: { organo: string; fechaLimite: string } | undefined
  defectos: readonly string[]
}

export const writeResolucion = (resolucion: Resolucion): XmlContent => ({
  Resolucion: {
    Tipo: resolucion.tipo,
    Sentido: resolucion.sentido,
    Expediente: resolucion.expediente,
    Nie: resolucion.nie,
    BaseLegal: resolucion.baseLegal,
    FechaResolucion: resolucion.fechaResolucion,
    FechaNotificacion: resolucion.fechaNotificacion,
    ValidaDesde: resolucion.validaDesde,
    ValidaHasta: resolucion.validaHasta,
    Ambito: resolucion.ambito && {
      Cif: resolucion.ambito.cif,
      ComunidadAutonoma: resolucion.ambito.comunidadAutonoma,
      Clasificacion: resolucion.ambito.clasificacion,
      Ocupacion: resolucion.ambito.ocupacion,
      Sector: resolucion.ambito.sector
    },
    PrimerPeriodo: resolucion.primerPeriodo && {
      FechaInicio: resolucion.primerPeriodo.fechaInicio,
      FechaFin: resolucion.primerPeriodo.fechaFin
    },
    CodigoMotivo: resolucion.codigoMotivo,
    Recurso: resolucion.recurso && { Organo: resolucion.recurso.organo, FechaLimite: resolucion.recurso.fechaLimite },
    Defecto: resolucion.defectos.map(defecto => ({ _: defecto }))
  }
})

/** A row of the answer: a resolution, or the code of what stopped it. */
export const readResolucion = (especificos: XmlNode | undefined): Resolucion | { codigo: string } => {
  const estado = childOf(especificos, 'Estado')
  if (estado !== undefined) return { codigo: textOf(estado, 'CodigoEstado') ?? '' }
  const node = childOf(especificos, 'Resolucion')
  const ambito = childOf(node, 'Ambito')
  const periodo = childOf(node, 'PrimerPeriodo')
  const recurso = childOf(node, 'Recurso')
  return {
    tipo: textOf(node, 'Tipo') ?? '',
    sentido: textOf(node, 'Sentido') ?? '',
    expediente: textOf(node, 'Expediente'),
    nie: textOf(node, 'Nie'),
    baseLegal: textOf(node, 'BaseLegal'),
    fechaResolucion: textOf(node, 'FechaResolucion'),
    fechaNotificacion: textOf(node, 'FechaNotificacion'),
    validaDesde: textOf(node, 'ValidaDesde'),
    validaHasta: textOf(node, 'ValidaHasta'),
    ambito: ambito && {
      cif: textOf(ambito, 'Cif') ?? '',
      comunidadAutonoma: textOf(ambito, 'ComunidadAutonoma') ?? '',
      clasificacion: textOf(ambito, 'Clasificacion') ?? '',
      ocupacion: textOf(ambito, 'Ocupacion') ?? '',
      sector: textOf(ambito, 'Sector') ?? ''
    },
    primerPeriodo: periodo && { fechaInicio: textOf(periodo, 'FechaInicio') ?? '', fechaFin: textOf(periodo, 'FechaFin') ?? '' },
    codigoMotivo: textOf(node, 'CodigoMotivo'),
    recurso: recurso && { organo: textOf(recurso, 'Organo') ?? '', fechaLimite: textOf(recurso, 'FechaLimite') ?? '' },
    defectos: childrenOf(node, 'Defecto').map(defecto => (defecto._ ?? '').trim())
  }
}
