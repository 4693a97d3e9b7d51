// The schemas of our two SCSP services: the one we ask, and the one we answer.
import { scspSchemas } from '../lib/scsp/schemas.ts'

const xsd = (file: string) => new URL(`xsd/${file}`, import.meta.url)

export const askingSchemas = scspSchemas({ name: 'gecco', asked: xsd('solicitud.xsd'), answered: xsd('resolucion.xsd') })

export const answeringSchemas = scspSchemas({ name: 'gecco-answering', asked: xsd('consulta.xsd'), answered: xsd('autorizado.xsd') })
