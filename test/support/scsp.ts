// A Spanish administration that asks over SCSP: a registered requester with its certificate, and workers it may ask about.
import { X509Certificate } from 'node:crypto'
import { answeringSchemas } from '../../adapters/gecco/schemas.ts'
import type { Solicitante } from '../../adapters/lib/scsp/documents.ts'
import { readRespuesta } from '../../adapters/lib/scsp/read.ts'
import { formatTime } from '../../adapters/lib/scsp/times.ts'
import { writePeticion, writeSolicitudRespuesta } from '../../adapters/lib/scsp/write.ts'
import { openEnvelope } from '../../adapters/lib/ws-security.ts'
import { signEnvelope } from '../../adapters/lib/ws-security-sign.ts'
import { childOf, type SafeXml, textOf, type XmlNode } from '../../adapters/lib/xml.ts'
import { validateXml } from '../../adapters/lib/xml-schema.ts'
import { registerPartner } from '../../src/flow/administer.ts'
import { type Holder, keysOf, newHolder } from '../adapters/certificates.ts'
import type { TestHouse } from './house.ts'
import { messagesOf } from './people.ts'

export interface Question {
  id?: string
  tipo: 'NIE' | 'Pasaporte'
  documento: string
  empleador: string
  fecha: string
}

export interface Requester {
  service: string
  holder: Holder
  /** The gateway's certificate for this partner, PEM. */
  gatewayCertificate: string
}

export const inspectorate: Solicitante = {
  identificador: 'S2819001E',
  nombre: 'Inspección de Trabajo',
  unidad: 'Inspección Provincial de Huelva',
  codigoUnidad: 'E04027005',
  procedimiento: { codigo: 'ITSS-CAMPO', nombre: 'Campaña agraria' },
  finalidad: 'Control de autorizaciones en la campaña agraria',
  consentimiento: 'Ley',
  funcionario: { nombreCompleto: 'Inspectora Actuante', nif: '54362315K' }
}

/** Registers the labour inspectorate as a requester of the service `id`. */
export const scspRequester = async ({ house }: TestHouse, id: string, role = 'migration-authority'): Promise<Requester> => {
  const holder = await newHolder('itss')
  const fingerprint = new X509Certificate(holder.certificatePem).fingerprint256.replaceAll(':', '').toLowerCase()
  const certificate = await registerPartner(
    house,
    {
      reason: 'test',
      id,
      name: 'Spanish administrations',
      adapter: 'gecco',
      role,
      settings: {
        answering: {
          emisor: { nif: 'S2816015H', nombre: 'Jisr' },
          requesters: [
            {
              identificador: inspectorate.identificador,
              nombre: inspectorate.nombre,
              certificates: [fingerprint],
              procedimientos: [inspectorate.procedimiento.codigo],
              consentimientos: ['Ley']
            }
          ]
        }
      },
      certificates: [holder.certificatePem],
      certificate: true,
      subscriptions: []
    },
    'test'
  )
  if (certificate === null) throw new Error('no certificate was drawn')
  return { service: id, holder, gatewayCertificate: certificate }
}

export interface ScspReply {
  status: number
  /** CodigoEstado of the answer or of the fault. */
  code: string | undefined
  text: string
  /** Seconds, where the answer says when to come back. */
  retryAfter: number | null
  /** Of each transmission: its own code, Autorizado, Expediente, Nie. */
  rows: { id: string; code: string | undefined; autorizado: string | undefined; expediente: string | undefined; nie: string | undefined }[]
}

const codigoCertificado = 'GECCOAUTORIZADOWS01'
let serial = 0
export const newPeticionId = (): string => `TEST${String(Date.now()).padStart(14, '0')}${String(++serial).padStart(8, '0')}`

/** Asks; with `later` asynchronously. */
export const ask = (
  url: string,
  requester: Requester,
  questions: readonly Question[],
  { id = newPeticionId(), later = false }: { id?: string; later?: boolean } = {}
): Promise<ScspReply> =>
  post(
    url,
    requester,
    later ? 'peticionAsincrona' : 'peticionSincrona',
    writePeticion({
      atributos: { idPeticion: id, numElementos: questions.length, timeStamp: formatTime(new Date()), codigoCertificado },
      solicitudes: questions.map((question, index) => ({
        genericos: {
          emisor: { nif: 'S2816015H', nombre: 'Jisr' },
          solicitante: inspectorate,
          titular: { tipoDocumentacion: question.tipo, documentacion: question.documento },
          transmision: { codigoCertificado, idSolicitud: question.id ?? `SOL-${index}` }
        },
        especificos: { Consulta: { Empleador: question.empleador, Fecha: question.fecha } }
      }))
    })
  )

