// Which of a person's passports counts: renewed mid-campaign, the new one supersedes and the old one stays on record.

import type { MigrantRecord } from '../../schemas/record.ts'
import type { DeepPartial } from '../contract.ts'

type Documents = NonNullable<DeepPartial<MigrantRecord>['documents']>

/** The passport no other document supersedes, the one issued last when there are several; undefined when there is none. */
export const passportInForce = (documents: Documents | undefined): Documents[number] | undefined => {
  const passports = (documents ?? []).filter(document => document.type === 'PASSPORT')
  const superseded = new Set(passports.map(passport => passport.supersedes))
  return passports
    .filter(passport => !superseded.has(passport.number))
    .sort(
      (one, other) => (one.issueDate ?? '').localeCompare(other.issueDate ?? '') || (one.number ?? '').localeCompare(other.number ?? '')
    )
    .at(-1)
}
