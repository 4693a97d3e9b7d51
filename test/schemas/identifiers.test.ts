// The check rules of identifiers: the published examples, and properties over generated ones.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  balticControl,
  checkEstonian,
  checkLatvian,
  checkLithuanian,
  latvianControl,
  normaliseLatvian
} from '../../schemas/baltic-identifiers.ts'
import { bankAccountControl, checkBankAccount, checkIban, checkRib, ibanCheckDigits, ribKey } from '../../schemas/bank.ts'
import type { Check } from '../../schemas/check.ts'
import { checkCnie, checkIce, checkPassport, cnie, ice, iceControl, normaliseCnie } from '../../schemas/moroccan-identifiers.ts'
import {
  agreementCode,
  ccc,
  cccCheck,
  checkCcc,
  checkCif,
  checkDir3,
  checkEmployerNumber,
  checkNie,
  checkNif,
  checkNuss,
  checkTieSupport,
  cif,
  cifControl,
  dir3,
  employerNumber,
  fullNuss,
  nafCheck,
  nie,
  nieLetter,
  nif,
  nifLetter,
  nuss
} from '../../schemas/spanish-identifiers.ts'

const good: [string, (value: string) => Check, string[]][] = [
  ['CNIE', checkCnie, ['JC123456', 'A12345', 'BK654321', 'JC1234567']],
  ['passport', value => checkPassport(value, 'MAR'), ['AB1234567']],
  ['passport of any country', checkPassport, ['L898902C3', '123456', 'A0000001']],
  ['NIE', checkNie, ['X2482300W', 'Y1234567X', 'Z0000001Y']],
  ['NIF', checkNif, ['54362315K', 'M1234567L', 'X2482300W']],
  ['CIF', checkCif, ['J99216582', 'B21123450', 'P2105000J', 'Q2827003A', 'G21000005']],
  ['employer number', checkEmployerNumber, ['B21123450', '54362315K', 'X2482300W']],
  ['NUSS', checkNuss, ['231234567823', '121234567805', '211234567855']],
  ['CCC', checkCcc, ['23123456750', '01123456727', '21102345653']],
  ['TIE support', checkTieSupport, ['E12345678', 'C00000001']],
  ['DIR3', checkDir3, ['A04027005', 'E04123456', 'EA0008567', 'L01210507', 'LA0001234', 'GE0001234', 'CC0001234']],
  ['RIB', checkRib, ['007810000123456789012345']],
  ['IBAN', checkIban, ['MA64007810000123456789012345', 'ES9121000418450200051332', 'ES2121000418450200051331', 'LT121000011101001000']],
  ['Spanish bank account', checkBankAccount, ['21000418450200051332', '12341234161234567890']],
  ['ICE', checkIce, ['001561191000066']],
  ['Lithuanian code', checkLithuanian, ['33309240064']],
  ['Estonian code', checkEstonian, ['36805280109', '49507120061']],
  ['Latvian code', checkLatvian, ['161175-19997', '328673-00679']]
]

test.each(good.flatMap(([name, check, values]) => values.map(value => [name, value, check] as const)))(
  'a good %s is accepted: %s',
  (_, value, check) => {
    expect(check(value)).toMatchObject({ ok: true })
  }
)

