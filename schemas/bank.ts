// Bank accounts: Moroccan RIB, Spanish CCC of a bank, IBAN. The gateway stores none; a wrong one warns and never blocks a departure.
import { accepted, acceptedWith, type Check, refused } from './check.ts'

/** The two key digits of a RIB, from its first 22 (bank 3, city 3, account 16): they make the whole divisible by 97. */
export const ribKey = (first22: string): string => String(97n - ((BigInt(first22) * 100n) % 97n)).padStart(2, '0')

export const checkRib = (value: string): Check => {
  if (!/^\d{24}$/.test(value)) return refused('rib-form', 'A RIB is 24 digits: bank 3, city 3, account 16, key 2')
  if (BigInt(value) % 97n !== 0n)
    return refused('rib-key', 'The key of the RIB, its last two digits, does not agree with the rest (mod 97); copy it again')
  return accepted
}

/** The two control digits of a Spanish bank account (weights 2^i mod 11), from bank and branch (8 digits) and account (10 digits). */
export const bankAccountControl = (bankAndBranch: string, account: string): string => {
  const digitOf = (ten: string) => {
    const rest = 11 - ([...ten].reduce((total, digit, index) => total + Number(digit) * (2 ** index % 11), 0) % 11)
    return rest === 11 ? '0' : rest === 10 ? '1' : String(rest)
  }
  return digitOf(`00${bankAndBranch}`) + digitOf(account)
}

export const checkBankAccount = (value: string): Check => {
  if (!/^\d{20}$/.test(value))
    return refused('bank-account-form', 'A Spanish bank account is 20 digits: bank 4, branch 4, control 2, account 10')
  if (bankAccountControl(value.slice(0, 8), value.slice(10)) !== value.slice(8, 10))
    return refused('bank-account-control', 'The control digits of the bank account do not agree with the rest (mod 11); copy it again')
  return accepted
}

const ibanLengths: Readonly<Record<string, number>> = { MA: 28, ES: 24, LT: 20, LV: 21, EE: 20 }

/** The two check digits of an IBAN (ISO 13616): 98 minus the whole with 00 mod 97. */
export const ibanCheckDigits = (alpha2: string, account: string): string => String(98n - numberOf(`${account}${alpha2}00`)).padStart(2, '0')

/** Every right Moroccan IBAN begins MA64, since a RIB is itself 0 mod 97: only its RIB key tells a good one from a bad one. */
export const checkIban = (value: string): Check => {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(value))
    return refused('iban-form', 'An IBAN is two letters, two digits and 11 to 30 capitals or digits, without blanks')
  const length = ibanLengths[value.slice(0, 2)]
  if (length !== undefined && value.length !== length) return refused('iban-length', `An IBAN of this country has ${length} characters`)
  if (numberOf(value.slice(4) + value.slice(0, 4)) !== 1n)
    return refused('iban-mod-97', 'The check digits of the IBAN do not agree with the rest (mod 97); copy it again')
  if (value.startsWith('MA')) return checkRib(value.slice(4))
  if (value.startsWith('ES') && !checkBankAccount(value.slice(4)).ok)
    return acceptedWith(
      'iban-bank-account',
      'The control digits of the Spanish account inside the IBAN do not agree; compare it with the bank statement'
    )
  return accepted
}

const numberOf = (value: string): bigint => BigInt([...value].map(character => Number.parseInt(character, 36)).join('')) % 97n
