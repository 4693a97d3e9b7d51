// Why a spreadsheet is turned down as a whole: then nothing of it was stored. The words name places, never what stands there.
import { DomainError } from '../../../domain/errors.ts'

/** It is a spreadsheet, but not one to be read without guessing. */
export const unclear = (detail: string): DomainError => new DomainError('invalid', detail)

/** It is no whole spreadsheet file. */
export const damaged = (what: string, cause?: unknown): DomainError =>
  new DomainError('invalid', `the file is damaged (${what}): open it, save it again as .xlsx, and send that`, { cause })

/** It is another kind of file. */
export const otherFormat = (what: string): DomainError =>
  new DomainError('invalid', `${what}: save it as an ordinary .xlsx workbook, without a password and without macros, and send that`, {
    slug: 'unsupported-media-type'
  })

export const tooMuch = (what: string): DomainError =>
  new DomainError('invalid', `${what}: delete what is not part of the list, or send it in parts`, { slug: 'too-large' })
