// The documents of SCSP v3 (Sustitución de Certificados en Soporte Papel, Spain) as TypeScript sees them. The words are the protocol's own.
import type { XmlNode } from '../xml.ts'

const base = 'http://intermediacion.redsara.es/scsp/esquemas/'

/** Root element and namespace of each document. */
export const scspDocuments = {
  peticion: { root: 'Peticion', namespace: `${base}V3/peticion` },
  respuesta: { root: 'Respuesta', namespace: `${base}V3/respuesta` },
  confirmacionPeticion: { root: 'ConfirmacionPeticion', namespace: `${base}V3/confirmacionPeticion` },
  solicitudRespuesta: { root: 'SolicitudRespuesta', namespace: `${base}V3/solicitudRespuesta` },
  fault: { root: 'Atributos', namespace: `${base}V3/soapfaultatributos` }
} as const

export type ScspDocument = keyof typeof scspDocuments

export const specificNamespace = `${base}datosespecificos`

export interface Estado {
  codigo: string
  codigoSecundario?: string
  literal: string
  literalSecundario?: string
  /** Hours, 0 to 9999. */
  tiempoEstimadoHoras?: number
}

export interface Atributos {
  /** At most 26 characters; a resend keeps it. */
  idPeticion: string
  numElementos: number
  /** Wall time with offset, at most 29 characters. */
  timeStamp: string
  estado?: Estado
  codigoCertificado: string
}

export interface Solicitante {
  identificador: string
  nombre: string
  unidad: string
  codigoUnidad: string
  procedimiento: { codigo: string; nombre: string; automatizado?: 'S' | 'N'; claseTramite?: number }
  finalidad: string
  consentimiento: 'Si' | 'NoOpo' | 'Ley'
  funcionario: { nombreCompleto: string; nif: string }
  idExpediente?: string
}

export interface Titular {
  tipoDocumentacion: 'NIE' | 'Pasaporte'
  documentacion: string
  nombreCompleto?: string
  nombre?: string
  apellido1?: string
  apellido2?: string
}

export interface Emisor {
  nif: string
  nombre: string
}

export interface DatosGenericos {
  emisor: Emisor
  solicitante: Solicitante
  titular: Titular
  transmision: { codigoCertificado: string; idSolicitud: string; idTransmision?: string; fechaGeneracion?: string }
}

/** One row: `Specific` is `XmlContent` when we write it and `XmlNode` when we have read it. */
export interface Elemento<Specific> {
  genericos: DatosGenericos
  especificos?: Specific
}

export interface Peticion<Specific = XmlNode> {
  atributos: Atributos
  solicitudes: readonly Elemento<Specific>[]
}

export interface Respuesta<Specific = XmlNode> {
  atributos: Atributos & { estado: Estado }
  transmisiones: readonly Elemento<Specific>[]
}

export interface ConfirmacionPeticion {
  atributos: Atributos & { estado: Estado }
}

export interface SolicitudRespuesta {
  atributos: Atributos
  solicitante: { identificador: string; nombre: string }
}
