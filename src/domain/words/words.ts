// The catalog of the rules and the intake.
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import type { AnswerLanguage } from './language.ts'
import { fill, type Said, sayer, type Texts } from './said.ts'

export const domainWords: Readonly<Record<AnswerLanguage, Texts>> = { en, es, fr }

/** Says a text of this catalog. */
export const says = sayer(en)

/** For operators, logs and whoever reads English. */
export const inEnglish = (said: Said): string => fill(en, said)
