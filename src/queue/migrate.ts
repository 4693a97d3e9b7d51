// BullMQ's own tables: which of its migrations are missing, and applying them.
import { DEFAULT_SCHEMA, LATEST_SCHEMA_VERSION, type PgQueryable, quoteSchemaName, runMigrations } from 'bullmq'
import type { ClientBase } from 'pg'

/** The schema that holds the queue; nothing of it is worth a backup. */
export const QUEUE_SCHEMA = DEFAULT_SCHEMA

/** Versions of BullMQ's schema that `migrateQueue` would apply, oldest first; empty when the queue can be used. */
export async function pendingQueueMigrations(client: ClientBase): Promise<string[]> {
  const { rows: found } = await client.query('select to_regclass($1) is not null as known', [`${QUEUE_SCHEMA}.migration`])
  let applied = 0
  if (found[0]?.known) {
    const { rows } = await client.query(`select coalesce(max(version), 0)::int as version from ${quoteSchemaName(QUEUE_SCHEMA)}.migration`)
    applied = rows[0]?.version
  }
  return Array.from({ length: Math.max(0, LATEST_SCHEMA_VERSION - applied) }, (_, index) => `${QUEUE_SCHEMA} ${applied + index + 1}`)
}

/**
 * Applies them in one transaction and lets `role` use the queue: BullMQ makes a
 * sequence per queue and temporary tables while it runs, so the role may create in this one schema. One process at a time (an advisory lock).
 * `client` is one session of the schema's owner, outside a transaction.
 * @returns what was applied, as `pendingQueueMigrations` named it
 */
export async function migrateQueue(client: ClientBase, role?: string): Promise<string[]> {
  // BullMQ takes turns for its migrations alone: two that grant at once meet in PostgreSQL's own tables ("tuple concurrently updated").
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [turnName])
  try {
    const pending = await pendingQueueMigrations(client)
    await runMigrations(client as PgQueryable, QUEUE_SCHEMA)
    if (role !== undefined) await grant(client, role)
    return pending
  } finally {
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [turnName])
  }
}

const turnName = 'jisr migrate queue'

const grant = async (client: ClientBase, role: string): Promise<void> => {
  const to = client.escapeIdentifier(role)
  const schema = quoteSchemaName(QUEUE_SCHEMA)
  await client.query(`grant usage, create on schema ${schema} to ${to};
    grant select, insert, update, delete on all tables in schema ${schema} to ${to};
    grant usage, select, update on all sequences in schema ${schema} to ${to};
    grant execute on all functions in schema ${schema} to ${to}`)
}
