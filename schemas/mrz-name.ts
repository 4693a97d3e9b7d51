// Latin letters in the machine-readable zone: the transliteration and truncation of ICAO Doc 9303, parts 3 and 4.

import type { Rendering } from './name-targets.ts'
import type { PersonName } from './names.ts'

/** Doc 9303-3, section 6: letters that do not simply lose their mark. Where the table leaves a choice (Ñ, Ü), the one most states print. */
const transliterations: Readonly<Record<string, string>> = {
  Ä: 'AE',
  Å: 'AA',
  Æ: 'AE',
  Ð: 'D',
  Đ: 'D',
  Ħ: 'H',
  ı: 'I',
  Ĳ: 'IJ',
  Ł: 'L',
  Ŀ: 'L',
  Ŋ: 'N',
  ŉ: 'N',
  Ö: 'OE',
  Ø: 'OE',
  Œ: 'OE',
  ß: 'SS',
  ẞ: 'SS',
  Ŧ: 'T',
  Þ: 'TH',
  Ü: 'UE',
  ĸ: 'Q'
}

/** Capitals A to Z and single fillers: blanks and hyphens become `<`, apostrophes and points vanish, marks are dropped. */
export const toMrzLetters = (name: string): string =>
  [...name.normalize('NFC')]
    .map(character => transliterations[character] ?? transliterations[character.toUpperCase()] ?? character)
    .join('')
    .normalize('NFD')
    .toUpperCase()
    .replace(/[\s\u2010-\u2015-]+/g, '<')
    .replace(/[^A-Z<]/g, '')
    .replace(/<+/g, '<')
    .replace(/^<|<$/g, '')

/** The name field of a passport, filler at the end left off: `EL<IDRISSI<<FATIMA<ZAHRA`. A Hispanic second family name belongs to the primary
 *  identifier. Longer than `max`, the given names are cut first, but keep one letter; then the family name is cut. */
export const toMrzName = (latin: PersonName['latin'], max = 39): Rendering => {
  const family = toMrzLetters(latin.secondFamily ? `${latin.family} ${latin.secondFamily}` : latin.family)
  const given = toMrzLetters(latin.given)
  const whole = given === '' ? family : `${family}<<${given}`
  const rule = `ICAO-9303-${max}`
  if (whole.length <= max) return { value: whole, truncated: false, rule }
  if (given === '' || family.length + 3 <= max) return { value: withoutFiller(whole.slice(0, max)), truncated: true, rule }
  return { value: `${withoutFiller(family.slice(0, max - 3))}<<${given.charAt(0)}`, truncated: true, rule }
}

const withoutFiller = (value: string): string => value.replace(/<+$/, '')