/** Comes for the answer to an asynchronous request. */
export const fetchAnswer = (url: string, requester: Requester, id: string): Promise<ScspReply> =>
  post(
    url,
    requester,
    'solicitudRespuesta',
    writeSolicitudRespuesta({
      atributos: { idPeticion: id, numElementos: 1, timeStamp: formatTime(new Date()), codigoCertificado },
      solicitante: { identificador: inspectorate.identificador, nombre: inspectorate.nombre }
    })
  )

const post = async (url: string, requester: Requester, action: string, payload: SafeXml): Promise<ScspReply> => {
  const answer = await fetch(`${url}/scsp/${requester.service}`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: `"${action}"` },
    body: signEnvelope(payload, { keys: keysOf(requester.holder, []), algorithm: 'rsa-sha256', now: new Date() })
  })
  const retryAfter = answer.headers.get('retry-after')
  return { ...readReply(requester, answer.status, await answer.text()), retryAfter: retryAfter === null ? null : Number(retryAfter) }
}

/** Every answer is signed by the gateway, and every Respuesta follows its schema. */
const readReply = (requester: Requester, status: number, text: string): Omit<ScspReply, 'retryAfter'> => {
  const gateway: Holder = { privateKeyPem: '', certificatePem: requester.gatewayCertificate }
  const { payload, name } = openEnvelope(text, {
    keys: keysOf(requester.holder, [gateway]),
    algorithms: ['rsa-sha256'],
    now: new Date()
  })
  if (name !== 'Respuesta') return { status, code: /CodigoEstado>(\d{4})</.exec(text)?.[1], text, rows: [] }
  validateXml(payload, answeringSchemas.respuesta)
  const { atributos, transmisiones } = readRespuesta(payload)
  const rows = transmisiones.map(({ genericos, especificos }) => ({
    id: genericos.transmision.idSolicitud,
    code: textOf(childOf(especificos, 'Estado'), 'CodigoEstado'),
    autorizado: autorizacion(especificos, 'Autorizado'),
    expediente: autorizacion(especificos, 'Expediente'),
    nie: autorizacion(especificos, 'Nie')
  }))
  return { status, code: atributos.estado?.codigo, text, rows }
}

const autorizacion = (especificos: XmlNode | undefined, name: string) => textOf(childOf(especificos, 'Autorizacion'), name)

export interface GrantedWorker {
  person: string
  passport: string
  employer: string
  nie: string
}

/** Submits the n-th ordinary new worker up to her grant, valid from 2026-02-02 to 2030-02-01. */
export const grantWorker = async (t: TestHouse, n: number, nie: string): Promise<GrantedWorker> => {
  const messages = messagesOf(n)
  const upTo = messages.findIndex(message => message.type === 'authorization.requested') + 1
  for (const { about, type, effectiveAt, payload } of messages.slice(0, upTo))
    await submitted(t, { person: about, type, at: effectiveAt, payload })
  const person = messages[upTo - 1]?.about as string
  await submitted(t, {
    person,
    type: 'authorization.granted',
    at: '2026-01-30T09:00:00Z',
    payload: {
      campaign: messages[0]?.payload.campaign,
      authorization: {
        fileNumber: `21/2026/${String(n).padStart(7, '0')}`,
        decision: 'GRANTED',
        resolutionDate: '2026-01-30',
        validFrom: '2026-02-02',
        validTo: '2030-02-01',
        nie
      }
    }
  })
  const all = JSON.stringify(messages.map(message => message.payload))
  const passport = /"type":"PASSPORT","number":"([^"]+)"/.exec(all)?.[1]
  const employer = /"employer":\{"cif":"([^"]+)"/.exec(all)?.[1]
  if (passport === undefined || employer === undefined) throw new Error('the sample worker has no passport or employer')
  return { person, passport, employer, nie }
}

/** Submits, and is surprised by anything but an acceptance. */
export const submitted = async (t: TestHouse, said: Parameters<TestHouse['submit']>[0]): Promise<void> => {
  const answer = await t.submit(said)
  if (answer.status !== 'accepted') throw new Error(`${said.type} was not accepted: ${JSON.stringify(answer)}`)
}
