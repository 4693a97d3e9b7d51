// A double of SI GECCO: takes collective requests over SCSP v3, lets them wait, and resolves them row by row.
import { z } from 'zod'
import type { JournalEntry, Sandbox, SandboxOptions } from '../contract.ts'
import { type SandboxAnswer, type SandboxRequest, serveSandbox } from '../lib/sandbox.ts'
import type { Books } from '../lib/sandbox-books.ts'
import { type CertificateKeys, certificateKeys } from '../lib/sandbox-certificates.ts'
import { runSandbox } from '../lib/sandbox-process.ts'
import { type KnownCode, scspCode, scspCodes } from '../lib/scsp/codes.ts'
import { type Atributos, type DatosGenericos, scspDocuments } from '../lib/scsp/documents.ts'
import { type FaultFrame, scspFault, signatureCodes } from '../lib/scsp/fault.ts'
import { readPeticion, readSolicitudRespuesta } from '../lib/scsp/read.ts'
import { checkPeticion, isRecent } from '../lib/scsp/rules.ts'
import { formatTime } from '../lib/scsp/times.ts'
import { writeConfirmacionPeticion, writeRespuesta } from '../lib/scsp/write.ts'
import { openEnvelope, SignatureRefused } from '../lib/ws-security.ts'
import { signEnvelope } from '../lib/ws-security-sign.ts'
import { childOf, type SafeXml, textOf, type XmlNode, XmlRefused } from '../lib/xml.ts'
import { SchemaViolated, validateXml } from '../lib/xml-schema.ts'
import { newResolver, type Resolver } from './sandbox-resolver.ts'
import { askingSchemas } from './schemas.ts'
import { type Resolucion, writeResolucion } from './wire.ts'

const share = z.number().min(0).max(1).default(0)

export const sandboxSettings = z.object({
  /** The partner's id at the gateway: names the journal's entries. */
  partner: z.string().default('si-gecco'),
  /** SI GECCO's RSA key (PKCS #8) and certificate, PEM. */
  privateKey: z.string(),
  certificate: z.string(),
  /** Certificates of the gateway that it knows, PEM. */
  gatewayCertificates: z.array(z.string()).min(1),
  revokedCertificates: z.array(z.string()).default([]),
  codigoCertificado: z.string().default('GECCOAUTORIZACIONWS01'),
  signatureAlgorithm: z.enum(['rsa-sha256', 'rsa-sha1']).default('rsa-sha256'),
  /** Campaign hours until an answer is ready; `speed` divides them. */
  waitingHours: z.int().min(0).max(9_999).default(24),
  /** Decides, with a passport, what becomes of a worker: the same seed resolves the same way. */
  seed: z.string().default('gecco'),
  refusedShare: share,
  inadmissibleShare: share,
  defectiveShare: share,
  /** Every n-th grant carries a NIE whose letter is wrong; 0 for none. */
  wrongNieEveryNth: z.int().min(0).default(0),
  /** Passports of workers who are granted whatever the seed says, and of workers who are granted under a NIE with a wrong letter. */
  grantedFor: z.array(z.string()).default([]),
  wrongNieFor: z.array(z.string()).default([])
})

type Settings = z.infer<typeof sandboxSettings>

/** A request as the double keeps it. */
interface Kept {
  /** Wall time, ms. */
  readyAt: number
  atributos: Atributos
  rows: { genericos: DatosGenericos; resolucion: Resolucion }[]
}

/** Also: POST /__sandbox/wrong-nie with {"everyNth":n} changes how many grants carry a wrong NIE from now on. */
export const startSandbox = (options: SandboxOptions): Promise<Sandbox> => {
  const settings = sandboxSettings.parse(options.settings)
  const keys = certificateKeys({
    privateKeyPem: settings.privateKey,
    certificatePem: settings.certificate,
    trusted: settings.gatewayCertificates,
    revoked: settings.revokedCertificates
  })
  return serveSandbox(options, books => {
    const resolver = newResolver(settings)
    for (const { kept } of books.acts()) for (const row of (kept as Kept | undefined)?.rows ?? []) resolver.remember(row)
    const desk: Desk = { books, settings, keys, resolver, speed: options.speed }
    return {
      serve: async request => reply(desk, request, await respond(desk, request)),
      control: async request => {
        if (`${request.method} ${request.path}` !== 'POST /__sandbox/wrong-nie') return null
        resolver.wrongNieEveryNth(z.object({ everyNth: z.int().min(0) }).parse(JSON.parse(request.body)).everyNth)
        return { status: 204, body: '' }
      }
    }
  })
}

interface Desk {
  books: Books
  settings: Settings
  keys: CertificateKeys
  resolver: Resolver
  speed: number
}

type Response = { payload: SafeXml } | { code: KnownCode; frame?: Omit<FaultFrame, 'codigoCertificado'> }

const respond = async (desk: Desk, request: SandboxRequest): Promise<Response> => {
  const { keys } = desk
  try {
    const { name, namespace, payload } = openEnvelope(request.body, { keys, algorithms: ['rsa-sha256', 'rsa-sha1'], now: new Date() })
    if (name === scspDocuments.peticion.root && namespace === scspDocuments.peticion.namespace) return await take(desk, request, payload)
    if (name === scspDocuments.solicitudRespuesta.root && namespace === scspDocuments.solicitudRespuesta.namespace)
      return await give(desk, payload)
    return { code: '0231' }
  } catch (error) {
    if (error instanceof SignatureRefused) return { code: signatureCodes[error.fault] }
    if (error instanceof SchemaViolated) return { code: '0401' }
    if (error instanceof XmlRefused) return { code: '0226' }
    throw error
  }
}

