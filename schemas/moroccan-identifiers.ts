// Morocco's identifiers: the national card (CNIE, earlier CIN), the passport's form, a company's ICE.
import { accepted, acceptedWith, type Check, checkedString, refused } from './check.ts'

/** Capitals without blanks, dots or hyphens: how a CNIE is compared and stored. Never corrects O and 0: a person must look. */
export const normaliseCnie = (value: string): string => value.toUpperCase().replace(/[\s.-]+/g, '')

/** One or two letters of the issuing area and five to seven digits; no check digit exists. Seven digits are recent and only warned of. */
export const checkCnie = (value: string): Check => {
  if (/^[A-Z]{1,2}\d{5,6}$/.test(value)) return accepted
  if (/^[A-Z]{1,2}\d{7}$/.test(value))
    return acceptedWith('cnie-seven-digits', 'Most CNIE numbers have five or six digits; compare it with the card')
  if (/^[A-Z]{1,2}[0-9O]{5,7}$/.test(value))
    return refused('cnie-letter-o', 'Among the digits of a CNIE stands a letter O: write the digit 0')
  if (hasCnieForm(normaliseCnie(value))) return refused('cnie-spelling', 'Write the CNIE in capitals and without blanks or signs')
  return refused('cnie-form', 'A CNIE is one or two letters and five to seven digits')
}

const hasCnieForm = (value: string): boolean => /^[A-Z]{1,2}\d{5,7}$/.test(value)

/** Six to nine capitals or digits (ICAO 9303 allows nine); the Moroccan form, two letters and seven digits, is only warned of. */
export const checkPassport = (value: string, country?: string): Check => {
  if (!/^[A-Z0-9]{6,9}$/.test(value)) return refused('passport-form', 'A passport number is six to nine capitals or digits, without blanks')
  if (country === 'MAR' && !/^[A-Z]{2}\d{7}$/.test(value))
    return acceptedWith('passport-mar-form', 'Moroccan passports have two letters and seven digits; compare it with the document')
  return accepted
}

/** The two control digits of an ICE, from its first thirteen: they make the whole divisible by 97. */
export const iceControl = (digits: string): string => String((97n - ((BigInt(digits) * 100n) % 97n)) % 97n).padStart(2, '0')

/** A company's common identifier: fifteen digits, 0 mod 97. */
export const checkIce = (value: string): Check => {
  if (!/^\d{15}$/.test(value)) return refused('ice-form', 'An ICE is fifteen digits')
  if (BigInt(value) % 97n !== 0n) return refused('ice-mod-97', 'The ICE is not divisible by 97; copy it again')
  return accepted
}

export const cnie = checkedString(checkCnie, /^[A-Z]{1,2}\d{5,7}$/, 'Moroccan national card number (CNIE)')
export const ice = checkedString(checkIce, /^\d{15}$/, 'ICE of a Moroccan company: divisible by 97')
