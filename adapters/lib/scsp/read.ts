// SCSP v3 documents from XML that has passed its schema: a member the schema demands is taken as present.
import { childOf, childrenOf, parseXml, type SafeXml, textOf, type XmlNode } from '../xml.ts'
import type {
  Atributos,
  ConfirmacionPeticion,
  DatosGenericos,
  Elemento,
  Estado,
  Peticion,
  Respuesta,
  Solicitante,
  SolicitudRespuesta,
  Titular
} from './documents.ts'

export const readPeticion = (xml: SafeXml): Peticion => {
  const { root } = parseXml(xml)
  return {
    atributos: readAtributos(childOf(root, 'Atributos')),
    solicitudes: childrenOf(childOf(root, 'Solicitudes'), 'SolicitudTransmision').map(readElemento)
  }
}

export const readRespuesta = (xml: SafeXml): Respuesta => {
  const { root } = parseXml(xml)
  return {
    atributos: withEstado(readAtributos(childOf(root, 'Atributos'))),
    transmisiones: childrenOf(childOf(root, 'Transmisiones'), 'TransmisionDatos').map(readElemento)
  }
}

export const readConfirmacionPeticion = (xml: SafeXml): ConfirmacionPeticion => ({
  atributos: withEstado(readAtributos(childOf(parseXml(xml).root, 'Atributos')))
})

export const readSolicitudRespuesta = (xml: SafeXml): SolicitudRespuesta => {
  const atributos = childOf(parseXml(xml).root, 'Atributos')
  const solicitante = childOf(atributos, 'Solicitante')
  return {
    atributos: readAtributos(atributos),
    solicitante: {
      identificador: required(solicitante, 'IdentificadorSolicitante'),
      nombre: required(solicitante, 'NombreSolicitante')
    }
  }
}

/** Attributes of a document or of a fault's detail; every member may be missing in a fault, so a missing one reads as empty or 0. */
export const readAtributos = (node: XmlNode | undefined): Atributos => {
  const estado = childOf(node, 'Estado')
  return {
    idPeticion: required(node, 'IdPeticion'),
    numElementos: Number(textOf(node, 'NumElementos') ?? 0),
    timeStamp: required(node, 'TimeStamp'),
    codigoCertificado: required(node, 'CodigoCertificado'),
    ...(estado === undefined ? {} : { estado: readEstado(estado) })
  }
}

const readEstado = (node: XmlNode): Estado => {
  const hours = textOf(node, 'TiempoEstimadoRespuesta')
  return {
    codigo: required(node, 'CodigoEstado'),
    literal: required(node, 'LiteralError'),
    ...given('codigoSecundario', textOf(node, 'CodigoEstadoSecundario')),
    ...given('literalSecundario', textOf(node, 'LiteralErrorSec')),
    ...(hours === undefined ? {} : { tiempoEstimadoHoras: Number(hours) })
  }
}

const readElemento = (node: XmlNode): Elemento<XmlNode> => {
  const especificos = childOf(node, 'DatosEspecificos')
  return { genericos: readGenericos(childOf(node, 'DatosGenericos')), ...(especificos === undefined ? {} : { especificos }) }
}

const readGenericos = (node: XmlNode | undefined): DatosGenericos => {
  const emisor = childOf(node, 'Emisor')
  const transmision = childOf(node, 'Transmision')
  return {
    emisor: { nif: required(emisor, 'NifEmisor'), nombre: required(emisor, 'NombreEmisor') },
    solicitante: readSolicitante(childOf(node, 'Solicitante')),
    titular: readTitular(childOf(node, 'Titular')),
    transmision: {
      codigoCertificado: required(transmision, 'CodigoCertificado'),
      idSolicitud: required(transmision, 'IdSolicitud'),
      ...given('idTransmision', textOf(transmision, 'IdTransmision')),
      ...given('fechaGeneracion', textOf(transmision, 'FechaGeneracion'))
    }
  }
}

const readSolicitante = (node: XmlNode | undefined): Solicitante => {
  const procedimiento = childOf(node, 'Procedimiento')
  const funcionario = childOf(node, 'Funcionario')
  const claseTramite = textOf(procedimiento, 'ClaseTramite')
  return {
    identificador: required(node, 'IdentificadorSolicitante'),
    nombre: required(node, 'NombreSolicitante'),
    unidad: required(node, 'UnidadTramitadora'),
    codigoUnidad: required(node, 'CodigoUnidadTramitadora'),
    procedimiento: {
      codigo: required(procedimiento, 'CodProcedimiento'),
      nombre: required(procedimiento, 'NombreProcedimiento'),
      ...given('automatizado', textOf(procedimiento, 'Automatizado') as 'S' | 'N' | undefined),
      ...(claseTramite === undefined ? {} : { claseTramite: Number(claseTramite) })
    },
    finalidad: required(node, 'Finalidad'),
    consentimiento: required(node, 'Consentimiento') as Solicitante['consentimiento'],
    funcionario: {
      nombreCompleto: required(funcionario, 'NombreCompletoFuncionario'),
      nif: required(funcionario, 'NifFuncionario')
    },
    ...given('idExpediente', textOf(node, 'IdExpediente'))
  }
}

const readTitular = (node: XmlNode | undefined): Titular => ({
  tipoDocumentacion: required(node, 'TipoDocumentacion') as Titular['tipoDocumentacion'],
  documentacion: required(node, 'Documentacion'),
  ...given('nombreCompleto', textOf(node, 'NombreCompleto')),
  ...given('nombre', textOf(node, 'Nombre')),
  ...given('apellido1', textOf(node, 'Apellido1')),
  ...given('apellido2', textOf(node, 'Apellido2'))
})

const required = (node: XmlNode | undefined, name: string): string => textOf(node, name) ?? ''

const given = <Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } =>
  value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value })

const withEstado = (atributos: Atributos): Atributos & { estado: Estado } => ({
  ...atributos,
  estado: atributos.estado ?? { codigo: '', literal: '' }
})
