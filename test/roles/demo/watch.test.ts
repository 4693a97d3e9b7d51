// When a demo is over: not before everything that moves by itself has come to rest.
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Child } from '../../../src/roles/demo/children.ts'
import { watch } from '../../../src/roles/demo/watch.ts'
import { openProgress } from '../../../src/roles/progress.ts'
import { type Database, sql } from '../../../src/store/database.ts'
import type { Sql } from '../../../src/store/sql.ts'
import { freshDatabase } from '../../support/database.ts'

const { db, owner } = await freshDatabase()

const clients: Child = {
  name: 'clients',
  onLine: heard => heard({ pushed: 0, pushedAll: true }),
  broken: new Promise<never>(() => {}),
  close: async () => {}
}

const watched = (database: Database) => {
  const options = { workers: 0, seed: 1, newShare: 0.5, weeklyVisas: 1 }
  let isOver = false
  const over = watch(database, clients, options, openProgress({ stream: process.stderr, isSilent: true }), new AbortController().signal)
  return { over: over.then(() => (isOver = true)), isOver: () => isOver }
}

test('a ticket that is overdue is still asked for, so the demo waits for it; for the visa of whom was erased it does not', async () => {
  const [erased, subject] = [crypto.randomUUID(), crypto.randomUUID()]
  await owner.query(sql`insert into person (id, erased_at) values (${erased}, now())`)
  await owner.query(sql`insert into subject (id, kind, person_id, natural_key, state)
    values (${subject}, 'placement', ${erased}, ${Buffer.alloc(32)}, 'VISA_LODGED')`)
  await owner.query(sql`insert into partner (id, name, adapter, role, settings) values ('p', 'P', 'reference', 'reader', '{}')`)
  await owner.query(sql`insert into ticket (id, partner_id, parcel_id, ticket, state, due_at, warn_at, deadline_at)
    values (${crypto.randomUUID()}, 'p', 'parcel', 't', 'overdue', now(), now(), now())`)
  let looks = 0
  const counted: Database = { ...db, query: <Row extends object>(statement: Sql) => db.query<Row>(statement).finally(() => looks++) }
  const { over, isOver } = watched(counted)
  while (looks < 8) await pause(50)
  expect(isOver()).toBe(false)
  await owner.query(sql`update ticket set state = 'collected'`)
  await expect(over).resolves.toBe(true)
})

test('looks at which the database was away count for nothing', async () => {
  let looks = 0
  const failing: Database = {
    ...db,
    query: <Row extends object>(statement: Sql) => {
      looks++
      // After two quiet looks (each asks twice or thrice) it is away for a moment.
      return looks === 7 ? Promise.reject(new Error('away')) : db.query<Row>(statement)
    }
  }
  await watched(failing).over
  expect(looks).toBeGreaterThanOrEqual(7 + 3 * 3)
})
