// Spain's identifiers with their check rules: NIE, NIF, CIF, NUSS, CCC, the support number of a TIE, DIR3 units, agreement codes.
import { accepted, type Check, checkedString, refused } from './check.ts'

const controlLetters = 'TRWAGMYFPDXBNJZSQVHLCKE'

/** The control letter of a NIF number, or of a NIE number whose X, Y, Z were replaced by 0, 1, 2: `controlLetters[number mod 23]`. */
export const nifLetter = (number: number): string => controlLetters.charAt(number % 23)

/** The control letter of a NIE, from its first letter and seven digits: 'X2482300' gives 'W'. */
export const nieLetter = (body: string): string => nifLetter(Number(`${'XYZ'.indexOf(body.charAt(0))}${body.slice(1, 8)}`))

/** Foreigner's identity number: X, Y or Z, seven digits, control letter. */
export const checkNie = (value: string): Check => {
  if (!/^[XYZ]\d{7}[A-Z]$/.test(value))
    return refused('nie-form', 'A NIE is X, Y or Z, seven digits and a letter, in capitals without blanks')
  if (nieLetter(value) !== value[8])
    return refused('nie-letter', 'The last letter of the NIE does not agree with its number (mod 23); copy it again')
  return accepted
}

/** A person's tax number: a DNI number with its letter, K, L or M with seven digits, or a NIE. */
export const checkNif = (value: string): Check => {
  if (/^[XYZ]/.test(value)) return checkNie(value)
  const digits = /^(\d{8}|[KLM]\d{7})[A-Z]$/.exec(value)?.[1]?.replace(/^[KLM]/, '')
  if (digits === undefined) return refused('nif-form', 'A NIF is eight digits and a letter, or K, L or M, seven digits and a letter')
  if (nifLetter(Number(digits)) !== value[8])
    return refused('nif-letter', 'The last letter of the NIF does not agree with its number (mod 23); copy it again')
  return accepted
}

/** The control of a CIF's seven digits: as a digit and as a letter; the first letter of the CIF decides which is printed. */
export const cifControl = (digits: string): { digit: string; letter: string } => {
  const sum = [...digits].reduce((total, character, index) => {
    const weighted = index % 2 === 0 ? Number(character) * 2 : Number(character)
    return total + (weighted > 9 ? weighted - 9 : weighted)
  }, 0)
  const control = (10 - (sum % 10)) % 10
  return { digit: String(control), letter: 'JABCDEFGHI'.charAt(control) }
}

const letterControl = 'NPQRSW'
const digitControl = 'ABEH'

/** A company's tax number: letter, seven digits, control (a letter for N P Q R S W, a digit for A B E H, either for the rest). */
export const checkCif = (value: string): Check => {
  if (!/^[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J]$/.test(value))
    return refused('cif-form', 'A CIF is one of the letters A-H, J, N, P-S, U-W, seven digits and a control character')
  const { digit, letter } = cifControl(value.slice(1, 8))
  const last = value.charAt(8)
  if (letterControl.includes(value.charAt(0)) && last !== letter)
    return refused('cif-control-letter', 'The control of this kind of CIF must be a letter, and the right one; copy it again')
  if (digitControl.includes(value.charAt(0)) && last !== digit)
    return refused('cif-control-digit', 'The control of this kind of CIF must be a digit, and the right one; copy it again')
  if (last !== digit && last !== letter)
    return refused('cif-control', 'The control of the CIF does not agree with its digits; copy it again')
  return accepted
}

/** An employer's tax number: a company's CIF, or the NIF or NIE of a farmer who employs in person. */
export const checkEmployerNumber = (value: string): Check => (/^[\dKLMXYZ]/.test(value) ? checkNif(value) : checkCif(value))

/** mod 97 of province and number; a number below the bound is written with one digit less before the division. */
const socialSecurityControl = (province: number, number: number, digits: number): string => {
  const width = number < 10 ** (digits - 1) ? digits - 1 : digits
  return String((BigInt(province) * 10n ** BigInt(width) + BigInt(number)) % 97n).padStart(2, '0')
}

