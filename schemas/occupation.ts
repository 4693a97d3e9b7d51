// An occupation is always a pair: code 2512 is a public prosecutor in CNO-11 and a software developer in ISCO-08.
import { z } from 'zod'

const forms = {
  'CNO-11': /^\d{4}$/,
  'ISCO-08': /^\d{4}$/,
  'ROME-MA': /^[A-Z]\d{4,6}$/
} as const

export type OccupationScheme = keyof typeof forms

/** (scheme, code): 9512 of CNO-11 and 9512 of ISCO-08 are different occupations. */
export const occupation = z
  .strictObject({
    scheme: z.enum(Object.keys(forms) as [OccupationScheme, ...OccupationScheme[]]),
    code: z.string().max(8, { abort: true }),
    version: z.string().min(1).max(16).optional()
  })
  .refine(({ scheme, code }) => forms[scheme].test(code), {
    error: 'Write the code as its scheme has it: four digits in CNO-11 and ISCO-08, a letter and digits in ROME-MA',
    params: { rule: 'occupation-code' },
    path: ['code']
  })

export type Occupation = z.infer<typeof occupation>

/** The agricultural labourers of CNO-11 in ISCO-08. Greenhouse work (9512) may also be read as crop work (9211): the first is ours. */
const iscoOfCno: Readonly<Record<string, string>> = { '9511': '9211', '9512': '9214', '9520': '9212', '9530': '9213' }

/** The same occupation in ISCO-08; null where no mapping is agreed. Never passes a code of another scheme on unmapped. */
export const toIsco = ({ scheme, code }: Pick<Occupation, 'scheme' | 'code'>): string | null => {
  if (scheme === 'ISCO-08') return code
  return scheme === 'CNO-11' ? (iscoOfCno[code] ?? null) : null
}

/** Same pair; the edition (`version`) does not make another occupation. */
export const sameOccupation = (one: Pick<Occupation, 'scheme' | 'code'>, other: Pick<Occupation, 'scheme' | 'code'>): boolean =>
  one.scheme === other.scheme && one.code === other.code
