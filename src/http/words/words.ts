// All that may be said to a sender, in the language it reads: the catalogs of the floors below and of this one.
import { type AnswerLanguage, answerLanguages, preferredLanguage } from '../../domain/words/language.ts'
import { fill, readSaid, type Said, sayer, type Texts } from '../../domain/words/said.ts'
import { schemaWords } from '../../domain/words/sentences/sentences.ts'
import { domainWords } from '../../domain/words/words.ts'
import { fileWords } from '../../flow/words/words.ts'
import { tokenWords } from '../../trust/words/words.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'

/** What is told: by a catalog, or in English alone. */
export type Words = Said | string

export const httpWords: Readonly<Record<AnswerLanguage, Texts>> = { en, es, fr }

/** Says a text of this floor's catalog. */
export const says = sayer(en)

const catalogs: Readonly<Record<AnswerLanguage, Texts>> = {
  en: { ...schemaWords.en, ...domainWords.en, ...tokenWords.en, ...fileWords.en, ...httpWords.en },
  es: { ...schemaWords.es, ...domainWords.es, ...tokenWords.es, ...fileWords.es, ...httpWords.es },
  fr: { ...schemaWords.fr, ...domainWords.fr, ...tokenWords.fr, ...fileWords.fr, ...httpWords.fr }
}

/** The words in the language that an Accept-Language header likes best, and which language that is: what is there in English alone stays so. */
export const tell = (words: Words, accepts: string | undefined): { text: string; language: AnswerLanguage } => {
  const language = languageOf([words], accepts)
  return { text: inLanguage(words, language), language }
}

/** The language of an answer of several texts: English, unless all of them are there in the one that is asked for. */
export const languageOf = (answer: readonly Words[], accepts: string | undefined): AnswerLanguage =>
  answer.every(words => typeof words !== 'string') ? preferredLanguage(answerLanguages, accepts, 'en') : 'en'

/** A text that is there in English alone is told in that. */
export const inLanguage = (words: Words, language: AnswerLanguage): string =>
  typeof words === 'string' ? words : fill(catalogs[language], words)

/** Something that was stored, as words; null where no catalog can say it (any more). */
export const readWords = (stored: unknown): Said | null => readSaid(catalogs.en, stored)

/** Whether all that it says is in the catalogs. */
export const canTell = (said: Said): boolean => readWords(said) !== null

export const inEnglish = (words: Words): string => inLanguage(words, 'en')