/** The two control digits of a NUSS (NAF): province 1 to 66, number up to 99,999,999. */
export const nafCheck = (province: number, number: number): string => socialSecurityControl(province, number, 8)

/** The two control digits of an employer's account (CCC): province 1 to 66, number up to 9,999,999. */
export const cccCheck = (province: number, number: number): string => socialSecurityControl(province, number, 7)

/** The older form of eleven digits (number of seven) as twelve: a 0 before the number, which its control does not feel. */
export const fullNuss = (value: string): string => (/^\d{11}$/.test(value) ? `${value.slice(0, 2)}0${value.slice(2)}` : value)

/** A worker's social-security number: province 2, number 8, control 2. */
export const checkNuss = (value: string): Check => {
  if (!/^\d{12}$/.test(value))
    return refused('nuss-form', 'A NUSS is twelve digits: province 2, number 8, control 2; put the older eleven-digit form to twelve')
  if (Number(value.slice(0, 2)) === 0) return refused('nuss-province', 'The first two digits of a NUSS are a province, never 00')
  if (nafCheck(Number(value.slice(0, 2)), Number(value.slice(2, 10))) !== value.slice(10))
    return refused('nuss-control', 'The last two digits of the NUSS do not agree with the rest (mod 97); copy it again')
  return accepted
}

/** An employer's contribution account: province 2, number 7, control 2. */
export const checkCcc = (value: string): Check => {
  if (!/^\d{11}$/.test(value)) return refused('ccc-form', 'A CCC is eleven digits: province 2, number 7, control 2')
  if (Number(value.slice(0, 2)) === 0) return refused('ccc-province', 'The first two digits of a CCC are a province, never 00')
  if (cccCheck(Number(value.slice(0, 2)), Number(value.slice(2, 9))) !== value.slice(9))
    return refused('ccc-control', 'The last two digits of the CCC do not agree with the rest (mod 97); copy it again')
  return accepted
}

/** The support number printed on a TIE card. SCSP's own pattern `[E|C]` also lets a bar pass; ours does not. */
export const checkTieSupport = (value: string): Check =>
  /^[EC]\d{8}$/.test(value) ? accepted : refused('tie-support-form', 'The support number of a TIE is E or C and eight digits')

/** A unit in the directory of Spanish administrations, as the SCSP schema has it. */
export const checkDir3 = (value: string): Check =>
  /^(?:[AUIJO]\d|CC|G[EA]|E(?:[AC]|\d)|L(?:A|\d))\d{7}$/.test(value)
    ? accepted
    : refused('dir3-form', 'A DIR3 code is a two-character prefix of the directory and seven digits, as A04027005')

export const nie = checkedString(checkNie, /^[XYZ]\d{7}[A-Z]$/, 'NIE: the control letter is checked')
export const nif = checkedString(checkNif, /^[\dKLMXYZ]\d{7}[A-Z]$/, 'NIF or NIE of a person: the control letter is checked')
export const cif = checkedString(checkCif, /^[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J]$/, 'CIF: the control is checked')
export const employerNumber = checkedString(
  checkEmployerNumber,
  /^[0-9A-HJ-NP-SU-Z]\d{7}[0-9A-Z]$/,
  'CIF of the employer, or NIF or NIE of one who employs in person: the control is checked'
)
export const nuss = checkedString(checkNuss, /^\d{12}$/, 'Social-security number of the worker: the control is checked')
export const ccc = checkedString(checkCcc, /^\d{11}$/, 'Contribution account of the employer: the control is checked')
export const dir3 = checkedString(checkDir3, /^[ACEGIJLOU][A-Z0-9]\d{7}$/, 'DIR3 unit')
/** Code of a collective agreement (convenio), fourteen digits; it has no control. */
export const agreementCode = checkedString(
  value => (/^\d{14}$/.test(value) ? accepted : refused('agreement-form', 'The code of a collective agreement is fourteen digits')),
  /^\d{14}$/,
  'Code of the collective agreement (REGCON)'
)
