// SCSP v3 documents as XML. What is written passes the schemas when its texts keep to the protocol's lengths.
import type { Span } from '../../contract.ts'
import { buildXml, type SafeXml, type XmlContent } from '../xml.ts'
import {
  type Atributos,
  type ConfirmacionPeticion,
  type DatosGenericos,
  type Elemento,
  type Estado,
  type Peticion,
  type Respuesta,
  type ScspDocument,
  type Solicitante,
  type SolicitudRespuesta,
  scspDocuments,
  specificNamespace,
  type Titular
} from './documents.ts'

export const writePeticion = ({ atributos, solicitudes }: Peticion<XmlContent>): SafeXml =>
  write('peticion', { Atributos: writeAtributos(atributos), Solicitudes: { SolicitudTransmision: solicitudes.map(writeElemento) } })

/** Where the rows of a Peticion stand that `writePeticion` wrote: no text of its can look like a tag. */
export const rowsOfPeticion = (xml: SafeXml): Span[] => {
  const [opening, closing] = ['<SolicitudTransmision>', '</SolicitudTransmision>']
  const rows: Span[] = []
  for (let from = xml.indexOf(opening); from >= 0; from = xml.indexOf(opening, from)) {
    const to = xml.indexOf(closing, from) + closing.length
    rows.push({ from, to })
    from = to
  }
  return rows
}

/** With no row at all, `Transmisiones` is left out, as for a request that is still in process. */
export const writeRespuesta = ({ atributos, transmisiones }: Respuesta<XmlContent>): SafeXml =>
  write('respuesta', {
    Atributos: writeAtributos(atributos),
    Transmisiones: transmisiones.length === 0 ? undefined : { TransmisionDatos: transmisiones.map(writeElemento) }
  })

export const writeConfirmacionPeticion = ({ atributos }: ConfirmacionPeticion): SafeXml =>
  write('confirmacionPeticion', { Atributos: writeAtributos(atributos) })

export const writeSolicitudRespuesta = ({ atributos, solicitante }: SolicitudRespuesta): SafeXml =>
  write('solicitudRespuesta', {
    Atributos: {
      ...writeAtributos(atributos),
      Solicitante: { IdentificadorSolicitante: solicitante.identificador, NombreSolicitante: solicitante.nombre }
    }
  })

/** The detail of a SOAP Fault. */
export const writeFaultDetail = (atributos: Atributos & { estado: Estado }): SafeXml => write('fault', writeAtributos(atributos))

const write = (document: ScspDocument, content: XmlContent): SafeXml => {
  const { root, namespace } = scspDocuments[document]
  return buildXml(root, { $: { xmlns: namespace }, ...content })
}

const writeAtributos = ({ idPeticion, numElementos, timeStamp, estado, codigoCertificado }: Atributos): XmlContent => ({
  IdPeticion: idPeticion,
  NumElementos: numElementos,
  TimeStamp: timeStamp,
  Estado: estado && {
    CodigoEstado: estado.codigo,
    CodigoEstadoSecundario: estado.codigoSecundario,
    LiteralError: estado.literal.slice(0, 1024),
    LiteralErrorSec: estado.literalSecundario?.slice(0, 1024),
    TiempoEstimadoRespuesta: estado.tiempoEstimadoHoras
  },
  CodigoCertificado: codigoCertificado
})

const writeElemento = ({ genericos, especificos }: Elemento<XmlContent>): XmlContent => ({
  DatosGenericos: writeGenericos(genericos),
  DatosEspecificos: especificos && { $: { xmlns: specificNamespace }, ...especificos }
})

const writeGenericos = ({ emisor, solicitante, titular, transmision }: DatosGenericos): XmlContent => ({
  Emisor: { NifEmisor: emisor.nif, NombreEmisor: emisor.nombre },
  Solicitante: writeSolicitante(solicitante),
  Titular: writeTitular(titular),
  Transmision: {
    CodigoCertificado: transmision.codigoCertificado,
    IdSolicitud: transmision.idSolicitud,
    IdTransmision: transmision.idTransmision,
    FechaGeneracion: transmision.fechaGeneracion
  }
})

const writeSolicitante = (solicitante: Solicitante): XmlContent => ({
  IdentificadorSolicitante: solicitante.identificador,
  NombreSolicitante: solicitante.nombre,
  UnidadTramitadora: solicitante.unidad,
  CodigoUnidadTramitadora: solicitante.codigoUnidad,
  Procedimiento: {
    CodProcedimiento: solicitante.procedimiento.codigo,
    NombreProcedimiento: solicitante.procedimiento.nombre,
    Automatizado: solicitante.procedimiento.automatizado,
    ClaseTramite: solicitante.procedimiento.claseTramite
  },
  Finalidad: solicitante.finalidad,
  Consentimiento: solicitante.consentimiento,
  Funcionario: {
    NombreCompletoFuncionario: solicitante.funcionario.nombreCompleto,
    NifFuncionario: solicitante.funcionario.nif
  },
  IdExpediente: solicitante.idExpediente
})

const writeTitular = (titular: Titular): XmlContent => ({
  TipoDocumentacion: titular.tipoDocumentacion,
  Documentacion: titular.documentacion,
  NombreCompleto: titular.nombreCompleto,
  Nombre: titular.nombre,
  Apellido1: titular.apellido1,
  Apellido2: titular.apellido2
})
