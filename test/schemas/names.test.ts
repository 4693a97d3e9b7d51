// Names: scripts, transliteration, explicit truncation, comparison.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toMrzLetters, toMrzName } from '../../schemas/mrz-name.ts'
import { compareArabicNames, compareNames } from '../../schemas/name-matching.ts'
import { nameTargets, renderName, toFullName, toSpanishName } from '../../schemas/name-targets.ts'
import { arabicName, latinName, mrzName, personName } from '../../schemas/names.ts'

test.each(['EL IDRISSI', "M'BAREK", 'AÏT-OUALI', 'Žukauskaitė', 'Ó Súilleabháin', 'Jr.', 'N’Diaye'])('%s is a Latin name', name => {
  expect(latinName.safeParse(name).success).toBe(true)
})

test.each([
  '',
  ' EL IDRISSI',
  'EL IDRISSI ',
  'الإدريسي',
  'FATIMA 2',
  '<script>',
  'A<B',
  'A'.repeat(81),
  'A\u0000B',
  'A\u202EB',
  "'; drop table",
  '-'
])('%j is no Latin name', name => {
  expect(latinName.safeParse(name).success).toBe(false)
})

test('an Arabic name holds Arabic letters only', () => {
  expect(arabicName.safeParse('فاطمة الزهراء').success).toBe(true)
  expect(arabicName.safeParse('FATIMA').success).toBe(false)
  expect(arabicName.safeParse('فاطمة\u202E').success).toBe(false)
})

test.each(['EL<IDRISSI<<FATIMA<ZAHRA', 'BENALI<<F', 'BENALI'])('%s is a machine-readable name', name => {
  expect(mrzName.safeParse(name).success).toBe(true)
})

test.each(['EL IDRISSI<<FATIMA', 'EL<<IDRISSI<<FATIMA', '<IDRISSI<<FATIMA', 'BENALI<<', 'B'.repeat(40), 'IDRISSI<<FATIMA<'])(
  '%s is no machine-readable name',
  name => {
    expect(mrzName.safeParse(name).success).toBe(false)
  }
)

test('a name without its given name is refused, so that no half name is stored', () => {
  expect(personName.safeParse({ latin: { family: 'EL IDRISSI' } }).success).toBe(false)
})

