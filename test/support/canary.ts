// Looks through every table of a house, the queue's included, for what nobody without a key may read.
import { type Database, sql } from '../../src/store/database.ts'

/** The tables with a row that holds one of these texts, in clear or as plain bytes, and how many tables were looked at. */
export const tablesHolding = async (
  owner: Pick<Database, 'query'>,
  secrets: readonly string[]
): Promise<{ found: string[]; looked: number }> => {
  const tables = await owner.query<{ name: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`)
  const found = new Set<string>()
  for (const { name } of tables) {
    const rows = await owner.query<{ text: string }>(sql.script(`select t::text as text from ${name} t limit 1000`))
    for (const secret of secrets)
      if (rows.some(({ text }) => text.includes(secret) || text.includes(Buffer.from(secret).toString('hex')))) found.add(name)
  }
  return { found: [...found], looked: tables.length }
}
