// The section `person`: who the worker is, as far as any partner may need it. Family, income and schooling have no place here.
import { z } from 'zod'
import { contactChannels, contactLanguages } from './codes.ts'
import { birthDate } from './edtf.ts'
import { identifier } from './identifiers.ts'
import { personName } from './names.ts'
import { country, phone, subdivision, text } from './primitives.ts'
import { sex } from './sex.ts'

export const birthPlace = z.strictObject({ text: text(80), country, subdivision: subdivision.optional() })

export const contact = z.strictObject({
  phones: z.array(phone).min(1).max(4),
  language: z.enum(contactLanguages),
  channel: z.enum(contactChannels)
})

export const address = z.strictObject({
  lines: z.array(text(80)).min(1).max(4),
  city: text(60),
  subdivision: subdivision.optional(),
  country,
  postalCode: text(12).optional()
})

/** Every member may be missing: a record is folded from patches, which may arrive late and in any order. */
export const person = z.strictObject({
  name: personName.optional(),
  birthDate: birthDate.optional(),
  birthPlace: birthPlace.optional(),
  sex: sex.optional(),
  nationalities: z.array(country).min(1).max(4).optional(),
  identifiers: z.array(identifier).min(1).max(20).optional(),
  contact: contact.optional(),
  address: address.optional()
})

export type Person = z.infer<typeof person>
