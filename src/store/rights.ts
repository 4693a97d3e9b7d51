// What people ask for by right, and the partners that have to be told of it.
import { sql, type Tx } from './database.ts'

export interface RightsRequestRow {
  id: string
  personId: string
  kind: 'access' | 'rectification' | 'erasure' | 'objection'
  law: 'gdpr' | '09-08'
  /** Days, YYYY-MM-DD. */
  askedOn: string
  dueOn: string
  /** The rule that sets the term. */
  rule: string
  /** Her own words, sealed. */
  body: Buffer | null
  state: 'open' | 'answered' | 'refused'
  outcome: 'erased' | 'blocked' | 'restricted' | 'objected' | null
  openedBy: string
  openedAt: Date
  settledAt: Date | null
  settledBy: string | null
  settlement: string | null
}

export interface RightsTaskRow {
  id: string
  requestId: string
  personId: string
  partnerId: string
  classes: string[]
  deliveries: string[]
  dueOn: string
  /** Superseded: she was erased before the partner was told, and it is told of that instead. */
  state: 'open' | 'told' | 'superseded'
  settledAt: Date | null
  settledBy: string | null
  answer: string | null
}

const requestColumns = sql`id, person_id as "personId", kind, law, asked_on::text as "askedOn", due_on::text as "dueOn", rule, body, state, outcome,
  opened_by as "openedBy", opened_at as "openedAt", settled_at as "settledAt", settled_by as "settledBy", settlement`

const taskColumns = sql`id, request_id as "requestId", person_id as "personId", partner_id as "partnerId", classes, deliveries, due_on::text as "dueOn",
  state, settled_at as "settledAt", settled_by as "settledBy", answer`

type NewRequest = Omit<RightsRequestRow, 'openedAt' | 'settledAt' | 'settledBy' | 'settlement'>

export const insertRequest = (tx: Tx, request: NewRequest, at: Date): Promise<unknown> =>
  tx.query(sql`
    with opened as (
      insert into rights_request (id, person_id, kind, law, asked_on, due_on, rule, body, state, outcome, opened_by, opened_at)
      values (${request.id}, ${request.personId}, ${request.kind}, ${request.law}, ${request.askedOn}::date, ${request.dueOn}::date, ${request.rule},
        ${request.body}, ${request.state}, ${request.outcome}, ${request.openedBy}, ${at}) returning id, kind, opened_by)
    insert into audit (actor, action, about, reason) select opened_by, 'rights.opened', id::text, kind from opened`)

export const insertTasks = (
  tx: Tx,
  tasks: readonly Pick<RightsTaskRow, 'id' | 'requestId' | 'personId' | 'partnerId' | 'classes' | 'deliveries' | 'dueOn'>[]
): Promise<unknown> =>
  tx.query(sql`
    insert into rights_task (id, request_id, person_id, partner_id, classes, deliveries, due_on)
    select id, request_id, person_id, partner_id, string_to_array(classes, ','), string_to_array(deliveries, ','), due_on
    from unnest(${tasks.map(t => t.id)}::uuid[], ${tasks.map(t => t.requestId)}::uuid[], ${tasks.map(t => t.personId)}::uuid[],
      ${tasks.map(t => t.partnerId)}::text[], ${tasks.map(t => t.classes.join(','))}::text[], ${tasks.map(t => t.deliveries.join(','))}::text[],
      ${tasks.map(t => t.dueOn)}::date[]) as g(id, request_id, person_id, partner_id, classes, deliveries, due_on)
    on conflict do nothing`)

export const findRequest = async (tx: Tx, id: string): Promise<RightsRequestRow | undefined> =>
  (await tx.query<RightsRequestRow>(sql`select ${requestColumns} from rights_request where id = ${id}`))[0]

/** Requests, open ones first, then by the day they are due. */
export const listRequests = (
  tx: Tx,
  { personIds = null, openOnly, limit }: { personIds?: readonly string[] | null; openOnly: boolean; limit: number }
): Promise<RightsRequestRow[]> =>
  tx.query<RightsRequestRow>(sql`
    select ${requestColumns} from rights_request
    where (${personIds}::uuid[] is null or person_id = any(${personIds}::uuid[])) and (not ${openOnly} or state = 'open')
    order by (state = 'open') desc, due_on, id limit ${limit}`)

export const tasksOf = (tx: Tx, requestId: string): Promise<RightsTaskRow[]> =>
  tx.query<RightsTaskRow>(sql`select ${taskColumns} from rights_task where request_id = ${requestId} order by state, partner_id, id`)

