// hand out: the SETs that a polling stream is owed, signed when they leave, and what its receiver says of them.

import type { StreamSettings } from '../../adapters/contract.ts'
import { codeInClear, inClear } from '../domain/partner-words.ts'
import { pairwise } from '../store/people.ts'
import {
  type HandedOutRow,
  handOut,
  hasSets,
  noteSigned,
  ownersOfHandedOut,
  parkUnmade,
  settleHandedOut,
  unhide
} from '../store/streams.ts'
import type { Partner } from './directory.ts'
import { disclose } from './disclose.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { openLedgerPage } from './ledger-page.ts'
import { type MadeSet, makeSet } from './make-set.ts'
import { sealWords } from './partner-words.ts'
import { openRefusals, type RefusedSet } from './stream-notices.ts'
import type { Owner } from './vault.ts'

export interface HandedOut {
  sets: { jti: string; token: string }[]
  more: boolean
}

/** Takes up to `max` SETs of at most `bytesMax` together, but at least one where there is any; they hide for the stream's redelivery time. */
export const takeSets = async (gateway: Gateway, partner: Partner, limits: { max: number; bytesMax: number }): Promise<HandedOut> => {
  const now = gateway.clock.wall()
  const settings = partner.settings as StreamSettings
  const visibleAt = new Date(now.getTime() + settings.redeliverAfterSeconds * 1000)
  const noticesOnly = partner.status === 'paused'
  const { rows, subIds } = await gateway.database.transaction(
    async tx => {
      // One more than asked for tells whether there are more.
      const rows = await handOut(tx, partner.id, { now, visibleAt, max: limits.max + 1, newJti: newId, noticesOnly })
      const about = [...new Set(rows.map(row => row.personId ?? row.subjectId))]
      const ids =
        rows.length === 0
          ? []
          : await pairwise(
              tx,
              partner.id,
              about,
              about.map(() => crypto.randomUUID())
            )
      return { rows, subIds: new Map(about.map((id, i) => [id, ids[i] as string])) }
    },
    { retry: true }
  )
  const tokens = await makeSets(gateway, partner, rows.slice(0, limits.max), subIds)
  let bytes = 0
  const fitting = tokens.findIndex(({ token }, i) => {
    bytes += token.length
    return i > 0 && bytes > limits.bytesMax
  })
  const sets = fitting === -1 ? tokens : tokens.slice(0, fitting)
  const shown = new Set(sets.map(({ jti }) => jti))
  const left = rows.filter(row => !shown.has(row.jti)).map(row => row.id)
  if (left.length > 0) await unhide(gateway.database, left, now)
  await commitSent(gateway, partner, rows, sets)
  const more = left.length > 0 && (await hasSets(gateway.database, partner.id, now, noticesOnly))
  if (sets.length > 0) gateway.log('stream.polled', { partner: partner.id, sets: sets.length, more })
  return { sets: sets.map(({ jti, token }) => ({ jti, token })), more }
}

/** What leaves is in the evidence log before it leaves, each time that it does, and who is given it is written down, once. */
const commitSent = async (gateway: Gateway, partner: Partner, rows: readonly HandedOutRow[], sets: readonly MadeSet[]): Promise<void> => {
  if (sets.length === 0) return
  const rowOf = new Map(rows.map(row => [row.jti, row]))
  await gateway.database.transaction(
    async tx => {
      const page = openLedgerPage(gateway, tx)
      for (const { jti, token } of sets) {
        const row = rowOf.get(jti) as HandedOutRow
        page.add('sent', ownerOf(row), partner.id, row.id, token)
      }
      await page.write()
      const classesOf = new Map(sets.map(({ jti, classes }) => [rowOf.get(jti)?.id, classes]))
      await disclose(
        tx,
        partner,
        rows.filter(row => classesOf.has(row.id)),
        id => classesOf.get(id) ?? []
      )
    },
    { retry: true }
  )
}

const ownerOf = ({ personId, wrappedKey }: { personId: string | null; wrappedKey: Buffer | null }): Owner =>
  personId === null ? 'gateway' : { personId, wrappedKey }

/** The SETs in lane order. One that cannot be made is parked and stops its lane, not the stream. */
const makeSets = async (
  gateway: Gateway,
  partner: Partner,
  rows: readonly HandedOutRow[],
  subIds: ReadonlyMap<string, string>
): Promise<MadeSet[]> => {
  const made = await Promise.allSettled(
    rows.map(row => makeSet(gateway, partner, row, subIds.get(row.personId ?? row.subjectId) as string))
  )
  const stopped = new Set<number>()
  const parked: { id: string; reason: string }[] = []
  const signed = rows.flatMap((row, i) => {
    const result = made[i] as (typeof made)[number]
    if (stopped.has(row.laneId)) return []
    if (result.status === 'fulfilled') return [{ id: row.id, ...result.value }]
    stopped.add(row.laneId)
    parked.push({ id: row.id, reason: result.reason instanceof Error ? result.reason.message.slice(0, 500) : 'cannot be mapped' })
    return []
  })
  if (parked.length > 0) await parkUnmade(gateway.database, parked)
  for (const [kid, by] of Map.groupBy(signed, set => set.kid)) {
    await noteSigned(
      gateway.database,
      kid,
      by.map(set => set.id)
    )
  }
  return signed
}

/** What the receiver acknowledges is settled; what it refuses is never handed out again and a person sees it. */
export const settleSets = async (
  gateway: Gateway,
  partner: Partner,
  said: { ack: readonly string[]; refused: readonly { jti: string; err: string; description: string }[] }
): Promise<void> => {
  const refused = new Set(said.refused.map(r => r.jti))
  const settlements = [
    ...said.refused.map(r => ({ jti: r.jti, state: 'refused' as const, code: codeInClear(r.err), reason: inClear.refused })),
    ...said.ack.filter(jti => !refused.has(jti)).map(jti => ({ jti, state: 'accepted' as const, code: null, reason: null }))
  ]
  const now = gateway.clock.wall()
  const distinct = [...new Map(settlements.map(s => [s.jti, s])).values()]
  if (distinct.length === 0) return
  const wordsOf = new Map(said.refused.map(r => [r.jti, { code: r.err, text: r.description }]))
  await gateway.database.transaction(
    async tx => {
      const owners = await ownersOfHandedOut(
        tx,
        partner.id,
        distinct.map(({ jti }) => jti)
      )
      const sealed = new Map(
        owners.flatMap(row => {
          const words = wordsOf.get(row.jti)
          return words === undefined ? [] : [[row.jti, sealWords(gateway, ownerOf(row), row.id, words)] as const]
        })
      )
      const settlements = distinct.map(one => ({ ...one, said: sealed.get(one.jti) ?? null }))
      const settled = await settleHandedOut(tx, partner.id, settlements, now)
      const page = openLedgerPage(gateway, tx)
      const isSettled = new Set(settled.map(({ id }) => id))
      const refusals: RefusedSet[] = []
      for (const row of owners) {
        const words = wordsOf.get(row.jti)
        if (!isSettled.has(row.id) || (row.personId !== null && row.wrappedKey === null)) continue
        page.add(
          words === undefined ? 'acknowledged' : 'declined',
          ownerOf(row),
          partner.id,
          row.id,
          JSON.stringify({ jti: row.jti, ...words })
        )
        if (words !== undefined) refusals.push({ ...row, code: codeInClear(words.code) })
      }
      await page.write()
      await openRefusals(tx, partner.id, refusals)
    },
    { retry: true }
  )
  gateway.log('stream.settled', { partner: partner.id, acknowledged: said.ack.length, refused: said.refused.length })
}