describe('in the machine-readable zone', () => {
  test.each([
    ['EL IDRISSI', 'EL<IDRISSI'],
    ['BEN-ALI', 'BEN<ALI'],
    ["M'BAREK", 'MBAREK'],
    ['Aït Ouali', 'AIT<OUALI'],
    ['Müller', 'MUELLER'],
    ['Größmann', 'GROESSMANN'],
    ['Núñez', 'NUNEZ'],
    ['Ærø', 'AEROE'],
    ['Åse', 'AASE'],
    ['Łukasz', 'LUKASZ'],
    ['Đorđe', 'DORDE'],
    ['Žukauskaitė', 'ZUKAUSKAITE'],
    ['Þóra', 'THORA'],
    ['Mu\u0308ller', 'MUELLER'],
    ['  a   b ', 'A<B']
  ])('%s is %s', (name, zone) => {
    expect(toMrzLetters(name)).toBe(zone)
  })

  test('a name that fits is whole', () => {
    expect(toMrzName({ family: 'EL IDRISSI', given: 'FATIMA ZAHRA' })).toEqual({
      value: 'EL<IDRISSI<<FATIMA<ZAHRA',
      truncated: false,
      rule: 'ICAO-9303-39'
    })
  })

  test('given names are cut before the family name', () => {
    expect(toMrzName({ family: 'NILAVADHANANANDA', given: 'CHAYAPA DEJTHAMRONG KRASUANG' })).toEqual({
      value: 'NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K',
      truncated: true,
      rule: 'ICAO-9303-39'
    })
  })

  test('a very long family name leaves room for one letter of the given name', () => {
    expect(toMrzName({ family: 'BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL', given: 'DINGO POTOROO' })).toEqual({
      value: 'BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WA<<D',
      truncated: true,
      rule: 'ICAO-9303-39'
    })
  })

  test('a family name that leaves room for no given name is shortened, one that leaves room for a letter is not', () => {
    expect(toMrzName({ family: 'F'.repeat(37), given: 'ANA' }).value).toBe(`${'F'.repeat(36)}<<A`)
    expect(toMrzName({ family: 'F'.repeat(36), given: 'ANA' }).value).toBe(`${'F'.repeat(36)}<<A`)
  })

  test('a Hispanic second family name belongs to the primary identifier', () => {
    expect(toMrzName({ family: 'GARCIA', secondFamily: 'LOPEZ', given: 'ANA' }).value).toBe('GARCIA<LOPEZ<<ANA')
  })

  const latin = fc.stringMatching(/^[A-Za-zÀ-ÖØ-öø-ž](?:[A-Za-zÀ-ÖØ-öø-ž' -]{0,60}[A-Za-zÀ-ÖØ-öø-ž])?$/)
  test('whatever the name, the result is a machine-readable name of at most 39 that says when it was cut', () => {
    fc.assert(
      fc.property(latin, latin, (family, given) => {
        const { value, truncated } = toMrzName({ family, given })
        expect(mrzName.safeParse(value).success).toBe(true)
        const whole = `${toMrzLetters(family)}<<${toMrzLetters(given)}`
        expect(truncated).toBe(value !== whole)
      })
    )
  })
})

describe('in a field of a counterpart', () => {
  test.each(Object.entries(nameTargets))('%s takes %i characters and says when it was cut', (target, max) => {
    const name = target as keyof typeof nameTargets
    expect(renderName('A'.repeat(max), name)).toEqual({ value: 'A'.repeat(max), truncated: false, rule: target })
    expect(renderName('A'.repeat(max + 1), name)).toEqual({ value: 'A'.repeat(max), truncated: true, rule: target })
    expect(renderName(`${'A'.repeat(max - 1)} B`, name)).toEqual({ value: 'A'.repeat(max - 1), truncated: true, rule: target })
  })

  test('a mark is never cut off its letter, nor a letter in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'q\u0308', 'é', '𝒜', ' '), minLength: 25, maxLength: 50 }), name => {
        const { value } = renderName(name, 'SICRES-NOMBRE')
        expect([...value].length).toBeLessThanOrEqual(30)
        expect(value.isWellFormed()).toBe(true)
        const rest = name.normalize('NFC').replace(/\s+/g, ' ').trim().slice(value.length)
        expect(/^\p{M}/u.test(rest)).toBe(false)
      })
    )
  })

  test('a Moroccan family name is whole in Apellido1 and never split at a blank', () => {
    const name = toSpanishName({ family: 'BEN ALI', given: 'FATIMA ZAHRA' }, 'SCSP')
    expect(name.apellido1.value).toBe('BEN ALI')
    expect(name).not.toHaveProperty('apellido2')
    expect(name.nombre.value).toBe('FATIMA ZAHRA')
  })

  test('a second family name is Apellido2 only when there is one', () => {
    expect(toSpanishName({ family: 'GARCIA', secondFamily: 'LOPEZ', given: 'ANA' }, 'SICRES').apellido2?.value).toBe('LOPEZ')
  })

  test('the full name is given names first', () => {
    expect(toFullName({ family: 'GARCIA', secondFamily: 'LOPEZ', given: 'ANA' })).toEqual({
      value: 'ANA GARCIA LOPEZ',
      truncated: false,
      rule: 'SCSP-COMPLETO'
    })
  })
})

describe('comparison', () => {
  test.each([
    ['EL IDRISSI', 'el idrissi', 'same'],
    ['EL-IDRISSI', 'EL IDRISSI', 'same'],
    ['FATIMA ZAHRA', 'ZAHRA FATIMA', 'same'],
    ['AÏT OUALI', 'AIT OUALI', 'same'],
    ['EL IDRISSI', 'ELIDRISSI', 'variant'],
    ['EL IDRISSI', 'IDRISSI', 'variant'],
    ['ELIDRISSI', 'IDRISSI', 'variant'],
    ['BEN ALI', 'BENALI', 'variant'],
    ['AIT OUALI', 'AITOUALI', 'variant'],
    ['EL IDRISSI', 'EL AMRANI', 'different'],
    ['BEN ALI', 'ALI', 'different'],
    ['ELENA', 'ENA', 'different'],
    ['', 'EL', 'different'],
    ['EL', 'AL', 'different']
  ])('%s and %s are %s', (one, other, likeness) => {
    expect(compareNames(one, other)).toBe(likeness)
    expect(compareNames(other, one)).toBe(likeness)
  })

  test.each([
    ['الإدريسي', 'الإدريسي', 'same'],
    ['الإدريسي', 'الادريسي', 'variant'],
    ['الإدريسي', 'إدريسي', 'variant'],
    ['فاطمة', 'فاطمه', 'variant'],
    ['مُحَمَّد', 'محمد', 'variant'],
    ['ليلى', 'ليلي', 'variant'],
    ['علي', 'عمر', 'different']
  ])('%s and %s are %s', (one, other, likeness) => {
    expect(compareArabicNames(one, other)).toBe(likeness)
    expect(compareArabicNames(other, one)).toBe(likeness)
  })
})
