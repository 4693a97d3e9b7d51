// Records for clients that read them: pages in the order (updated_at, id), limited to what the client may reach.
import { sql, type Tx } from './database.ts'
import type { Sql } from './sql.ts'
import { countsNow } from './subjects.ts'

/** What is another in each version of a record. */
export interface VersionRow {
  /** To the microsecond, as PostgreSQL writes it: where a page ends must be exact. */
  updatedAt: string
  state: string
  version: number
  body: Buffer
}

export interface ReadingRow extends VersionRow {
  id: string
  personId: string
  campaign: number | null
  wrappedKey: Buffer
  /** Of an authorization: the latest placement that moved it, for what is said of the person. */
  placementId: string | null
  placementVersion: number | null
  placementBody: Buffer | null
}

/** Which records may be reached: by clear column, or by who spoke of them first. Authorizations are reached by the placements that moved them. */
export type ReadingReach =
  | { of: 'all' }
  | { of: 'agency'; agency: string }
  | { of: 'employer'; employer: string }
  | { of: 'told'; clientId: string }

export interface ReadingFilter {
  kind: 'placement' | 'authorization'
  reach: ReadingReach
  state: string | null
  campaign: number | null
}

/** Records after a position. Those of erased people are not there; those of held people only for who registered them. */
export const readPage = (
  tx: Tx,
  filter: ReadingFilter,
  page: { after: { updatedAt: string; id: string } | null; limit: number }
): Promise<ReadingRow[]> =>
  tx.query<ReadingRow>(sql`${reading(filter)}
    ${filter.state === null ? sql.empty : sql`and s.state = ${filter.state}`}
    ${filter.campaign === null ? sql.empty : sql`and s.campaign = ${filter.campaign}`}
    ${page.after === null ? sql.empty : sql`and (s.updated_at, s.id) > (${page.after.updatedAt}::timestamptz, ${page.after.id}::uuid)`}
    order by s.updated_at, s.id limit ${page.limit}`)

export const readOne = async (tx: Tx, filter: Pick<ReadingFilter, 'kind' | 'reach'>, id: string): Promise<ReadingRow | undefined> =>
  (await tx.query<ReadingRow>(sql`${reading(filter)} and s.id = ${id}`))[0]

/** The version of a record that an event made. */
export const versionOf = async (tx: Tx, subjectId: string, eventId: string): Promise<VersionRow | undefined> =>
  (
    await tx.query<VersionRow>(sql`
    select created_at::text as "updatedAt", state, version, body from record
    where subject_id = ${subjectId} and event_id = ${eventId} order by version limit 1`)
  )[0]

export interface OfferRow extends VersionRow {
  id: string
  /** Who told it first. */
  clientId: string | null
}

/** Offers after a position, of those that may be reached. */
export const readOfferPage = (
  tx: Tx,
  { reach, state }: { reach: Exclude<ReadingReach, { of: 'agency' }>; state: string | null },
  page: { after: { updatedAt: string; id: string } | null; limit: number }
): Promise<OfferRow[]> =>
  tx.query<OfferRow>(sql`${offers(reach)}
    ${state === null ? sql.empty : sql`and s.state = ${state}`}
    ${page.after === null ? sql.empty : sql`and (s.updated_at, s.id) > (${page.after.updatedAt}::timestamptz, ${page.after.id}::uuid)`}
    order by s.updated_at, s.id limit ${page.limit}`)

export const readOneOffer = async (tx: Tx, reach: Exclude<ReadingReach, { of: 'agency' }>, id: string): Promise<OfferRow | undefined> =>
  (await tx.query<OfferRow>(sql`${offers(reach)} and s.id = ${id}`))[0]

const offers = (reach: Exclude<ReadingReach, { of: 'agency' }>): Sql => sql`
  select s.id, s.client_id as "clientId", s.updated_at::text as "updatedAt", s.state, s.version, r.body
  from subject s join record r on r.subject_id = s.id and r.version = s.version
  where s.kind = 'offer' ${
    reach.of === 'all'
      ? sql.empty
      : reach.of === 'told'
        ? sql`and s.client_id = ${reach.clientId}`
        : sql`and s.employer = ${reach.employer}`
  }`

const reading = ({ kind, reach }: Pick<ReadingFilter, 'kind' | 'reach'>): Sql => sql`
  select s.id, s.updated_at::text as "updatedAt", s.person_id as "personId", s.state, s.campaign, s.version, r.body, p.wrapped_key as "wrappedKey",
    m.id as "placementId", m.version as "placementVersion", mr.body as "placementBody"
  from subject s join record r on r.subject_id = s.id and r.version = s.version join person p on p.id = s.person_id
  left join lateral (${latestPlacement}) m on s.kind = 'authorization'
  left join record mr on mr.subject_id = m.id and mr.version = m.version
  where s.kind = ${kind} and p.wrapped_key is not null and ${reached(kind, reach)}`

/** The placements that moved an authorization. */
const moving = sql`
  from authorization_event l join event e on e.id = l.event_id join subject q on q.id = e.subject_id where l.authorization_id = s.id and ${countsNow}`

const latestPlacement = sql`select q.id, q.version ${moving} order by q.campaign desc, q.id limit 1`

const reached = (kind: ReadingFilter['kind'], reach: ReadingReach): Sql => {
  switch (reach.of) {
    case 'all':
      return sql`p.held is null`
    case 'agency':
      return kind === 'placement' ? sql`s.agency = ${reach.agency}` : sql`exists (select ${moving} and q.agency = ${reach.agency})`
    case 'told':
      return kind === 'placement'
        ? sql`s.client_id = ${reach.clientId}`
        : sql`exists (select ${moving} and q.client_id = ${reach.clientId})`
    case 'employer':
      // An authorization that does not name its employer yet belongs to the one of the placement that asked for it.
      return kind === 'placement'
        ? sql`p.held is null and s.employer = ${reach.employer}`
        : sql`p.held is null and coalesce(s.employer, (select q.employer ${moving} order by q.campaign, q.id limit 1)) = ${reach.employer}`
  }
}
