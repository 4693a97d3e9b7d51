// Forward-only migrations: migrations/NNNN_name.sql, each in its own transaction, each remembered with its checksum.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Database, sql, type Tx } from './database.ts'
import { StoreError } from './database-error.ts'
import { createPartitions } from './partitions.ts'

/** The role that the gateway's statements run as: it cannot change or delete what is written once. */
export const applicationRole = 'jisr_app'

export interface Migration {
  name: string
  /** SHA-256 of the file, hexadecimal. */
  checksum: string
  text: string
}

/**
 * Applies what is not applied yet, in order, and makes the months' partitions; two processes that try together take turns.
 * @param owner a database opened as the owner of the schema (no `role`).
 * @param lockWaitMs how long another process may be migrating before this one gives up.
 * @returns the names of the files applied now.
 * @throws Error that says what to do when an applied file was changed or is missing here, or the application's role cannot be made.
 */
export const migrate = async (owner: Database, folder: string = migrationsFolder, lockWaitMs = 60_000): Promise<string[]> => {
  const files = await readMigrations(folder)
  const turn = await owner.lock('jisr migrate', () => applyAll(owner, files), { waitMs: lockWaitMs })
  if (!turn.locked)
    throw new Error('Another process is migrating this database. Wait until it has finished, then run `npm run migrate` again.')
  return turn.value
}

/** The names of the files that are not applied yet, in order. Throws when what is applied differs from the files. */
export const pending = async (tx: Tx, folder: string = migrationsFolder): Promise<string[]> => {
  const files = await readMigrations(folder)
  return remaining(files, await readApplied(tx)).map(file => file.name)
}

/** Refuses to go on while a migration is pending: for every role that serves. */
export const assertMigrated = async (tx: Tx, folder: string = migrationsFolder): Promise<void> => {
  const names = await pending(tx, folder).catch(error => {
    throw isWithoutRole(error) ? new Error(`${withoutRole}, then start again.`, { cause: error }) : error
  })
  if (names.length === 0) return
  throw new Error(`The database lacks ${names.length} migration(s), first ${names[0]}. Run \`npm run migrate\`, then start again.`)
}

/** True when the server refused a connection because its user cannot act as the application's role. */
export const isWithoutRole = (error: unknown): boolean => error instanceof StoreError && ['22023', '42501'].includes(error.code)

export const withoutRole =
  `The database was never migrated, or its user cannot act as the role ${applicationRole}. Run \`npm run migrate\` as the owner of the tables; where that is done, have an ` +
  `administrator run: grant ${applicationRole} to the user of DATABASE_URL`

/** One hash over all files: names the schema that they make. */
export const migrationsDigest = async (folder: string = migrationsFolder): Promise<string> => {
  const files = await readMigrations(folder)
  return createHash('sha256')
    .update(files.map(file => `${file.name} ${file.checksum}`).join('\n'))
    .digest('hex')
}

const migrationsFolder = fileURLToPath(new URL('./migrations/', import.meta.url))
const fileName = /^\d{4}_[a-z0-9_]+\.sql$/