/** Notes what came of a request. @returns false when it is not open. */
export const settleRequest = async (
  tx: Tx,
  id: string,
  as: { state: 'answered' | 'refused'; outcome: RightsRequestRow['outcome'] },
  by: { actor: string; reason: string },
  at: Date
): Promise<boolean> =>
  (
    await tx.query(sql`
    with done as (
      update rights_request set state = ${as.state}, outcome = coalesce(${as.outcome}, outcome), settled_at = ${at}, settled_by = ${by.actor},
        settlement = ${by.reason} where id = ${id} and state = 'open' returning id)
    insert into audit (actor, action, about, reason) select ${by.actor}, ${`rights.${as.state}`}, id::text, ${by.reason} from done returning id`)
  ).length > 0

/** Nothing of hers is left to show or to mend: every other open request of these people has this for its answer. @returns which they were. */
export const settleRequestsOf = (
  tx: Tx,
  personIds: readonly string[],
  except: string | null,
  by: { actor: string; reason: string },
  at: Date
): Promise<ClosedRequest[]> =>
  tx.query<ClosedRequest>(sql`
    with done as (
      update rights_request set state = 'answered', outcome = 'erased', settled_at = ${at}, settled_by = ${by.actor}, settlement = ${by.reason}
      where person_id = any(${personIds}::uuid[]) and state = 'open' and id is distinct from ${except}::uuid returning id, kind, asked_on),
    audited as (insert into audit (actor, action, about, reason) select ${by.actor}, 'rights.answered', id::text, ${by.reason} from done)
    select id, kind, asked_on::text as "askedOn" from done order by asked_on, id`)

export type ClosedRequest = Pick<RightsRequestRow, 'id' | 'kind' | 'askedOn'>

/** What these people's partners were to be told for other requests, where this one has them told that she was erased. */
export const supersedeTasks = (tx: Tx, requestId: string, personIds: readonly string[], actor: string, at: Date): Promise<unknown> =>
  tx.query(sql`
    with done as (
      update rights_task t set state = 'superseded', settled_at = ${at}, settled_by = ${actor}, answer = 'it is told of her erasure: ' || n.id
      from rights_task n where n.request_id = ${requestId} and n.person_id = t.person_id and n.partner_id = t.partner_id
        and t.person_id = any(${personIds}::uuid[]) and t.request_id <> ${requestId} and t.state = 'open' returning t.id, t.answer)
    insert into audit (actor, action, about, reason) select ${actor}, 'rights.superseded', id::text, answer from done`)

/** Notes that something was done for a request that stays open. */
export const noteOutcome = (tx: Tx, id: string, outcome: RightsRequestRow['outcome']): Promise<unknown> =>
  tx.query(sql`update rights_request set outcome = ${outcome} where id = ${id}`)

/** A partner was told, and this is its answer. @returns false when the task is not open. */
export const settleTask = async (tx: Tx, id: string, by: { actor: string; reason: string }, at: Date): Promise<boolean> =>
  (
    await tx.query(sql`
    with done as (
      update rights_task set state = 'told', settled_at = ${at}, settled_by = ${by.actor}, answer = ${by.reason} where id = ${id} and state = 'open' returning id)
    insert into audit (actor, action, about, reason) select ${by.actor}, 'rights.told', id::text, ${by.reason} from done returning id`)
  ).length > 0

/** A correction that a partner took since the request tells it what had to be mended: nobody need do so again. @returns how many were told. */
export const settleTasksByDelivery = async (tx: Tx, at: Date): Promise<number> =>
  (
    await tx.query(sql`
    with told as (
      update rights_task t set state = 'told', settled_at = ${at}, settled_by = 'jisr', answer = 'it took the correction ' || (
          select min(d.id) from lane l join delivery d on d.lane_id = l.id where l.about_id = t.person_id and l.partner_id = t.partner_id
            and d.state = 'accepted' and d.type in ('person.corrected', 'record.corrected') and d.created_at >= r.opened_at)
      from rights_request r where r.id = t.request_id and r.kind = 'rectification' and t.state = 'open' and exists (
        select from lane l join delivery d on d.lane_id = l.id where l.about_id = t.person_id and l.partner_id = t.partner_id
          and d.state = 'accepted' and d.type in ('person.corrected', 'record.corrected') and d.created_at >= r.opened_at)
      returning t.id, t.answer)
    insert into audit (actor, action, about, reason) select 'jisr', 'rights.told', id::text, answer from told returning id`)
  ).length

/** From now on nothing optional is done with these people's data. */
export const markObjected = (tx: Tx, ids: readonly string[], at: Date): Promise<unknown> =>
  tx.query(sql`update person set objected_at = coalesce(objected_at, ${at}) where id = any(${ids}::uuid[])`)
