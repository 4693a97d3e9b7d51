// The SETs of a pushed stream, as its transport carries them.
import type { SignedSet } from '../../adapters/contract.ts'
import { isStreamNotice } from '../domain/streaming.ts'
import type { Tx } from '../store/database.ts'
import type { ClaimedRow } from '../store/deliveries.ts'
import { nameSets, noteSigned } from '../store/streams.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { makeSet } from './make-set.ts'

/** Names the SETs of claimed rows (jti and iat, kept for ever) and gives the function that signs one, noting the key. */
export const openSigner = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  rows: readonly ClaimedRow[],
  now: Date
): Promise<(row: ClaimedRow, subId: string) => Promise<SignedSet>> => {
  const names = new Map(
    (
      await nameSets(
        tx,
        partner.id,
        rows.map(({ id }) => ({ id })),
        { now, visibleAt: now, newJti: newId }
      )
    ).map(name => [name.id, name])
  )
  return async (row, subId) => {
    const { jti, iat } = names.get(row.id) as { jti: string; iat: Date }
    const { token, kid } = await makeSet(gateway, partner, { ...row, jti, iat }, subId)
    await noteSigned(tx, kid, [row.id])
    const source = gateway.signing.issuer as string
    return { token, jti, source, type: cloudEventType(source, row.type), time: row.effectiveAt.toISOString() }
  }
}

/** The event's name behind our domain reversed, as CloudEvents asks for; the notices of a stream are OpenID's. */
const cloudEventType = (issuer: string, type: string): string =>
  isStreamNotice(type) ? `net.openid.ssf.${type}` : `${new URL(issuer).hostname.split('.').toReversed().join('.')}.${type}`
