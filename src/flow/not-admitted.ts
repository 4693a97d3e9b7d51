// not admitted: what its sender signed and what was refused before anything of it was taken leaves a line in the evidence log, and nothing of what it says.
import { insertNotAdmitted } from '../store/not-admitted.ts'
import { sha256 } from '../trust/keyed-hash.ts'
import type { SignedSet } from '../trust/set.ts'
import type { Admission } from './admit.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { openLedgerPage } from './ledger-page.ts'

/**
 * Commits to a refused SET, once however often it comes. It is not kept: whom it is about was never looked up, so no person's key could go with
 * her. Salted from the gateway's key the commitment tells nothing, for a guess of the token would have to be signed by its sender.
 * @throws DomainError `unavailable` while the evidence log is behind: what cannot be proved gets no answer yet.
 */
export const noteNotAdmitted = async (
  gateway: Gateway,
  source: string,
  { jti, payloadHash, token }: SignedSet,
  code: string
): Promise<void> => {
  await gateway.ledger.assertInTime()
  const { hashes } = gateway.vault
  const seen = {
    source,
    keyHash: hashes.messageKey(source, jti),
    payloadHash: hashes.other('payload', payloadHash.toString('base64url')),
    tokenHash: sha256(token),
    code
  }
  await gateway.database.transaction(
    async tx => {
      const page = openLedgerPage(gateway, tx)
      const leafId = page.commit('not-admitted', 'gateway', source, newId(), token)
      if (await insertNotAdmitted(tx, { ...seen, leafId }, gateway.clock.wall())) await page.write()
    },
    { retry: true }
  )
}

/** What was wrong, by the word that is kept: that of RFC 8935, or ours. Its place is not kept, for what stood there may be a person's. */
const notAdmittedReasons = {
  invalid_request: 'its claims were not those of a SET that is taken here (jti, iat, toe, sub_id, events …): the answer named which',
  invalid_issuer: 'its iss was not the client that sent it',
  invalid_audience: 'its aud was not this gateway',
  'unknown-type': 'its event is none that this gateway takes',
  'not-granted': 'its event, or the agency that it speaks for, is not this client’s to tell: ask the operator',
  'not-yet': 'its event takes effect in the future: send it when it has happened',
  unfit: 'its payload did not fit its type: the answer named the places',
  'jti-reused': 'its jti was used before with another payload: give every SET a jti of its own',
  'person-erased': 'the data of whom it is about was erased',
  'person-blocked': 'the data of whom it is about is blocked',
  /** From before the word was kept. */
  'not-admitted': 'it was refused before anything of it was taken'
} as const

export const reasonOf = (code: string): string =>
  notAdmittedReasons[Object.hasOwn(notAdmittedReasons, code) ? (code as keyof typeof notAdmittedReasons) : 'not-admitted']

/** The word for an answer by which nothing was taken. */
export const codeOf = (answer: Admission): string =>
  answer.status === 'refused' ? answer.code : answer.status === 'conflict' ? 'jti-reused' : answer.status