const readMigrations = async (folder: string): Promise<Migration[]> => {
  const names = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
  const odd = names.find(name => !fileName.test(name))
  if (odd !== undefined) throw new Error(`The migration ${odd} is not named NNNN_name.sql (small letters, digits, underscores). Rename it.`)
  const twice = names.find((name, index) => name.slice(0, 4) === names[index - 1]?.slice(0, 4))
  if (twice !== undefined) throw new Error(`Two migrations carry the number ${twice.slice(0, 4)}. Give the later one the next free number.`)
  return Promise.all(
    names.map(async name => {
      const text = await readFile(`${folder}/${name}`, 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    })
  )
}

const applyAll = async (owner: Database, files: readonly Migration[]): Promise<string[]> => {
  await refuseOld(owner)
  await ensureRole(owner)
  await ensureTable(owner)
  const todo = remaining(files, await readApplied(owner))
  for (const file of todo) {
    await owner.transaction(async tx => {
      await tx.query(sql.script(`set local statement_timeout = '1h'`))
      await tx.query(sql.script(file.text)).catch(error => {
        throw new Error(`The migration ${file.name} failed${lineOf(file, error)} and was undone: ${(error as Error).message}`, {
          cause: error
        })
      })
      await tx.query(sql`insert into migration (name, checksum) values (${file.name}, ${file.checksum})`)
    })
  }
  // Last: a migration that grants rights on all tables would grant them on this one too.
  await owner.query(sql.script(`revoke all on migration from ${applicationRole}; grant select on migration to ${applicationRole}`))
  await grantMaintenance(owner)
  await createPartitions(owner, new Date())
  return todo.map(file => file.name)
}

const ensureTable = async (owner: Database): Promise<void> => {
  try {
    await owner.query(
      sql.script(`
      create table if not exists migration (
        name        text primary key,
        checksum    text not null,
        applied_at  timestamptz not null default now()
      );
      grant select on migration to ${applicationRole};`)
    )
  } catch (error) {
    if (!(error instanceof StoreError && error.code === '42501')) throw error
    throw new Error(
      'The user of DATABASE_URL may not make tables here. Run `npm run migrate` with the URL of the owner of the tables; the gateway keeps its own.',
      { cause: error }
    )
  }
}

/** The migrations grant it where the server knows it. One that was upgraded since, or was restored to from an older one, learns it here. */
const grantMaintenance = (owner: Database): Promise<unknown> =>
  owner.query(
    sql.script(`
    do $$ begin
      if ${versionNumber} >= 170000 and to_regclass('own_key') is not null
      then execute 'grant maintain on person, blocked_key, own_key to ${applicationRole}'; end if;
    end $$;`)
  )

const lineOf = (file: Migration, error: unknown): string =>
  error instanceof StoreError && error.position !== undefined ? ` at line ${file.text.slice(0, error.position).split('\n').length}` : ''

const readApplied = async (tx: Tx): Promise<{ name: string; checksum: string }[]> => {
  const [table] = await tx.query<{ there: boolean }>(sql`select to_regclass('migration') is not null as there`)
  return table?.there ? tx.query(sql`select name, checksum from migration order by name`) : []
}

/** The files after the applied ones. What is applied must be a beginning of the files, unchanged. */
const remaining = (files: readonly Migration[], applied: readonly { name: string; checksum: string }[]): readonly Migration[] => {
  for (const [index, row] of applied.entries()) {
    const file = files[index]
    if (file === undefined || !files.some(known => known.name === row.name)) {
      throw new Error(
        `The database has the migration ${row.name}, which this program does not know: it was migrated by a newer version. Install that version.`
      )
    }
    if (file.name !== row.name) {
      throw new Error(
        `The migration ${file.name} stands before ${row.name}, which is applied already. Give it a number after the last applied one.`
      )
    }
    if (file.checksum !== row.checksum) {
      throw new Error(
        `The migration ${file.name} was changed after it was applied. Restore the file, and put the change into a new migration.`
      )
    }
  }
  return files.slice(applied.length)
}

const versionNumber = `current_setting('server_version_num')::int`
const versionMin = 15

const refuseOld = async (owner: Database): Promise<void> => {
  const [server] = await owner.query<{ number: number; version: string }>(
    sql.script(`select ${versionNumber} as number, current_setting('server_version') as version`)
  )
  if (server !== undefined && server.number < versionMin * 10_000)
    throw new Error(
      `This is PostgreSQL ${server.version}, and ${versionMin} or later is needed. Upgrade the server, then run \`npm run migrate\` again.`
    )
}

/** Makes the application's role, and lets the owner act as it. Roles belong to the whole server, so it may be there already. */
const ensureRole = async (owner: Database): Promise<void> => {
  try {
    await owner.query(
      sql.script(`
      do $$ begin
        if not exists (select from pg_roles where rolname = '${applicationRole}') then create role ${applicationRole} nologin; end if;
      exception when duplicate_object or unique_violation then null;
      end $$;
      do $$ begin
        if not pg_has_role(current_user, '${applicationRole}', case when ${versionNumber} >= 160000 then 'set' else 'member' end) then execute format('grant ${applicationRole} to %I', current_user); end if;
      end $$;`)
    )
  } catch (error) {
    if (!(error instanceof StoreError && error.code === '42501')) throw error
    throw new Error(
      `The database user may not create the role ${applicationRole}. Have an administrator run: create role ${applicationRole} nologin; ` +
        `grant ${applicationRole} to the user of DATABASE_URL; then run \`npm run migrate\` again.`,
      { cause: error }
    )
  }
}
