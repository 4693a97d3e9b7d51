// A migrated database of its own for each test file, cloned from a template that is made once per run.
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, inject } from 'vitest'
import { type Database, openDatabase, sql } from '../../src/store/database.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { applicationRole, migrate, migrationsDigest } from '../../src/store/migrate.ts'

export interface FreshDatabase {
  /** Of the owner; for programs and queues that open connections of their own. */
  url: string
  /** As the gateway uses it: its statements run as the application's role. */
  db: Database
  /** As the owner of the tables: may do what the application's role may not. */
  owner: Database
}

/**
 * Clones the template for this test file; call it once, at the top of the file. The database is dropped after the file's last test, and a connection that
 * is still open then fails the file.
 * @param options `migrated: false` gives an empty database.
 */
export const freshDatabase = async (options: { migrated?: boolean } = {}): Promise<FreshDatabase> => {
  const server = await serverUrl()
  const name = `jisr_test_${process.pid}_${randomBytes(4).toString('hex')}`
  const template = (options.migrated ?? true) ? await ensureTemplate(server) : 'template0'
  await asAdministrator(server, admin => admin.query(sql.script(`create database ${name} template ${template}`)))
  const url = databaseUrl(server, name)
  const db = openDatabase({ url, application: 'test', role: applicationRole })
  const owner = openDatabase({ url, application: 'test owner' })
  afterAll(async () => {
    await Promise.all([db.close(), owner.close()])
    await asAdministrator(server, async admin => {
      const left = await waitUntilUnused(admin, name)
      await admin.query(sql.script(`drop database ${name} with (force)`))
      if (left.length > 0)
        throw new Error(`This test file leaves ${left.length} connection(s) open; close what it opened. ${left.join('; ')}`)
    })
  })
  return { url, db, owner }
}

/** The server of this run: the one of TEST_DATABASE_URL, or an embedded one that the first test in need of it starts. */
const serverUrl = async (): Promise<string> => {
  const given = inject('serverUrl')
  if (given !== null) return given
  const folder = inject('serverFolder') as string
  const note = join(folder, '..', 'url')
  const known = await readFile(note, 'utf8').catch(() => '')
  if (known !== '') return known
  // Never stopped here: other files use it. The end of the run stops it.
  const { url } = await startEmbedded({ directory: folder, durable: false })
  await writeFile(note, url)
  return url
}

const ensureTemplate = async (server: string): Promise<string> => {
  const name = `jisr_template_${(await migrationsDigest()).slice(0, 12)}`
  return asAdministrator(server, async admin => {
    const made = await admin.lock(
      'jisr test template',
      async session => {
        if ((await session.query(sql`select from pg_database where datname = ${name}`)).length > 0) return
        const draft = `${name}_draft`
        await session.query(sql.script(`drop database if exists ${draft} with (force)`))
        await session.query(sql.script(`create database ${draft} template template0`))
        const owner = openDatabase({ url: databaseUrl(server, draft), application: 'test template' })
        await migrate(owner).finally(() => owner.close())
        await session.query(sql.script(`alter database ${draft} rename to ${name}`))
      },
      { waitMs: 60_000 }
    )
    if (!made.locked)
      throw new Error('Another test run has been making the template database for a minute. End it, or drop its connections.')
    return name
  })
}

const asAdministrator = async <T>(server: string, work: (admin: Database) => Promise<T>): Promise<T> => {
  const admin = openDatabase({ url: server, application: 'test administrator', connectionsMax: 2 })
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}

/** Waits for connections that are just being closed. @returns who is still there after two seconds. */
const waitUntilUnused = async (admin: Database, name: string): Promise<string[]> => {
  const deadline = Date.now() + 2_000
  for (;;) {
    const rows = await admin.query<{ who: string }>(sql`
      select format('%s (%s): %s', application_name, state, left(query, 120)) as who from pg_stat_activity where datname = ${name}`)
    if (rows.length === 0 || Date.now() > deadline) return rows.map(row => row.who)
    await pause(20)
  }
}

const databaseUrl = (server: string, name: string): string => {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
