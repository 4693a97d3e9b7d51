// SETs that were refused before anything of them was taken: which leaf of the evidence log is whose, for as long as their senders may ask for a receipt.
import { sql, type Tx } from './database.ts'

export interface NotAdmitted {
  source: string
  keyHash: Buffer
  payloadHash: Buffer
  leafId: string
  /** A word for what was wrong. */
  code: string
  /** SHA-256 of the whole token: a guess of what it says would have to be signed by its sender. */
  tokenHash: Buffer
}

/** @returns false when this SET was refused before: it has its leaf. */
export const insertNotAdmitted = async (tx: Tx, refused: NotAdmitted, at: Date): Promise<boolean> =>
  (
    await tx.query(sql`
    insert into not_admitted (source, key_hash, payload_hash, leaf_id, code, token_hash, noted_at)
    values (${refused.source}, ${refused.keyHash}, ${refused.payloadHash}, ${refused.leafId}, ${refused.code}, ${refused.tokenHash}, ${at})
    on conflict do nothing returning leaf_id`)
  ).length > 0

/** The leaf of the SET that was refused last under this id. */
export const lastNotAdmitted = async (tx: Tx, source: string, keyHash: Buffer): Promise<string | undefined> =>
  (
    await tx.query<{ leafId: string }>(sql`
    select leaf_id as "leafId" from not_admitted where source = ${source} and key_hash = ${keyHash} order by noted_at desc, leaf_id desc limit 1`)
  )[0]?.leafId

/** Drops what has been kept for long enough, oldest first, at most so many; the leaves stay. @returns how many. */
export const dropOldNotAdmitted = async (tx: Tx, before: Date, limit: number): Promise<number> =>
  (
    await tx.query(sql`
    delete from not_admitted where ctid = any(array(select ctid from not_admitted where noted_at < ${before} order by noted_at limit ${limit}))
    returning leaf_id`)
  ).length
