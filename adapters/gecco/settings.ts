// The settings of one SI GECCO partner: who asks there in whose name, and whom we answer.
import { z } from 'zod'
import { refine } from '../../schemas/check.ts'
import { checkNif, dir3, nif } from '../../schemas/spanish-identifiers.ts'
import { answeringSettings } from './answering-settings.ts'

const shortText = (max: number) => z.string().trim().min(1).max(max)

/** Who asks, and in whose name: SCSP accepts only Spanish public bodies (README.md). */
const solicitante = z.strictObject({
  /** NIF of the body, a letter first. */
  identificador: z.string().regex(/^[A-Z]\d{7}[0-9A-Z]$/, { error: 'Write the NIF of the public body, as S2816015H' }),
  nombre: shortText(50),
  unidad: shortText(250),
  codigoUnidad: dir3
})

const procedimiento = z.strictObject({
  codigo: z.string().min(3).max(20),
  nombre: shortText(100),
  automatizado: z.enum(['S', 'N']).optional(),
  claseTramite: z.int().min(0).max(99).optional()
})

const funcionario = z.strictObject({
  nombreCompleto: shortText(160),
  /** SCSP takes eight digits or a NIE, never a K, L or M number. */
  nif: nif.superRefine((value, context) => {
    if (/^[KLM]/.test(value)) refine({ ok: false, rule: 'scsp-official', reason: 'SCSP takes the DNI or NIE of an official' }, context)
    else refine(checkNif(value), context)
  })
})

export const signatureAlgorithm = z.enum(['rsa-sha256', 'rsa-sha1'])

export const askingSettings = z.strictObject({
  endpoint: z.url(),
  /** SOAPAction of each operation: some services register them with a capital. */
  soapActions: z
    .strictObject({ peticion: z.string().default('peticionAsincrona'), solicitudRespuesta: z.string().default('solicitudRespuesta') })
    .prefault({}),
  codigoCertificado: shortText(64).default('GECCOAUTORIZACIONWS01'),
  emisor: z.strictObject({ nif: z.string().regex(/^[A-Z0-9]\d{7}[0-9A-Z]$/), nombre: shortText(50) }),
  solicitante,
  procedimiento,
  funcionario,
  finalidad: shortText(250),
  consentimiento: z.enum(['Si', 'NoOpo', 'Ley']).default('Ley'),
  signatureAlgorithm: signatureAlgorithm.default('rsa-sha256'),
  /** Algorithms we take from the partner: add rsa-sha1 only for a service that still signs with it. */
  acceptedSignatures: z.array(signatureAlgorithm).min(1).default(['rsa-sha256']),
  /** SCSP counts TiempoEstimadoRespuesta in hours; a service that counts otherwise is set right here. */
  waitingTimeUnit: z.enum(['hours', 'minutes']).default('hours'),
  /** Days within which the row answers of a request were agreed to come; without it, a month. Later, a person is told. */
  answersWithinDays: z.int().min(1).max(366).optional(),
  timeoutMs: z.int().min(100).max(120_000).default(60_000)
})

export type AskingSettings = z.infer<typeof askingSettings>

export const settings = z
  .strictObject({
    /** Our requests to SI GECCO. */
    asking: askingSettings.optional(),
    /** The questions of Spanish administrations that we answer. */
    answering: answeringSettings.optional()
  })
  .refine(value => value.asking !== undefined || value.answering !== undefined, { error: 'Give asking, answering, or both' })

export type GeccoSettings = z.infer<typeof settings>

/** Throws when this partner is not one that is asked. */
export const askingOf = ({ asking }: GeccoSettings): AskingSettings => {
  if (asking === undefined) throw new Error('this partner has no settings for asking: add them, or take the subscription away')
  return asking
}
