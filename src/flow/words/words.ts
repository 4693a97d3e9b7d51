// The catalog of files of many events.
import { DomainError, type DomainErrorOptions, type ErrorCode } from '../../domain/errors.ts'
import type { AnswerLanguage } from '../../domain/words/language.ts'
import { fill, type Said, sayer, type Texts } from '../../domain/words/said.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'

export const fileWords: Readonly<Record<AnswerLanguage, Texts>> = { en, es, fr }

/** Says a text of this catalog. */
export const says = sayer(en)

/** A refusal in words of this catalog, and in none of another. */
export const refusal = (code: ErrorCode, said: Said, options: DomainErrorOptions = {}): DomainError =>
  new DomainError(code, fill(en, said), { ...options, said })
