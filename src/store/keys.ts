// Key material at rest: the gateway's own wrapped data key and its signing keys, private halves sealed.
import { setTimeout as pause } from 'node:timers/promises'
import { sql, type Tx } from './database.ts'

/** The gateway's own data key, wrapped; `fresh` is used where there is none yet. */
export const gatewayKey = async (tx: Tx, fresh: { id: string; wrappedKey: Buffer }): Promise<{ id: string; wrappedKey: Buffer }> => {
  await tx.query(sql`insert into gateway_key (id, wrapped_key) values (${fresh.id}, ${fresh.wrappedKey}) on conflict do nothing`)
  const rows = await tx.query<{ id: string; wrappedKey: Buffer }>(sql`select id, wrapped_key as "wrappedKey" from gateway_key`)
  return rows[0] ?? fresh
}

/** The same, only looked at; undefined before the first start. */
export const findGatewayKey = async (tx: Tx): Promise<{ id: string; wrappedKey: Buffer } | undefined> =>
  (await tx.query<{ id: string; wrappedKey: Buffer }>(sql`select id, wrapped_key as "wrappedKey" from gateway_key`))[0]

export interface SigningKeyRow {
  kid: string
  use: 'set' | 'token' | 'log' | 'channel'
  algorithm: string
  privateKey: Buffer
  publicJwk: Record<string, unknown>
  partnerId: string | null
  certificate: string | null
  publishedAt: Date
  activeFrom: Date
  retiredAt: Date | null
  /** Until when a retired key stays published, because what it signed was not acknowledged. */
  neededUntil: Date | null
  /** When it was told to have got out: nothing that it signed counts any more. */
  compromisedAt: Date | null
}

const columns = sql`kid, use, algorithm, private_key as "privateKey", public_jwk as "publicJwk", partner_id as "partnerId", certificate,
  published_at as "publishedAt", active_from as "activeFrom", retired_at as "retiredAt", needed_until as "neededUntil", compromised_at as "compromisedAt"`

export const listSigningKeys = (tx: Tx): Promise<SigningKeyRow[]> =>
  tx.query<SigningKeyRow>(sql`select ${columns} from signing_key order by active_from desc, kid`)

export const addSigningKey = (
  tx: Tx,
  key: Omit<SigningKeyRow, 'publishedAt' | 'retiredAt' | 'neededUntil' | 'compromisedAt'>,
  actor: string,
  reason: string
): Promise<unknown> =>
  tx.query(sql`
    with added as (
      insert into signing_key (kid, use, algorithm, private_key, public_jwk, partner_id, certificate, active_from)
      values (${key.kid}, ${key.use}, ${key.algorithm}, ${key.privateKey}, ${JSON.stringify(key.publicJwk)}::jsonb, ${key.partnerId}, ${key.certificate},
        ${key.activeFrom}) on conflict do nothing returning kid)
    insert into audit (actor, action, about, reason) select ${actor}, 'key.added', kid, ${reason} from added`)

/** One rotation at a time: a second waits for the first, and sees its key. */
export const lockRotation = (tx: Tx): Promise<unknown> => tx.query(sql`select pg_advisory_xact_lock(hashtextextended('jisr rotation', 0))`)

/** The key of this use and algorithm that is published and does not sign yet. */
export const findComingKey = async (
  tx: Tx,
  { use, algorithm }: Pick<SigningKeyRow, 'use' | 'algorithm'>,
  now: Date
): Promise<Pick<SigningKeyRow, 'kid' | 'activeFrom'> | undefined> =>
  (
    await tx.query<Pick<SigningKeyRow, 'kid' | 'activeFrom'>>(sql`
    select kid, active_from as "activeFrom" from signing_key
    where use = ${use} and algorithm = ${algorithm} and active_from > ${now} and retired_at is null and compromised_at is null limit 1`)
  )[0]

/** Since when nothing that this key signed counts; undefined for one that still counts, and for none of ours. */
export const condemnedAt = async (tx: Tx, kid: string): Promise<Date | undefined> =>
  (await tx.query<{ at: Date }>(sql`select compromised_at as at from signing_key where kid = ${kid} and compromised_at is not null`))[0]?.at

/** Remembers a one-time value until `expiresAt`. @returns false when it was used before. */
export const rememberOnce = async (tx: Tx, hash: Buffer, expiresAt: Date): Promise<boolean> =>
  (await tx.query(sql`insert into assertion (hash, expires_at) values (${hash}, ${expiresAt}) on conflict do nothing returning hash`))
    .length > 0

export const forgetExpired = async (tx: Tx, now: Date, limit: number): Promise<number> =>
  (
    await tx.query(
      sql`delete from assertion where ctid = any(array(select ctid from assertion where expires_at < ${now} order by expires_at limit ${limit})) returning 1 as one`
    )
  ).length