const take = async (desk: Desk, request: SandboxRequest, payload: SafeXml): Promise<Response> => {
  validateXml(payload, askingSchemas.peticion)
  const peticion = readPeticion(payload)
  const { atributos } = peticion
  const frame = { idPeticion: atributos.idPeticion, numElementos: atributos.numElementos }
  const now = new Date()
  const wrong = checkPeticion(peticion, now, false) ?? (atributos.codigoCertificado === desk.settings.codigoCertificado ? null : '0231')
  if (wrong !== null) return { code: wrong, frame }
  if (request.behaviour.mode === 'refuse-parcel')
    return { code: scspCode(request.behaviour.code) === null ? '0401' : (request.behaviour.code as KnownCode), frame }
  const { repeated } = await desk.books.once<Kept>(atributos.idPeticion, () => {
    const readyAt = now.getTime() + (desk.settings.waitingHours * 3_600_000) / desk.speed
    const resolved = peticion.solicitudes.map(({ genericos, especificos }) => {
      const row = desk.resolver.resolve(genericos, solicitudOf(especificos), request.refuseRow())
      return { genericos, ...row, subId: textOf(solicitudOf(especificos), 'Referencia') ?? '' }
    })
    const entries = resolved.map(({ genericos, resolucion, known, subId }) =>
      entry(desk, now, atributos.idPeticion, genericos.transmision.idSolicitud, subId, known ? 'repeated' : 'requested', {
        tipo: resolucion.tipo,
        sentido: resolucion.sentido
      })
    )
    return { entries, kept: { readyAt, atributos, rows: resolved.map(({ genericos, resolucion }) => ({ genericos, resolucion })) } }
  })
  if (!repeated) return { payload: confirmation(desk, atributos, now, desk.settings.waitingHours) }
  await desk.books.add({ entries: [entry(desk, now, atributos.idPeticion, '', '', 'repeated')] })
  return { code: '0229', frame }
}

const solicitudOf = (especificos: XmlNode | undefined): XmlNode | undefined => childOf(especificos, 'Solicitud')

const entry = (
  { settings }: Desk,
  at: Date,
  parcel: string,
  delivery: string,
  subId: string,
  effect: string,
  detail?: Record<string, unknown>
): JournalEntry => ({
  at: at.toISOString(),
  partner: settings.partner,
  parcel,
  delivery,
  subId,
  effect,
  ...(detail === undefined ? {} : { detail })
})

const give = async (desk: Desk, payload: SafeXml): Promise<Response> => {
  validateXml(payload, askingSchemas.solicitudRespuesta)
  const { atributos } = readSolicitudRespuesta(payload)
  const now = new Date()
  const frame = { idPeticion: atributos.idPeticion, numElementos: atributos.numElementos }
  if (!isRecent(atributos.timeStamp, now)) return { code: '0230', frame }
  const kept = await desk.books.find<Kept>(atributos.idPeticion)
  if (kept === undefined) return { code: '0244', frame }
  const leftMs = kept.readyAt - now.getTime()
  if (leftMs > 0) return { payload: confirmation(desk, kept.atributos, now, Math.ceil((leftMs * desk.speed) / 3_600_000)) }
  return { payload: answer(kept, now) }
}

const confirmation = ({ settings }: Desk, atributos: Atributos, now: Date, hours: number): SafeXml => {
  const estado = { codigo: '0002', literal: scspCodes['0002'].literal, tiempoEstimadoHoras: Math.min(hours, 9_999) }
  const { idPeticion, numElementos } = atributos
  return writeConfirmacionPeticion({
    atributos: { idPeticion, numElementos, timeStamp: formatTime(now), estado, codigoCertificado: settings.codigoCertificado }
  })
}

const answer = ({ atributos, rows }: Kept, now: Date): SafeXml => {
  const estado = { codigo: '0003', literal: scspCodes['0003'].literal }
  return writeRespuesta({
    atributos: { ...atributos, numElementos: rows.length, timeStamp: formatTime(now), estado },
    transmisiones: rows.map(({ genericos, resolucion }) => ({
      genericos: {
        ...genericos,
        // Derived from IdSolicitud, so that the same row has the same transmission however often it is fetched.
        transmision: {
          ...genericos.transmision,
          idTransmision: `T${genericos.transmision.idSolicitud}`.slice(0, 29),
          fechaGeneracion: formatTime(now)
        }
      },
      especificos: writeResolucion(resolucion)
    }))
  })
}

const reply = ({ keys, settings }: Desk, request: SandboxRequest, response: Response): SandboxAnswer => {
  const now = new Date()
  const isFault = 'code' in response
  const payload = isFault
    ? scspFault(response.code, { ...response.frame, codigoCertificado: settings.codigoCertificado }, now)
    : response.payload
  const signing = request.behaviour.mode === 'bad-signature' ? spoiling(keys) : keys
  const body = signEnvelope(payload, { keys: signing, algorithm: settings.signatureAlgorithm, now })
  return { status: isFault ? 500 : 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body }
}

/** Keys whose signatures fit nothing. */
const spoiling = (keys: CertificateKeys): CertificateKeys => ({
  ...keys,
  signRaw: (algorithm, bytes) => keys.signRaw(algorithm, Buffer.concat([bytes, Buffer.from('spoilt')]))
})

if (import.meta.main) await runSandbox(startSandbox)
