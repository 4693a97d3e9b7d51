// Personal codes of Lithuania, Estonia and Latvia.
import { accepted, acceptedWith, type Check, checkAll, refused } from './check.ts'

/** The eleventh digit of a Lithuanian or Estonian code: weights 1..9,1, and 3..9,1,2,3 when that gives 10; 10 again counts as 0. */
export const balticControl = (digits: string): string => {
  const pass = (offset: number) =>
    [...digits.slice(0, 10)].reduce((total, digit, index) => total + (((index + offset) % 9) + 1) * Number(digit), 0) % 11
  const first = pass(0)
  return String((first === 10 ? pass(2) : first) % 10)
}

const birthPartExists = (century: number, year: string, month: string, day: string): boolean => {
  const date = new Date(Date.UTC(century + Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

const checkBaltic = (value: string, prefix: 'lt' | 'ee', name: string): Check => {
  if (!/^[1-9]\d{10}$/.test(value)) return refused(`${prefix}-form`, `${name} is eleven digits and does not begin with 0`)
  const kind = Number(value[0])
  const century = 1800 + 100 * Math.floor((kind - 1) / 2)
  if (kind <= 6 && !birthPartExists(century, value.slice(1, 3), value.slice(3, 5), value.slice(5, 7)))
    return refused(`${prefix}-birth-date`, `Digits 2 to 7 of ${name} are a birth date, and this day does not exist; copy it again`)
  if (kind > 6 && !(prefix === 'lt' && kind === 9))
    return refused(`${prefix}-century`, `The first digit of ${name} stands for a century that is not in use`)
  if (balticControl(value) !== value[10])
    return refused(`${prefix}-control`, `The last digit of ${name} does not agree with the rest (mod 11); copy it again`)
  return accepted
}

/** Lithuanian asmens kodas; a first digit 9 carries no birth date. */
export const checkLithuanian = (value: string): Check => checkBaltic(value, 'lt', 'A Lithuanian personal code')

/** Estonian isikukood. */
export const checkEstonian = (value: string): Check => checkBaltic(value, 'ee', 'An Estonian personal code')

const latvianWeights = [10, 5, 8, 4, 2, 1, 6, 3, 7, 9]

/** The eleventh digit of a Latvian code, by a rule that no independent source confirms. */
export const latvianControl = (digits: string): string =>
  String(((1 + latvianWeights.reduce((total, weight, index) => total + weight * Number(digits.charAt(index)), 0)) % 11) % 10)

/** The hyphen after six digits, as it is compared and stored; anything else is left alone. */
export const normaliseLatvian = (value: string): string => value.trim().replace(/^(\d{6})\s*-?\s*(\d{5})$/, '$1-$2')

/** Latvian personas kods with its hyphen: only the form refuses; birth date and control digit warn. */
export const checkLatvian = (value: string): Check => {
  if (!/^\d{6}-\d{5}$/.test(value)) return refused('lv-form', 'A Latvian personal code is six digits, a hyphen and five digits')
  const digits = value.replace('-', '')
  return checkAll(
    () =>
      digits.startsWith('32') || latvianBirthExists(digits)
        ? accepted
        : acceptedWith(
            'lv-birth-date',
            'The first six digits of an older Latvian code are a birth date, and this day does not exist; compare it with the document'
          ),
    () =>
      latvianControl(digits) === digits[10]
        ? accepted
        : acceptedWith('lv-control', 'The last digit of the Latvian code does not agree with the rest; compare it with the document')
  )
}

const latvianBirthExists = (digits: string): boolean => {
  const century = 1800 + 100 * Number(digits[6])
  return Number(digits[6]) <= 2 && birthPartExists(century, digits.slice(4, 6), digits.slice(2, 4), digits.slice(0, 2))
}
