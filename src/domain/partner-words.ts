// What a partner writes about a delivery: its code may stand in clear where it is one, its words never, and who may read them.

/** A partner's own words about one delivery, sealed as they are. */
export interface PartnerWords {
  code: string
  text: string
}

/** A code as protocols write them: no blank, so no sentence and hardly a name. Anything else is sealed with the words. */
const codePattern = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/
/** Codes number up to 9999; a document, a file, a telephone and a date of birth have more digits. */
const codeDigitsMax = 4

/** The code to keep in clear: the partner's, or that it gave none that can be. */
export const codeInClear = (code: string): string =>
  codePattern.test(code) && code.replace(/\D/g, '').length <= codeDigitsMax ? code : 'other'

/** What stands in clear beside the code, by what the partner did. */
export const inClear = {
  refused: 'the partner said no; its own words are sealed',
  deferred: 'the partner asked to wait; its own words are sealed',
  whole: 'the partner refused the message as a whole; its own words are sealed'
} as const

/**
 * The client roles that read what a partner wrote about a fact they told themselves: those who mend a file or decide on it. Why somebody was
 * refused is never an employer's, a carrier's or a trainer's to know (the class `reason` of the disclosure matrix).
 */
const readers: ReadonlySet<string> = new Set(['origin-agency', 'authority', 'consulate'])

export const mayReadWords = (clientRole: string): boolean => readers.has(clientRole)