export const retireChannelKeys = (tx: Tx, partnerId: string, actor: string, reason: string): Promise<unknown> =>
  tx.query(sql`
    with retired as (update signing_key set retired_at = now() where partner_id = ${partnerId} and use = 'channel' and retired_at is null returning kid)
    insert into audit (actor, action, about, reason) select ${actor}, 'key.retired', kid, ${reason} from retired`)

/** The keys of one use and algorithm that are not retired yet, but for `kid`, are from `at` on. */
export const retireOthers = (
  tx: Tx,
  { kid, use, algorithm }: Pick<SigningKeyRow, 'kid' | 'use' | 'algorithm'>,
  at: Date,
  actor: string,
  reason: string
): Promise<unknown> =>
  tx.query(sql`
    with retired as (
      update signing_key set retired_at = ${at}
      where use = ${use} and algorithm = ${algorithm} and kid <> ${kid} and (retired_at is null or retired_at > ${at}) returning kid)
    insert into audit (actor, action, about, reason) select ${actor}, 'key.retired', kid, ${reason} from retired`)

/** A key that got out: it signs no more, and nothing that it signed counts. @returns what it was, or undefined for one that is not there. */
export const condemnKey = async (
  tx: Tx,
  kid: string,
  now: Date,
  actor: string,
  reason: string
): Promise<Pick<SigningKeyRow, 'kid' | 'use' | 'algorithm'> | undefined> =>
  (
    await tx.query<Pick<SigningKeyRow, 'kid' | 'use' | 'algorithm'>>(sql`
    with condemned as (
      update signing_key set compromised_at = ${now}, retired_at = least(retired_at, ${now}::timestamptz)
      where kid = ${kid} and use in ('set', 'token', 'log') and compromised_at is null returning kid, use, algorithm),
    audited as (insert into audit (actor, action, about, reason) select ${actor}, 'key.compromised', kid, ${reason} from condemned)
    select kid, use, algorithm from condemned`)
  )[0]

/** Retired keys of which a SET is still unacknowledged stay published until `until`. @returns how many. */
export const keepNeededKeys = async (tx: Tx, until: Date): Promise<number> =>
  (
    await tx.query(sql`
    update signing_key set needed_until = ${until}
    where use = 'set' and retired_at is not null and compromised_at is null and kid in (
      select h.kid from delivery d join handed_out h on h.delivery_id = d.id
      where d.state not in ('accepted', 'refused', 'superseded', 'discarded')) returning kid`)
  ).length

/** The tables whose rows hold a data key wrapped by a master key, named by the row's id. */
export const wrappingTables = ['gateway_key', 'person', 'blocked_key', 'own_key'] as const
export type WrappingTable = (typeof wrappingTables)[number]

/** Rows whose key another master key wrapped; `masterKeyId` are the 8 bytes that name ours. Ordered by id, after `afterId`. */
export const wrappedByOthers = (
  tx: Tx,
  table: WrappingTable,
  masterKeyId: Buffer,
  afterId: string,
  limit: number
): Promise<{ id: string; wrappedKey: Buffer }[]> =>
  tx.query(sql`
    select id, wrapped_key as "wrappedKey" from ${sql.identifier(table)}
    where id > ${afterId}::uuid and wrapped_key is not null and substring(wrapped_key from 2 for 8) <> ${masterKeyId} order by id limit ${limit}`)

/** Puts newly wrapped forms in place of the old, where they are still the old. @returns how many. */
export const replaceWrapped = async (
  tx: Tx,
  table: WrappingTable,
  rows: readonly { id: string; from: Buffer; to: Buffer }[]
): Promise<number> =>
  (
    await tx.query(sql`
    update ${sql.identifier(table)} t set wrapped_key = g.new
    from unnest(${rows.map(r => r.id)}::uuid[], ${rows.map(r => r.from)}::bytea[], ${rows.map(r => r.to)}::bytea[]) as g(id, old, new)
    where t.id = g.id and t.wrapped_key = g.old returning t.id`)
  ).length

/** Notes an act that has no row of its own. */
export const auditAct = (tx: Tx, act: { actor: string; action: string; about: string; reason: string }): Promise<unknown> =>
  tx.query(sql`insert into audit (actor, action, about, reason) values (${act.actor}, ${act.action}, ${act.about}, ${act.reason})`)

/** Waits until every transaction that has written something by now is over. @returns false when one is not after `withinMs` */
export const othersHaveEnded = async (tx: Tx, withinMs: number): Promise<boolean> => {
  const [started] = await tx.query<{ next: string }>(sql`select pg_snapshot_xmax(pg_current_snapshot())::text as next`)
  const deadline = performance.now() + withinMs
  for (;;) {
    const [now] = await tx.query<{ over: boolean }>(
      sql`select pg_snapshot_xmin(pg_current_snapshot()) >= ${started?.next ?? ''}::xid8 as over`
    )
    if (now?.over) return true
    if (performance.now() > deadline) return false
    await pause(50)
  }
}
