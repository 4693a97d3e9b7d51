// A person's name in its three scripts: Latin as the passport prints it, Arabic, and the machine-readable form.
import { z } from 'zod'

const latinLetters = 'A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u02BB-\\u02BF\\u0300-\\u036F\\u1E00-\\u1EFF'
const arabicLetters = '\\u0621-\\u063A\\u0640-\\u0655\\u0670-\\u06D3\\u06D5\\u06FA-\\u06FF\\u0750-\\u077F\\u08A0-\\u08FF'

const namePart = (letters: string, error: string) =>
  z
    .string()
    .min(1)
    .max(80, { abort: true })
    .regex(new RegExp(`^[${letters}](?:[${letters} .'\\u2019-]*[${letters}.])?$`), { error })

/** As in the visual zone of the passport: letters, blanks, hyphens, apostrophes. Digits and other scripts are a misplaced field. */
export const latinName = namePart(
  latinLetters,
  "Write the name in Latin letters with blanks, hyphens or apostrophes, as the passport's visual zone has it"
)

export const arabicName = namePart(arabicLetters, 'Write the name in Arabic letters')

/** Primary and secondary identifier with `<<` between, at most 39 characters (ICAO 9303 part 4). */
export const mrzName = z
  .string()
  .max(39, { abort: true })
  .regex(/^[A-Z]+(?:<[A-Z]+)*(?:<<[A-Z]+(?:<[A-Z]+)*)?$/, {
    error: 'Write the name as the machine-readable zone has it: capitals, < for a blank, << before the given names'
  })

/** The passport is the master of the Latin form; the Arabic form is kept for matching and for letters to the person.
 *  A Moroccan family name is whole in `family`; `secondFamily` is for Hispanic names only. */
export const personName = z.strictObject({
  latin: z.strictObject({ family: latinName, given: latinName, secondFamily: latinName.optional() }),
  arabic: z.strictObject({ family: arabicName, given: arabicName }).optional(),
  mrz: mrzName.optional()
})

export type PersonName = z.infer<typeof personName>
