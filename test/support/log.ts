// What the tests of the evidence log share: leaves without a story, and a sequencer that is asked for every step.
import { randomBytes } from 'node:crypto'
import type { Gateway } from '../../src/flow/gateway.ts'
import { newId } from '../../src/flow/identifiers.ts'
import { openLedgerPage } from '../../src/flow/ledger-page.ts'
import { openSequencer, type Sequencer } from '../../src/flow/sequence.ts'
import { sql, type Tx } from '../../src/store/database.ts'
import { insertLeaves, type LedgerRow, readLedger } from '../../src/store/ledger.ts'
import type { TestHouse } from './house.ts'

/** So many leaves about nothing, as they stay of questions that an earlier version kept whole: what they commit to is kept nowhere. */
export const leave = async (tx: Tx, count: number): Promise<string[]> => {
  const leaves = Array.from({ length: count }, () => {
    const id = newId()
    return { id, kind: 'asked' as const, source: 'anapec', message: id, commitment: randomBytes(32) }
  })
  await insertLeaves(tx, leaves)
  return leaves.map(({ id }) => id)
}

/** So many leaves that commit to something that is kept, as those of messages that were refused. */
export const leaveKept = (gateway: Gateway, count: number): Promise<void> =>
  gateway.database.transaction(async tx => {
    const page = openLedgerPage(gateway, tx)
    for (let i = 0; i < count; i++) page.add('refused', 'gateway', 'anapec', newId(), `message ${i}`)
    await page.write()
  })

export const sequencerOf = (t: TestHouse): Sequencer => openSequencer(t.house, t.log)

export const wholeLedger = (tx: Tx): Promise<LedgerRow[]> => readLedger(tx, { begin: 0, end: Number.MAX_SAFE_INTEGER })

/** The leaves about a message, numbered or not yet, in the order in which they were left. */
export const leavesAbout = (tx: Tx, message: string): Promise<{ id: string; kind: string; source: string }[]> =>
  tx.query(sql`
    select id, kind, source from (
      select id, kind, source, message from ledger_leaf union all select leaf_id, kind, source, message from ledger) l
    where message = ${message} order by id`)
