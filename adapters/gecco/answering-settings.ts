// Whom we answer as an SCSP issuer, and about what.
import { z } from 'zod'

const shortText = (max: number) => z.string().trim().min(1).max(max)
const signature = z.enum(['rsa-sha256', 'rsa-sha1'])

/** A body that may ask. */
const requester = z.strictObject({
  /** NIF of the body, as its requests name it. */
  identificador: z.string().regex(/^[A-Z]\d{7}[0-9A-Z]$/, { error: 'Write the NIF of the public body, as S2816015H' }),
  nombre: shortText(50),
  /** SHA-256 fingerprints of its certificates, hexadecimal: nobody else may ask in its name. */
  certificates: z
    .array(z.string().regex(/^[0-9a-f]{64}$/, { error: 'Write the SHA-256 fingerprint as 64 lower-case hexadecimal digits' }))
    .min(1)
    .max(8),
  /** CodProcedimiento of the procedures it is registered for. */
  procedimientos: z.array(z.string().min(3).max(20)).min(1).max(100),
  /** What it may found its questions on. */
  consentimientos: z
    .array(z.enum(['Si', 'NoOpo', 'Ley']))
    .min(1)
    .default(['Si', 'NoOpo', 'Ley'])
})

export const answeringSettings = z.strictObject({
  codigoCertificado: shortText(64).default('GECCOAUTORIZADOWS01'),
  emisor: z.strictObject({ nif: z.string().regex(/^[A-Z0-9]\d{7}[0-9A-Z]$/), nombre: shortText(50) }),
  requesters: z.array(requester).max(500),
  soapActions: z
    .strictObject({
      sincrona: z.string().default('peticionSincrona'),
      asincrona: z.string().default('peticionAsincrona'),
      solicitudRespuesta: z.string().default('solicitudRespuesta')
    })
    .prefault({}),
  signatureAlgorithm: signature.default('rsa-sha256'),
  acceptedSignatures: z.array(signature).min(1).default(['rsa-sha256']),
  /** What an asynchronous requester is told to wait, hours. */
  waitingHours: z.int().min(0).max(9_999).default(1)
})

export type AnsweringSettings = z.infer<typeof answeringSettings>
export type Requester = z.infer<typeof requester>
