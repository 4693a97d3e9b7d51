// The section `documents`: what a person travels and proves herself with. Documents are never merged, only superseded.
import { z } from 'zod'
import { accepted, type Check, refine, refused } from './check.ts'
import { documentTypes } from './codes.ts'
import { checkCnie, checkPassport } from './moroccan-identifiers.ts'
import { country, localDate } from './primitives.ts'
import { checkTieSupport } from './spanish-identifiers.ts'

const documentChecks: Record<(typeof documentTypes)[number], (value: string, country: string) => Check> = {
  PASSPORT: checkPassport,
  CNIE: checkCnie,
  TIE: checkTieSupport,
  VISA: value =>
    /^[A-Z0-9]{6,12}$/.test(value) ? accepted : refused('visa-form', 'The number of a visa sticker is six to twelve capitals or digits')
}

/** Checks the number of a document by its type; `country` is the ISO 3166-1 alpha-3 code of the issuer. */
export const checkDocument = (type: (typeof documentTypes)[number], number: string, country: string): Check =>
  documentChecks[type](number, country)

/** `supersedes` is the number of the earlier document: grant and visa keep naming that one (a passport renewed mid-campaign). */
export const document = z
  .strictObject({
    type: z.enum(documentTypes),
    number: z.string().min(1).max(20, { abort: true }),
    country,
    issueDate: localDate.optional(),
    expiryDate: localDate.optional(),
    supersedes: z.string().min(1).max(20, { abort: true }).optional()
  })
  .superRefine(({ type, number, country, issueDate, expiryDate, supersedes }, context) => {
    refine(checkDocument(type, number, country), context, ['number'])
    if (supersedes !== undefined) refine(checkDocument(type, supersedes, country), context, ['supersedes'])
    if (supersedes === number) refine(refused('document-supersedes-itself', 'A document cannot supersede itself'), context, ['supersedes'])
    if (issueDate && expiryDate && issueDate >= expiryDate)
      refine(refused('document-dates', 'The document expires before it was issued; exchange or correct the dates'), context, ['expiryDate'])
  })

export type Document = z.infer<typeof document>

export const documents = z.array(document).min(1).max(20)
