// A rule of law or of the programme: dated, cited, and a pure function.

export interface Rule {
  /** 'L4' names the rule, what follows its edition: 'L4-RD1155'. */
  id: string
  /** First day on which it applies, YYYY-MM-DD. */
  validFrom: string
  /** Last day; absent while it is in force. */
  validTo?: string
  citation: string
}

/** The edition in force on a day (YYYY-MM-DD), or undefined when there was none. */
export const inForce = <Edition extends Rule>(editions: readonly Edition[], day: string): Edition | undefined =>
  editions.find(({ validFrom, validTo }) => validFrom <= day && (validTo === undefined || day <= validTo))
