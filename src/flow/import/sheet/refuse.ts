// Why a spreadsheet is turned down as a whole: then nothing of it was stored. The words name places, never what stands there.
import type { DomainError } from '../../../domain/errors.ts'
import type { Said } from '../../../domain/words/said.ts'
import { refusal, says } from '../../words/words.ts'

/** It is a spreadsheet, but not one to be read without guessing. */
export const unclear = (said: Said): DomainError => refusal('invalid', said)

/** It is no whole spreadsheet file. */
export const damaged = (what: Said, cause?: unknown): DomainError => refusal('invalid', says('damaged', { what }), { cause })

/** It is another kind of file. */
export const otherFormat = (what: Said): DomainError =>
  refusal('invalid', says('other-format', { what }), { slug: 'unsupported-media-type' })

export const tooMuch = (what: Said): DomainError => refusal('invalid', says('too-much', { what }), { slug: 'too-large' })
