// Streams that poll: which deliveries were handed out and are hidden for a while, and what the receiver said of them.
import { causeOf } from './cause.ts'
import { sql, type Tx } from './database.ts'
import { lockLanes, promote } from './deliveries.ts'

export interface HandedOutRow {
  id: string
  laneId: number
  jti: string
  iat: Date
  personId: string | null
  subjectId: string
  eventId: string
  causeId: string
  type: string
  version: number
  campaign: number | null
  effectiveAt: Date
  body: Buffer
  wrappedKey: Buffer | null
}

/** In lane order means that nothing passes what waits for a person. */
const laneIsOpen = sql`not exists (select from delivery e where e.lane_id = d.lane_id and e.position < d.position and e.state in ('parked', 'dead', 'held'))`

/** About an offer, or about a person who is neither held nor gone. */
const mayLeave = sql`(p.id is null or (p.held is null and p.wrapped_key is not null))`

/** A paused stream is told about itself and nothing else. */
const mayGo = (noticesOnly: boolean) => (noticesOnly ? sql`d.type = 'stream.updated'` : sql`true`)

/**
 * Hands out the oldest deliveries that are not hidden, in lane order, several of a lane at once; they hide until `visibleAt`. A delivery keeps
 * its jti and iat however often it is handed out; `newJti` gives one to those handed out for the first time.
 */
export const handOut = async (
  tx: Tx,
  partnerId: string,
  options: { now: Date; visibleAt: Date; max: number; newJti: () => string; noticesOnly: boolean }
): Promise<HandedOutRow[]> => {
  const picked = await tx.query<{ id: string; jti: string | null }>(sql`
    select d.id, h.jti from delivery d left join handed_out h on h.delivery_id = d.id left join person p on p.id = d.person_id
    where d.partner_id = ${partnerId} and d.state in ('due', 'behind') and ${mayLeave} and (h.visible_at is null or h.visible_at <= ${options.now})
      and ${laneIsOpen} and ${mayGo(options.noticesOnly)}
    order by d.position limit ${options.max} for update of d skip locked`)
  if (picked.length === 0) return []
  // Whoever had them in hand until a moment ago may have hidden them since they were looked for: each statement sees what was committed before it.
  const claimed = await nameSets(tx, partnerId, picked, { ...options, shownOnly: true })
  if (claimed.length === 0) return handOut(tx, partnerId, options)
  const ids = claimed.map(row => row.id)
  return tx.query<HandedOutRow>(sql`
    select d.id, d.lane_id as "laneId", h.jti, h.iat, d.person_id as "personId", d.subject_id as "subjectId", ${causeOf(sql`d`)}, d.event_id as "eventId", d.type, d.version,
      d.campaign, e.effective_at as "effectiveAt", r.body, p.wrapped_key as "wrappedKey"
    from delivery d join handed_out h on h.delivery_id = d.id join event e on e.id = d.event_id
    join record r on r.subject_id = d.subject_id and r.version = d.version left join person p on p.id = d.person_id
    where d.id = any(${ids}::text[]) order by d.position`)
}

/** Gives deliveries the jti and iat of their SETs, where they have none yet; with `shownOnly`, to those that are not hidden. @returns them by delivery. */
export const nameSets = (
  tx: Tx,
  partnerId: string,
  rows: readonly { id: string; jti?: string | null }[],
  { now, visibleAt, newJti, shownOnly = false }: { now: Date; visibleAt: Date; newJti: () => string; shownOnly?: boolean }
): Promise<{ id: string; jti: string; iat: Date }[]> =>
  tx.query(sql`
    insert into handed_out (delivery_id, partner_id, jti, visible_at, iat)
    select id, ${partnerId}, jti, ${visibleAt}, ${now} from unnest(${rows.map(row => row.id)}::text[], ${rows.map(row => row.jti ?? newJti())}::text[]) as g(id, jti)
    on conflict (delivery_id) do update set visible_at = excluded.visible_at, iat = coalesce(handed_out.iat, excluded.iat)
      ${shownOnly ? sql`where handed_out.visible_at <= ${now}` : sql.empty}
    returning delivery_id as id, jti, iat`)

