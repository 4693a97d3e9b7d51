// What the schemas tell a sender, by their English sentences.
import type { AnswerLanguage } from '../language.ts'
import type { Texts } from '../said.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'

/** A sentence that another language lacks is not here, not in English either: it is told nobody who might ask for that language. */
export const schemaWords: Readonly<Record<AnswerLanguage, Texts>> = {
  en: Object.fromEntries(Object.keys(es).map(sentence => [sentence, sentence])),
  es,
  fr
}