const bad: [string, (value: string) => Check, [value: string, rule: string][]][] = [
  [
    'CNIE',
    checkCnie,
    [
      ['123456JC', 'cnie-form'],
      ['JC1234', 'cnie-form'],
      ['JCD12345', 'cnie-form'],
      ['jc123456', 'cnie-spelling'],
      ['JC 123456', 'cnie-spelling'],
      ['JC12345O', 'cnie-letter-o'],
      ['', 'cnie-form']
    ]
  ],
  [
    'passport',
    checkPassport,
    [
      ['AB123456789', 'passport-form'],
      ['ab1234567', 'passport-form'],
      ['AB 234567', 'passport-form'],
      ['AB123', 'passport-form']
    ]
  ],
  [
    'NIE',
    checkNie,
    [
      ['X2482300A', 'nie-letter'],
      ['x2482300w', 'nie-form'],
      ['X248230W', 'nie-form'],
      ['A2482300W', 'nie-form'],
      ['X-2482300-W', 'nie-form'],
      ['X2482300W ', 'nie-form'],
      ['X２482300W', 'nie-form']
    ]
  ],
  [
    'NIF',
    checkNif,
    [
      ['54362315Z', 'nif-letter'],
      ['M1234567A', 'nif-letter'],
      ['X2482300A', 'nie-letter'],
      ['5436231K', 'nif-form'],
      ['N1234567L', 'nif-form']
    ]
  ],
  [
    'CIF',
    checkCif,
    [
      ['J99216583', 'cif-control'],
      ['B21123451', 'cif-control-digit'],
      ['B2112345J', 'cif-control-digit'],
      ['P21050000', 'cif-control-letter'],
      ['Q2827003B', 'cif-control-letter'],
      ['I21123450', 'cif-form'],
      ['B2112345', 'cif-form'],
      ['b21123450', 'cif-form']
    ]
  ],
  [
    'NUSS',
    checkNuss,
    [
      ['121234567821', 'nuss-control'],
      ['12123456780', 'nuss-form'],
      ['001234567805', 'nuss-province'],
      ['12/12345678/05', 'nuss-form']
    ]
  ],
  [
    'CCC',
    checkCcc,
    [
      ['21102345654', 'ccc-control'],
      ['01123456742', 'ccc-control'],
      ['2110234565', 'ccc-form'],
      ['00102345653', 'ccc-province']
    ]
  ],
  [
    'TIE support',
    checkTieSupport,
    [
      ['|12345678', 'tie-support-form'],
      ['E1234567', 'tie-support-form'],
      ['D12345678', 'tie-support-form']
    ]
  ],
  [
    'DIR3',
    checkDir3,
    [
      ['B04027005', 'dir3-form'],
      ['E0412345', 'dir3-form'],
      ['AA4027005', 'dir3-form']
    ]
  ],
  [
    'RIB',
    checkRib,
    [
      ['007810000123456789012346', 'rib-key'],
      ['00781000012345678901234', 'rib-form']
    ]
  ],
  [
    'IBAN',
    checkIban,
    [
      ['MA65007810000123456789012345', 'iban-mod-97'],
      ['MA6400781000012345678901234', 'iban-length'],
      ['ES9121000418450200051333', 'iban-mod-97'],
      ['ma64007810000123456789012345', 'iban-form'],
      ['LT12100001110100100', 'iban-length']
    ]
  ],
  [
    'Spanish bank account',
    checkBankAccount,
    [
      ['21000418450200051331', 'bank-account-control'],
      ['12341234001234567890', 'bank-account-control'],
      ['1234123416123456789', 'bank-account-form']
    ]
  ],
  [
    'ICE',
    checkIce,
    [
      ['001561191000065', 'ice-mod-97'],
      ['00156119100006', 'ice-form']
    ]
  ],
  [
    'Lithuanian code',
    checkLithuanian,
    [
      ['33309240164', 'lt-control'],
      ['33313240064', 'lt-birth-date'],
      ['03309240064', 'lt-form'],
      ['73309240064', 'lt-century'],
      ['3330924006', 'lt-form']
    ]
  ],
  [
    'Estonian code',
    checkEstonian,
    [
      ['36805280108', 'ee-control'],
      ['36802300109', 'ee-birth-date'],
      ['96805280109', 'ee-century'],
      ['3680528010', 'ee-form']
    ]
  ],
  [
    'Latvian code',
    checkLatvian,
    [
      ['16117519-997', 'lv-form'],
      ['16117519997', 'lv-form'],
      ['161175-1999', 'lv-form']
    ]
  ]
]

test.each(bad.flatMap(([name, check, rows]) => rows.map(([value, rule]) => [name, value, rule, check] as const)))(
  'a bad %s is refused: %s by %s',
  (_, value, rule, check) => {
    const answer = check(value)
    expect(answer).toMatchObject({ ok: false, rule })
    if (!answer.ok && value !== '') expect(answer.reason).not.toContain(value)
  }
)

