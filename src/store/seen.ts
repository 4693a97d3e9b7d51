// What has been said to us, by whom, and what we answered: never forgotten while its subject lives, so a repeat gets the first answer.
import { sql, type Tx } from './database.ts'

export interface Seen {
  source: string
  keyHash: Buffer
  payloadHash: Buffer
  status: 'accepted' | 'refused'
  eventId: string | null
  subjectId: string | null
  /** Of a refused one: its leaf in the evidence log. */
  leafId: string | null
  answer: Record<string, unknown>
  receivedAt: Date
}

export interface Sighting {
  source: string
  keyHash: Buffer
  payloadHash: Buffer
  eventId: string
  /** By which way a client told it. */
  way: Way | null
}

export type Way = 'set' | 'event' | 'row'

/**
 * Writes what was not seen before; waits for another transaction that is writing the same key.
 * @returns the positions (into `sightings`) that are new. A key that stands twice in `sightings` must be filtered out before.
 */
export const remember = async (tx: Tx, sightings: readonly Sighting[], at: Date): Promise<Set<number>> => {
  const rows = await tx.query<{ position: number }>(sql`
    with given as (
      select * from unnest(${sightings.map(s => s.source)}::text[], ${sightings.map(s => s.keyHash)}::bytea[], ${sightings.map(s => s.payloadHash)}::bytea[],
        ${sightings.map(s => s.eventId)}::uuid[], ${sightings.map(s => s.way)}::text[]) with ordinality as g(source, key_hash, payload_hash, event_id, way, position)),
    written as (
      insert into seen (source, key_hash, payload_hash, status, event_id, received_at, way)
      select source, key_hash, payload_hash, 'accepted', event_id, ${at}, way from given order by source, key_hash
      on conflict do nothing returning source, key_hash)
    select (g.position - 1)::int as position from given g join written w on w.source = g.source and w.key_hash = g.key_hash`)
  return new Set(rows.map(row => row.position))
}

/** Takes back what this transaction has just written: it is as if it had never been seen. */
export const forget = (tx: Tx, sightings: readonly Pick<Sighting, 'source' | 'keyHash'>[]): Promise<unknown> =>
  tx.query(sql`
    delete from seen s using unnest(${sightings.map(s => s.source)}::text[], ${sightings.map(s => s.keyHash)}::bytea[]) as g(source, key_hash)
    where s.source = g.source and s.key_hash = g.key_hash`)

/** Takes what was refused as new where it comes with other content. @returns the event ids (of `sightings`) that are new now. */
export const reopen = async (tx: Tx, sightings: readonly Sighting[], at: Date): Promise<Set<string>> => {
  if (sightings.length === 0) return new Set()
  const rows = await tx.query<{ eventId: string }>(sql`
    update seen s set payload_hash = g.payload_hash, event_id = g.event_id, status = 'accepted', answer = '{}', received_at = ${at}
    from unnest(${sightings.map(s => s.source)}::text[], ${sightings.map(s => s.keyHash)}::bytea[], ${sightings.map(s => s.payloadHash)}::bytea[],
      ${sightings.map(s => s.eventId)}::uuid[]) as g(source, key_hash, payload_hash, event_id)
    where s.source = g.source and s.key_hash = g.key_hash and s.status = 'refused' and s.payload_hash <> g.payload_hash
    returning s.event_id as "eventId"`)
  return new Set(rows.map(row => row.eventId))
}

/** What was answered, one entry per key, in the order given; undefined where the key was never seen. */
export const recall = async (tx: Tx, keys: readonly { source: string; keyHash: Buffer }[]): Promise<(Seen | undefined)[]> => {
  const rows = await tx.query<Seen & { position: number }>(sql`
    select (g.position - 1)::int as position, s.source, s.key_hash as "keyHash", s.payload_hash as "payloadHash", s.status, s.event_id as "eventId",
      s.subject_id as "subjectId", s.leaf_id as "leafId", s.answer, s.received_at as "receivedAt"
    from unnest(${keys.map(k => k.source)}::text[], ${keys.map(k => k.keyHash)}::bytea[]) with ordinality as g(source, key_hash, position)
    join seen s on s.source = g.source and s.key_hash = g.key_hash`)
  const found = new Map(rows.map(row => [row.position, row]))
  return keys.map((_, position) => found.get(position))
}

/** Notes that new sightings were refused, why, and whom they were about; accepted ones stand as they were written, and their event says whom. */
export const refuseSeen = (
  tx: Tx,
  refusals: readonly { source: string; keyHash: Buffer; subjectId: string | null; leafId: string | null; answer: Record<string, unknown> }[]
): Promise<unknown> =>
  tx.query(sql`
    update seen s set status = 'refused', subject_id = g.subject_id, leaf_id = g.leaf_id, answer = g.answer, event_id = null
    from unnest(${refusals.map(r => r.source)}::text[], ${refusals.map(r => r.keyHash)}::bytea[], ${refusals.map(r => r.subjectId)}::uuid[],
      ${refusals.map(r => r.leafId)}::uuid[], ${refusals.map(r => JSON.stringify(r.answer))}::jsonb[]) as g(source, key_hash, subject_id, leaf_id, answer)
    where s.source = g.source and s.key_hash = g.key_hash`)
