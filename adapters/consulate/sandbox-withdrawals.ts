// What the double of a consulate does when the ground of an application, or of a visa, is gone.
import { decide } from './sandbox-decisions.ts'
import { fileKey, type Kept, type Office, record } from './sandbox-office.ts'
import type { components } from './wire.d.ts'

type Wire = components['schemas']

interface Withdrawn {
  answer: Wire['WithdrawalDone'] | Wire['RowRefused']
  effect: string
  decided?: Kept['decided']
  /** The decision the gateway is told of, if any. */
  told?: Wire['Decision']
}

/**
 * Closes what the person has open here, found by the gateway's id of the person, else by passport and file. A visa already issued is revoked
 * when its authorisation is extinguished (RD 1155/2024 art 46), and that is told as a decision; who withdrew or died needs none.
 */
export const withdraw = (office: Office, row: Wire['Withdrawal'], filedAt: Date, refuse: string | null): Withdrawn => {
  const { reference } = row
  if (refuse !== null)
    return { answer: { reference, status: 'refused', code: refuse, reason: 'refused by the sandbox' }, effect: 'not-withdrawn' }
  const application = find(office, row)
  if (application === undefined)
    return { answer: { reference, status: 'nothing-to-withdraw', receipt: 'none' }, effect: 'nothing-to-withdraw' }
  const isIssued = application.outcome === 'ISSUED'
  const outcome = isIssued ? 'REVOKED' : 'WITHDRAWN'
  const at = filedAt.toISOString()
  record(office, application.reference, outcome, at)
  return {
    answer: { reference, status: isIssued ? 'revoked' : 'withdrawn', receipt: application.applicationNumber },
    effect: isIssued ? 'revoked' : 'withdrawn',
    decided: [{ reference: application.reference, outcome, at }],
    ...(isIssued && row.reason === 'authorization-extinguished' && { told: decide(application, outcome, filedAt) })
  }
}

const find = ({ byPerson, byFile }: Office, { personReference, passportNumber, fileNumber }: Wire['Withdrawal']) => {
  const own = byPerson.get(personReference)
  if (own !== undefined && (own.outcome === 'LODGED' || own.outcome === 'ISSUED')) return own
  return passportNumber === undefined || fileNumber === undefined ? undefined : byFile.get(fileKey(passportNumber, fileNumber))
}