/** Which key signed them: it stays published while they may have to be verified. */
export const noteSigned = (tx: Tx, kid: string, deliveryIds: readonly string[]): Promise<unknown> =>
  tx.query(sql`update handed_out set kid = ${kid} where delivery_id = any(${deliveryIds}::text[]) and kid is distinct from ${kid}`)

/** Shows again, at once, what this key signed and nobody has acknowledged: the next hand-out signs it anew. @returns how many. */
export const showSignedBy = async (tx: Tx, kid: string, now: Date): Promise<number> =>
  (
    await tx.query(sql`
    update handed_out h set visible_at = ${now} from delivery d
    where h.kid = ${kid} and d.id = h.delivery_id and d.state not in ('accepted', 'refused', 'superseded', 'discarded') returning h.delivery_id`)
  ).length

/** A SET that can never be made waits for a person, and its lane with it. */
export const parkUnmade = (tx: Tx, rows: readonly { id: string; reason: string }[]): Promise<unknown> =>
  tx.query(sql`
    update delivery d set state = 'parked', outcome_code = 'cannot-be-mapped', reason = g.reason, stopped_at = now()
    from unnest(${rows.map(row => row.id)}::text[], ${rows.map(row => row.reason)}::text[]) as g(id, reason)
    where d.id = g.id and d.state in ('due', 'behind')`)

/** Shows deliveries again at once: taken for an answer that had no room for them. */
export const unhide = (tx: Tx, ids: readonly string[], now: Date): Promise<unknown> =>
  tx.query(sql`update handed_out set visible_at = ${now} where delivery_id = any(${ids}::text[])`)

/** Whose deliveries these are that a receiver speaks of, for sealing its words. */
export const ownersOfHandedOut = (
  tx: Tx,
  partnerId: string,
  jtis: readonly string[]
): Promise<{ id: string; jti: string; subjectId: string; personId: string | null; wrappedKey: Buffer | null }[]> =>
  tx.query(sql`
    select d.id, h.jti, d.subject_id as "subjectId", d.person_id as "personId", p.wrapped_key as "wrappedKey"
    from handed_out h join delivery d on d.id = h.delivery_id left join person p on p.id = d.person_id
    where h.partner_id = ${partnerId} and h.jti = any(${jtis}::text[])`)

/** Settles what a receiver says of its deliveries; unknown ones and those settled before are left alone. @returns how many were settled. */
export const settleHandedOut = async (
  tx: Tx,
  partnerId: string,
  said: readonly { jti: string; state: 'accepted' | 'refused'; code: string | null; reason: string | null; said: Buffer | null }[],
  now: Date
): Promise<{ id: string }[]> => {
  const jtis = said.map(s => s.jti)
  const lanes = await tx.query<{ laneId: number }>(sql`
    select distinct d.lane_id as "laneId" from handed_out h join delivery d on d.id = h.delivery_id
    where h.partner_id = ${partnerId} and h.jti = any(${jtis}::text[])`)
  const laneIds = lanes.map(row => row.laneId)
  await lockLanes(tx, laneIds)
  const settled = await tx.query<{ id: string }>(sql`
    update delivery d set state = g.state, outcome_code = g.code, reason = g.reason, reason_sealed = g.said, settled_at = ${now}
    from unnest(${jtis}::text[], ${said.map(s => s.state)}::text[], ${said.map(s => s.code)}::text[], ${said.map(s => s.reason)}::text[],
      ${said.map(s => s.said)}::bytea[]) as g(jti, state, code, reason, said)
    join handed_out h on h.partner_id = ${partnerId} and h.jti = g.jti
    where d.id = h.delivery_id and d.state in ('due', 'behind')
    returning d.id`)
  await promote(tx, laneIds)
  return settled
}

/** Whether a stream has something to hand out now. */
export const hasSets = async (tx: Tx, partnerId: string, now: Date, noticesOnly = false): Promise<boolean> =>
  (
    await tx.query(sql`
    select 1 as one from delivery d left join handed_out h on h.delivery_id = d.id left join person p on p.id = d.person_id
    where d.partner_id = ${partnerId} and d.state in ('due', 'behind') and ${mayLeave} and (h.visible_at is null or h.visible_at <= ${now})
      and ${laneIsOpen} and ${mayGo(noticesOnly)} limit 1`)
  ).length > 0
