// Comparing two spellings of a name. Never corrects one: a difference between two documents is for a person to decide.
import { toMrzLetters } from './mrz-name.ts'

/** `same`: the same words in any order, whatever case, marks and hyphens. `variant`: the same after articles and joined particles are
 *  levelled (EL IDRISSI, ELIDRISSI, IDRISSI). `different`: anything else. */
export type Likeness = 'same' | 'variant' | 'different'

/** Compares Latin spellings of a family name, a given name or a full name. */
export const compareNames = (one: string, other: string): Likeness => {
  if (sameSet(tokensOf(one), tokensOf(other))) return 'same'
  return sameSet(levelled(one), levelled(other)) ? 'variant' : 'different'
}

/** Compares Arabic spellings: short vowels, tatweel, the seats of hamza, ta marbuta and final alif are written either way. */
export const compareArabicNames = (one: string, other: string): Likeness => {
  const tokens = (name: string) =>
    name
      .normalize('NFC')
      .split(/[\s-]+/)
      .filter(Boolean)
  if (sameSet(tokens(one), tokens(other))) return 'same'
  const level = (name: string) => tokens(levelArabic(name)).map(token => (token.length > 3 ? token.replace(/^ال/, '') : token))
  return sameSet(level(one), level(other)) ? 'variant' : 'different'
}

const articles = new Set(['EL', 'AL', 'L', 'ER', 'ES', 'EZ', 'ED', 'EN', 'ET', 'ECH', 'ACH'])
/** Written apart or joined to the word after them. */
const particles = new Set([
  'BEN',
  'BENT',
  'BIN',
  'BINT',
  'IBN',
  'BOU',
  'ABOU',
  'ABD',
  'ABDE',
  'ABDEL',
  'AIT',
  'OULD',
  'OUM',
  'SIDI',
  'MOULAY',
  'LALLA'
])

const tokensOf = (name: string): string[] => toMrzLetters(name).split('<').filter(Boolean)

/** Articles dropped, joined ones too where at least five letters stay; a particle joined to its word. */
const levelled = (name: string): string[] => {
  const words: string[] = []
  let waiting = ''
  for (const token of tokensOf(name)) {
    if (particles.has(token)) waiting += token
    else if (!articles.has(token)) {
      words.push(waiting === '' ? withoutArticle(token) : waiting + withoutArticle(token))
      waiting = ''
    }
  }
  return waiting === '' ? words : [...words, waiting]
}

const withoutArticle = (token: string): string => (/^[EA]L/.test(token) && token.length >= 7 ? token.slice(2) : token)

const sameSet = (one: readonly string[], other: readonly string[]): boolean => {
  const left = new Set(one)
  const right = new Set(other)
  return left.size > 0 && left.size === right.size && [...left].every(token => right.has(token))
}

const levelArabic = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[\u0640\u064B-\u0655\u0670]/g, '')
    .replace(/[أإآٱ]/g, 'ا')
    .replace(/ؤ/g, 'و')
    .replace(/[ئى]/g, 'ي')
    .replace(/ة/g, 'ه')
