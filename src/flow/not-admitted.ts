// not admitted: what its sender signed and what was refused before anything of it was taken leaves a line in the evidence log, and nothing of what it says.
import { insertNotAdmitted } from '../store/not-admitted.ts'
import type { SignedSet } from '../trust/set.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { openLedgerPage } from './ledger-page.ts'

/**
 * Commits to a refused SET, once however often it comes. It is not kept: whom it is about was never looked up, so no person's key could go with
 * her. Salted from the gateway's key the commitment tells nothing, for a guess of the token would have to be signed by its sender.
 * @throws DomainError `unavailable` while the evidence log is behind: what cannot be proved gets no answer yet.
 */
export const noteNotAdmitted = async (gateway: Gateway, source: string, { jti, payloadHash, token }: SignedSet): Promise<void> => {
  await gateway.ledger.assertInTime()
  const { hashes } = gateway.vault
  const seen = {
    source,
    keyHash: hashes.messageKey(source, jti),
    payloadHash: hashes.other('payload', payloadHash.toString('base64url'))
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