describe('what is unusual but possible only warns', () => {
  test.each([
    ['a CNIE of seven digits', checkCnie('JC1234567'), 'cnie-seven-digits'],
    ['a Moroccan passport of another form', checkPassport('A1234567', 'MAR'), 'passport-mar-form'],
    ['a Latvian code whose control digit is off', checkLatvian('328673-00677'), 'lv-control'],
    ['a Latvian code whose birth date does not exist', checkLatvian(`311375-1999${latvianControl('3113751999')}`), 'lv-birth-date'],
    ['an IBAN around a Spanish account with wrong control digits', checkIban('ES2121000418450200051331'), 'iban-bank-account']
  ])('%s', (_, answer, rule) => {
    expect(answer).toMatchObject({ ok: true, warnings: [{ rule }] })
  })
})

test('a right Moroccan IBAN begins MA64, and a RIB with a wrong key never hides behind it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{22}$/), first22 => {
      expect(ibanCheckDigits('MA', first22 + ribKey(first22))).toBe('64')
      expect(checkIban(`MA64${first22}${ribKey(first22)}`).ok).toBe(true)
      const wrongKey = String((Number(ribKey(first22)) + 1) % 97).padStart(2, '0')
      expect(checkIban(`MA${ibanCheckDigits('MA', first22 + wrongKey)}${first22}${wrongKey}`)).toMatchObject({ ok: false, rule: 'rib-key' })
    })
  )
})

test('a CNIE is normalised to capitals without blanks and signs, and normalising twice changes nothing', () => {
  expect(normaliseCnie(' jc 123.456-')).toBe('JC123456')
  fc.assert(
    fc.property(fc.string(), value => {
      expect(normaliseCnie(normaliseCnie(value))).toBe(normaliseCnie(value))
    })
  )
})

test('a Latvian code gets its hyphen, so that one code has one spelling', () => {
  expect([normaliseLatvian('16117519997'), normaliseLatvian(' 161175 - 19997'), normaliseLatvian('1611')]).toEqual([
    '161175-19997',
    '161175-19997',
    '1611'
  ])
})

