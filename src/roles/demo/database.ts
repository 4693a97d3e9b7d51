// The demo's own database on whichever server there is: made, brought up to date, and those of earlier demos dropped.
import { migrateQueue } from '../../queue/migrate.ts'
import { withClient } from '../../store/client.ts'
import { openDatabase, sql } from '../../store/database.ts'
import { migrate } from '../../store/migrate.ts'
import { createPartitions } from '../../store/partitions.ts'
import type { DemoState } from './state.ts'

/** @returns the URL of the demo's database. `serverUrl` is of an owner who may create databases. */
export const ensureDatabase = async (serverUrl: string, state: DemoState): Promise<string> => {
  const url = new URL(serverUrl)
  url.pathname = `/${state.database}`
  const admin = openDatabase({ url: serverUrl, application: 'demo administrator', connectionsMax: 1 })
  try {
    // Only those of this folder: another demo, or somebody else's database, may be on the same server.
    for (const name of state.leftBehind.filter(name => /^demo_\d+$/.test(name) && name !== state.database))
      await admin.query(sql.script(`drop database if exists "${name}" with (force)`))
    const known = await admin.query(sql`select from pg_database where datname = ${state.database}`)
    if (known.length === 0) await admin.query(sql.script(`create database "${state.database}"`))
  } finally {
    await admin.close()
  }
  const owner = openDatabase({ url: url.href, application: 'demo migrate', connectionsMax: 2 })
  try {
    await migrate(owner)
    await createPartitions(owner, new Date())
  } finally {
    await owner.close()
  }
  await withClient(url.href, client => migrateQueue(client))
  return url.href
}
