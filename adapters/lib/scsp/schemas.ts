// Which schema files check which SCSP document of which service.
import type { SchemaSet } from '../xml-schema.ts'
import type { ScspDocument } from './documents.ts'

/** A service's own schemas of DatosEspecificos: as asked and as answered. */
export interface ScspService {
  name: string
  asked: URL
  answered: URL
}

/** The schemas of one service, one for each document. They are compiled at first use and kept. */
export const scspSchemas = (service: ScspService): Readonly<Record<ScspDocument, SchemaSet>> => ({
  peticion: schemaSet(service.name, 'peticion.xsd', service.asked),
  respuesta: schemaSet(service.name, 'respuesta.xsd', service.answered),
  confirmacionPeticion: schemaSet(service.name, 'confirmacion-peticion.xsd'),
  solicitudRespuesta: schemaSet(service.name, 'solicitud-respuesta.xsd'),
  fault: schemaSet(service.name, 'soapfaultatributos.xsd')
})

const schemaSet = (service: string, location: string, specific?: URL): SchemaSet => ({
  name: `${service}-${location.replace('.xsd', '')}`,
  files: [
    { location, url: xsd(location) },
    { location: 'tipos.xsd', url: xsd('tipos.xsd') },
    ...(specific === undefined ? [] : [{ location: 'datos-especificos.xsd', url: specific }])
  ]
})

const xsd = (file: string) => new URL(`xsd/${file}`, import.meta.url)