const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`))
const nieBody = fc.tuple(fc.constantFrom('X', 'Y', 'Z'), digits(7)).map(parts => parts.join(''))
const province = fc.integer({ min: 1, max: 66 })
const two = (number: number) => String(number).padStart(2, '0')

describe('every generated good value is accepted, and one changed digit is refused', () => {
  const kinds: [string, fc.Arbitrary<string>, (value: string) => Check][] = [
    ['NIE', nieBody.map(body => body + nieLetter(body)), checkNie],
    ['NIF', fc.integer({ min: 0, max: 99_999_999 }).map(number => String(number).padStart(8, '0') + nifLetter(number)), checkNif],
    ['CIF with a digit', digits(7).map(body => `B${body}${cifControl(body).digit}`), checkCif],
    ['CIF with a letter', digits(7).map(body => `Q${body}${cifControl(body).letter}`), checkCif],
    ['ICE', digits(13).map(body => body + iceControl(body)), checkIce],
    ['RIB', digits(22).map(body => body + ribKey(body)), checkRib],
    [
      'Lithuanian code',
      fc.tuple(fc.constantFrom('9'), digits(9)).map(([first, rest]) => first + rest + balticControl(first + rest)),
      checkLithuanian
    ]
  ]
  test.each(kinds)('%s', (_, values, check) => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 9 }), (value, seed, shift) => {
        expect(check(value).ok).toBe(true)
        const places = [...value].flatMap((character, index) => (/\d/.test(character) ? [index] : []))
        const place = places[seed % places.length] ?? 0
        const changed = value.slice(0, place) + String((Number(value[place]) + shift) % 10) + value.slice(place + 1)
        // A mod 11 control that comes to 10 twice is written 0: the only pair of digits that this check cannot tell apart.
        if (check === checkLithuanian && balticControl(changed) === changed[10]) return
        expect(check(changed).ok).toBe(false)
      })
    )
  })
})

test('social-security numbers: small and large numbers follow their own rule, and a changed control is refused', () => {
  const number = (max: number) => fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(max / 10 - 0.9, max / 10 + 0.1).map(Math.round))
  fc.assert(
    fc.property(province, number(99_999_999), number(9_999_999), fc.integer({ min: 1, max: 96 }), (place, worker, account, shift) => {
      const nuss = two(place) + String(worker).padStart(8, '0')
      const ccc = two(place) + String(account).padStart(7, '0')
      expect(checkNuss(nuss + nafCheck(place, worker)).ok).toBe(true)
      expect(checkCcc(ccc + cccCheck(place, account)).ok).toBe(true)
      expect(checkNuss(nuss + two((Number(nafCheck(place, worker)) + shift) % 97)).ok).toBe(false)
      expect(checkCcc(ccc + two((Number(cccCheck(place, account)) + shift) % 97)).ok).toBe(false)
    })
  )
})

test('a number below the bound is written with one digit less before the division', () => {
  expect([1, 1_234_567, 9_999_999, 10_000_000].map(number => Number(nafCheck(21, number)))).toEqual([
    210000001 % 97,
    211234567 % 97,
    219999999 % 97,
    2110000000 % 97
  ])
  expect([1, 123_456, 999_999, 1_000_000].map(number => Number(cccCheck(21, number)))).toEqual([
    21000001 % 97,
    21123456 % 97,
    21999999 % 97,
    211000000 % 97
  ])
})

test.each([...'ABCDEFGHJNPQRSUVW'])('a CIF that begins with %s has the kind of control its letter asks for', first => {
  const { digit, letter } = cifControl('2112345')
  const accepts = { digit: !'NPQRSW'.includes(first), letter: !'ABEH'.includes(first) }
  expect({ digit: checkCif(`${first}2112345${digit}`).ok, letter: checkCif(`${first}2112345${letter}`).ok }).toEqual(accepts)
})

test('the older eleven digits of a NUSS become twelve and keep their control', () => {
  expect(fullNuss('21123456716')).toBe('210123456716')
  fc.assert(
    fc.property(province, fc.integer({ min: 0, max: 9_999_999 }), (place, number) => {
      const old = two(place) + String(number).padStart(7, '0') + nafCheck(place, number)
      expect(checkNuss(fullNuss(old)).ok).toBe(true)
    })
  )
})

test('a Spanish bank account has one pair of control digits', () => {
  expect(bankAccountControl('00000000', '1000000000')).toBe('01')
  fc.assert(
    fc.property(digits(8), digits(10), (bank, account) => {
      expect(checkBankAccount(bank + bankAccountControl(bank, account) + account).ok).toBe(true)
    })
  )
})

test.each([
  ['nie', nie, 'X2482300W', 'X2482300A', 'nie-letter'],
  ['nif', nif, '54362315K', '54362315Z', 'nif-letter'],
  ['cif', cif, 'J99216582', 'J99216583', 'cif-control'],
  ['employerNumber', employerNumber, '54362315K', 'I99216582', 'cif-form'],
  ['nuss', nuss, '211234567855', '211234567856', 'nuss-control'],
  ['ccc', ccc, '21102345653', '21102345654', 'ccc-control'],
  ['dir3', dir3, 'A04027005', 'B04027005', 'dir3-form'],
  ['cnie', cnie, 'JC123456', '123456JC', 'cnie-form'],
  ['ice', ice, '001561191000066', '001561191000065', 'ice-mod-97'],
  ['agreementCode', agreementCode, '21000165011981', '2100016501198', 'agreement-form']
])('the schema %s refuses by the rule of its check, and nothing but a string', (_, schema, right, wrong, rule) => {
  expect(schema.safeParse(right).data).toBe(right)
  expect(schema.safeParse(wrong).error?.issues).toMatchObject([{ params: { rule } }])
  expect(schema.safeParse(Number.NaN).success).toBe(false)
  expect(schema.safeParse('9'.repeat(10_000)).error?.issues).toMatchObject([{ code: 'too_big' }])
})
