// What is left of somebody in a database: in clear, under any key that is left, and as bytes in the server's files.
import { createDecipheriv, type KeyObject } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { type Database, sql } from '../../src/store/database.ts'
import { parseMasterKey } from '../../src/trust/master-key.ts'
import { unwrapKey } from '../../src/trust/seal.ts'

/** Every table, partitions for themselves, the queue's too. */
const tablesOf = async (owner: Database): Promise<string[]> =>
  (
    await owner.query<{ name: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`)
  ).map(row => row.name)

/** Tables in which one of these texts stands, as text or as plain bytes. */
export const inClear = async (owner: Database, canaries: readonly string[]): Promise<string[]> => {
  const found = new Set<string>()
  for (const table of await tablesOf(owner)) {
    const rows = await owner.query<{ text: string }>(sql.script(`select t::text as text from ${table} t`))
    for (const canary of canaries)
      if (rows.some(({ text }) => text.includes(canary) || text.includes(Buffer.from(canary).toString('hex')))) found.add(table)
  }
  return [...found].toSorted()
}

/** `table.column` of every sealed value that one of these keys opens and that says one of these texts. Where it lies does not matter: the seal is not checked. */
export const openable = async (owner: Database, keys: readonly KeyObject[], canaries: readonly string[]): Promise<string[]> => {
  const columns = await owner.query<{ table: string; column: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as table, a.attname as column from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.atttypid = 'bytea'::regtype
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`)
  const found = new Set<string>()
  for (const { table, column } of columns) {
    const rows = await owner.query<{ value: Buffer | null }>(sql.script(`select ${column} as value from ${table}`))
    for (const { value } of rows) {
      if (value === null || value.length < 30) continue
      if (keys.some(key => canaries.some(canary => decrypted(key, value).includes(canary)))) found.add(`${table}.${column}`)
    }
  }
  return [...found].toSorted()
}

/** Every data key that is left in any table, by whatever name the table goes: all of them open under this master key. */
export const keysLeft = async (owner: Database, masterKey: string): Promise<KeyObject[]> => {
  const tables = await owner.query<{ name: string }>(sql`
    select a.attrelid::regclass::text as name from pg_attribute a join pg_class c on c.oid = a.attrelid
    where a.attname = 'wrapped_key' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`)
  const current = parseMasterKey(masterKey)
  const keys: KeyObject[] = []
  for (const { name } of tables) {
    const rows = await owner.query<{ id: string; wrapped: Buffer }>(
      sql.script(`select id, wrapped_key as wrapped from ${name} where wrapped_key is not null`)
    )
    keys.push(...rows.map(({ id, wrapped }) => unwrapKey({ current, previous: [] }, wrapped, id)))
  }
  return keys
}

/** GCM is counter mode and a tag: without the tag, and without the place that it binds, the bytes still come out under the right key. */
const decrypted = (key: KeyObject, sealed: Buffer): string => {
  const counter = Buffer.concat([sealed.subarray(1, 13), Buffer.from([0, 0, 0, 2])])
  const plain = createDecipheriv('aes-256-ctr', key, counter).update(sealed.subarray(13, -16))
  if (sealed[0] !== 2) return plain.toString('utf8')
  try {
    return inflateRawSync(plain).toString('utf8')
  } catch {
    return ''
  }
}

/** Files of this database, or of the write-ahead log, that hold these bytes. The server reads them itself, as they are on its disk. */
export const filesWith = async (owner: Database, bytes: Buffer, where: 'data' | 'log'): Promise<string[]> => {
  await owner.query(sql`checkpoint`)
  const [folder] = await owner.query<{ path: string }>(
    where === 'log' ? sql`select 'pg_wal' as path` : sql`select 'base/' || oid as path from pg_database where datname = current_database()`
  )
  const names = await owner.query<{ name: string }>(sql`select name from pg_ls_dir(${folder?.path ?? ''}) as l(name)`)
  const found: string[] = []
  for (const { name } of names) {
    const path = `${folder?.path}/${name}`
    const [file] = await owner.query<{ holds: boolean }>(sql`
      select coalesce(position(${bytes} in pg_read_binary_file(${path}, 0, 1000000000, true)) > 0, false) as holds
      from pg_stat_file(${path}, true) s where not s.isdir`)
    if (file?.holds) found.push(path)
  }
  return found
}
