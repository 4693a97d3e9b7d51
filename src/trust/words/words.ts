// The catalog of tokens.
import type { AnswerLanguage } from '../../domain/words/language.ts'
import { fill, type Said, sayer, type Texts } from '../../domain/words/said.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'

export const tokenWords: Readonly<Record<AnswerLanguage, Texts>> = { en, es, fr }

/** Says a text of this catalog. */
export const says = sayer(en)

/** For operators, and for whoever speaks no other language. */
export const inEnglish = (said: Said): string => fill(en, said)
