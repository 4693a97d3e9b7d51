// A partner that is SI GECCO, as an operator would configure it, and the rows of its answers.
import type { Verified } from '../../adapters/contract.ts'
import type { GeccoContent } from '../../adapters/gecco/map-answer.ts'
import { type Resolucion, writeResolucion } from '../../adapters/gecco/wire.ts'
import type { DatosGenericos, Elemento, Respuesta } from '../../adapters/lib/scsp/documents.ts'
import { specificNamespace } from '../../adapters/lib/scsp/documents.ts'
import { buildXml, parseXml, type XmlContent, type XmlNode } from '../../adapters/lib/xml.ts'

export const askingSettings = (endpoint: string) => ({
  endpoint,
  emisor: { nif: 'S2816015H', nombre: 'Dirección General de Gestión Migratoria' },
  solicitante: {
    identificador: 'S2833002E',
    nombre: 'Secretaría de Estado de Migraciones',
    unidad: 'Subdirección de Migración Laboral',
    codigoUnidad: 'E04027005'
  },
  procedimiento: { codigo: 'GECCO2026', nombre: 'Gestión colectiva de contrataciones en origen' },
  funcionario: { nombreCompleto: 'Funcionaria Habilitada', nif: '54362315K' },
  finalidad: 'Autorización de residencia y trabajo de temporada',
  timeoutMs: 8_000
})

/** One row of an answer in SI GECCO's own terms. */
export type AnswerRow = Partial<Resolucion> & { delivery?: string }

export const grantRow = (delivery: string, more: AnswerRow = {}): AnswerRow => ({
  delivery,
  tipo: 'AUTORIZACION',
  sentido: 'CONCEDIDA',
  expediente: '21/2026/0001234',
  nie: 'Y1234567X',
  baseLegal: 'R3',
  fechaResolucion: '2026-01-05',
  fechaNotificacion: '2026-01-07T12:00:00.000+01:00',
  validaDesde: '2026-02-02',
  validaHasta: '2030-02-01',
  ambito: { cif: 'B21123450', comunidadAutonoma: '01', clasificacion: 'CNO-11', ocupacion: '9512', sector: 'AGRICULTURA' },
  ...more
})

const genericos = (idSolicitud: string): DatosGenericos => {
  const { emisor, solicitante, procedimiento, funcionario, finalidad } = askingSettings('')
  return {
    emisor,
    solicitante: { ...solicitante, procedimiento, finalidad, consentimiento: 'Ley', funcionario },
    titular: { tipoDocumentacion: 'Pasaporte', documentacion: 'AB1234567', nombre: 'FATIMA ZAHRA', apellido1: 'BEN ALI' },
    transmision: {
      codigoCertificado: 'GECCOAUTORIZACIONWS01',
      idSolicitud,
      idTransmision: `T${idSolicitud}`.slice(0, 29),
      fechaGeneracion: '2026-01-07T12:00:00.000+0100'
    }
  }
}

/** A Respuesta to be written. Whatever is not a row's member is left out, so any JSON makes one. */
export const answerOf = (rows: readonly unknown[]): Respuesta<XmlContent> => ({
  atributos: {
    idPeticion: '01JG0000000000000000000001',
    numElementos: rows.length,
    timeStamp: '2026-01-07T12:00:00.000+01:00',
    estado: { codigo: '0003', literal: 'Tramitada' },
    codigoCertificado: 'GECCOAUTORIZACIONWS01'
  },
  transmisiones: rows.map((row, index) => {
    const known = typeof row === 'object' && row !== null && 'tipo' in row ? (row as AnswerRow) : {}
    return {
      genericos: genericos(known.delivery ?? `ROW-${index}`),
      especificos: writeResolucion({ tipo: '', sentido: '', ...known, defectos: known.defectos ?? [] })
    }
  })
})

/** The content that `authenticate` would give. */
export const verifiedAnswer = (rows: readonly unknown[]): Verified => {
  const { atributos, transmisiones } = answerOf(rows)
  const content: GeccoContent = {
    respuesta: {
      atributos,
      transmisiones: transmisiones.map(({ genericos, especificos }) => ({
        genericos,
        especificos: asRead(especificos)
      })) as Elemento<XmlNode>[]
    },
    payload: ''
  }
  return { message: { id: 'M', contentType: 'text/xml', headers: {}, body: '' }, content }
}

const asRead = (especificos: XmlContent | undefined): XmlNode =>
  parseXml(buildXml('DatosEspecificos', { $: { xmlns: specificNamespace }, ...especificos })).root
