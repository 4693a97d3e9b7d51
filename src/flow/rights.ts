// rights: what people ask for by law, what is done about it at once, and which partners have to be told.
import { weekOf } from '../domain/capacity.ts'
import { isOptional } from '../domain/disclosure.ts'
import { DomainError } from '../domain/errors.ts'
import { blockedUntil, type Retention } from '../domain/rules/retention.ts'
import { answerDue, type RightKind, type RightsLaw } from '../domain/rules/rights.ts'
import { freePlaces } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'
import { auditPeople, lockPeople, type Recipient, recipientsOf } from '../store/erasure.ts'
import { findPeople } from '../store/people.ts'
import { supersedeAt } from '../store/person-lanes.ts'
import type { Rewritten } from '../store/rewrite-keys.ts'
import {
  type ClosedRequest,
  findRequest,
  insertRequest,
  insertTasks,
  listRequests,
  markObjected,
  noteOutcome,
  type RightsRequestRow,
  type RightsTaskRow,
  settleRequest,
  settleTask,
  settleTasksByDelivery,
  supersedeTasks,
  tasksOf
} from '../store/rights.ts'
import { type Act, announce, blockWithin, eraseWithin, everyOneOf, scrub } from './erase-person.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { type Fate, fateOf, tasksFor, today } from './retention.ts'

export interface NewRequest {
  personId: string
  kind: RightKind
  law: RightsLaw
  /** The day on which she asked, YYYY-MM-DD: the term runs from it. */
  askedOn: string
  /** What is to be mended or what she objects to. */
  words: string | null
}

export interface OpenedRequest {
  id: string
  dueOn: string
  rule: string
  outcome: RightsRequestRow['outcome']
  /** Why her data is blocked or kept, where it is not erased. */
  because: string | null
  tasks: number
  /** What she had asked for before and had no answer to: closed, since her data was erased. She is to be told. */
  closed: readonly ClosedRequest[]
  /** Whether the bytes of her key are out of the data files already; null where it was not taken away. */
  files: Rewritten | null
}

/**
 * Opens a request, and does at once what nobody need decide: an objection stops what is optional; an erasure erases, or blocks where the law
 * wants the data kept, or waits for the end of a campaign that goes on.
 * @throws DomainError `not-found`, `invalid` or `conflict`, saying why.
 */
export const openRequest = async (gateway: Gateway, request: NewRequest, actor: string): Promise<OpenedRequest> => {
  const on = today(gateway)
  if (request.askedOn > on) throw new DomainError('invalid', `${request.askedOn} is in the future: give the day on which she asked`)
  const term = answerDue(request.law, request.kind, request.askedOn)
  if (term === undefined) throw new DomainError('invalid', `on ${request.askedOn} there was no such right under ${request.law}`)
  const id = newId()
  const opened = await gateway.database.transaction(
    async tx => {
      const ids = await everyOneOf(tx, request.personId)
      const people = await lockPeople(tx, ids)
      const self = people.find(person => person.id === request.personId)
      if (self?.erasedAt != null) throw new DomainError('conflict', 'her data was erased: there is nothing left to ask for; tell her so')
      const words = request.words === null ? null : sealWords(gateway, self, id, request.words)
      await insertRequest(
        tx,
        {
          ...{ id, personId: request.personId, kind: request.kind, law: request.law, askedOn: request.askedOn, dueOn: term.dueOn },
          ...{ rule: term.rule.id, body: words, state: 'open', outcome: null, openedBy: actor }
        },
        gateway.clock.wall()
      )
      // Before anything is done: what is taken back afterwards tells who may have it.
      const recipients = request.kind === 'access' ? [] : await recipientsOf(tx, ids)
      const done = await act(gateway, tx, id, request.kind, ids, await fateOf(gateway, tx, ids, on), actor)
      const toldOf = concerned(gateway, request.kind, done.outcome, recipients)
      await assign(tx, id, toldOf, term.dueOn)
      if (done.outcome === 'erased') await supersedeTasks(tx, id, ids, actor, gateway.clock.wall())
      return { ids, ...done, tasks: toldOf.length }
    },
    { retry: true }
  )
  await announce(gateway, opened.ids)
  const files = opened.outcome === 'erased' || opened.outcome === 'blocked' ? await scrub(gateway) : null
  const { outcome, because, tasks, closed } = opened
  return { id, dueOn: term.dueOn, rule: term.rule.id, outcome, because, tasks, closed, files }
}

const sealWords = (gateway: Gateway, self: { id: string; wrappedKey: Buffer | null } | undefined, id: string, words: string) => {
  if (self === undefined) return null
  // Of somebody blocked under the key that was put away: nobody reads them until she is unblocked, and they are not lost.
  return gateway.vault.sealJson({ personId: self.id, wrappedKey: self.wrappedKey }, words, placeOf(id))
}

const placeOf = (id: string) => ({ table: 'rights_request', column: 'body', row: id })

type Done = Pick<OpenedRequest, 'outcome' | 'because' | 'closed'>

const act = async (
  gateway: Gateway,
  tx: Tx,
  id: string,
  kind: RightKind,
  ids: readonly string[],
  fate: Fate,
  actor: string
): Promise<Done> => {
  switch (kind) {
    case 'access':
    case 'rectification':
      return { outcome: null, because: null, closed: [] }
    case 'objection':
      await stopOptional(gateway, tx, ids, { actor, reason: `objection ${id}` })
      await noteOutcome(tx, id, 'objected')
      return { outcome: 'objected', because: 'what is needed by law goes on; what is optional has stopped', closed: [] }
    case 'erasure':
      return eraseOrBlock(gateway, tx, id, ids, fate, actor)
  }
}

/** The law decides by what became of her: whoever was never selected is erased; of others the data is proof, and is blocked when nothing of it is needed any more. */
const eraseOrBlock = async (gateway: Gateway, tx: Tx, id: string, ids: readonly string[], fate: Fate, actor: string): Promise<Done> => {
  const by = { actor, reason: `request ${id}` }
  const { retention } = fate
  const settle = async (outcome: 'erased' | 'blocked', because: string | null, closed: Done['closed']): Promise<Done> => {
    await settleRequest(tx, id, { state: 'answered', outcome }, { actor, reason: because ?? 'her data was erased' }, gateway.clock.wall())
    return { outcome, because, closed }
  }
  if (retention.ends === 'erase') {
    const { closed } = await eraseWithin(gateway, tx, ids, { ...by, keepIdentifiers: false, request: id })
    return settle('erased', null, closed)
  }
  const because = whyKept(retention)
  if (fate.isOver) {
    const on = today(gateway)
    const { until, steps } = blockedUntil(fate.file, on)
    const people = ids.map(person => ({ id: person, rule: `request ${id}`, until: retention.ends === 'frozen' ? null : until }))
    await blockWithin(gateway, tx, people, by)
    return settle(
      'blocked',
      `${because}; blocked until ${retention.ends === 'frozen' ? 'a person decides' : until} (${steps.map(s => s.rule.citation).join('; ')})`,
      []
    )
  }
  await stopOptional(gateway, tx, ids, by)
  await noteOutcome(tx, id, 'restricted')
  return {
    outcome: 'restricted',
    because: `${because}; her campaign goes on: what is optional has stopped, and her data is blocked when it ends`,
    closed: []
  }
}

const whyKept = (retention: Retention): string =>
  retention.ends === 'frozen'
    ? retention.because
    : `the law wants it kept (${retention.steps.map(({ rule }) => rule.citation).join('; ')}): GDPR art 17.3.b; law 09-08 art 9`

/** Nothing more goes to those who have it by consent alone. */
const stopOptional = async (gateway: Gateway, tx: Tx, ids: readonly string[], by: Act): Promise<void> => {
  const partners = gateway.directory.partners().filter(partner => isOptional(partner.role))
  await markObjected(tx, ids, gateway.clock.campaign())
  const partnerIds = partners.map(partner => partner.id)
  const unsent = await supersedeAt(tx, ids, partnerIds, gateway.clock.wall())
  if (unsent.length > 0) await freePlaces(tx, unsent, weekOf(gateway.clock.campaign()))
  await auditPeople(tx, ids, { ...by, action: 'person.objected' })
}

/**
 * A correction, an erasure and a blocking concern everybody who was given the data (GDPR art 19); an objection, and an erasure that waits,
 * those who have it by consent.
 */
const concerned = (
  gateway: Gateway,
  kind: RightKind,
  outcome: RightsRequestRow['outcome'],
  recipients: readonly Recipient[]
): readonly Recipient[] =>
  kind === 'objection' || outcome === 'restricted'
    ? recipients.filter(({ partnerId }) => isOptional(gateway.directory.partner(partnerId)?.role ?? ''))
    : recipients

const assign = (tx: Tx, requestId: string, recipients: readonly Recipient[], dueOn: string): Promise<unknown> =>
  insertTasks(tx, tasksFor(requestId, recipients, dueOn))

/**
 * Erases a person on somebody's order: she was never to be here, or a court decided against what her retention says. Whoever was given her data
 * gets a task, as after a request of hers.
 * @throws DomainError `conflict` when she is erased already; when the law keeps her data, or she died, and that it goes all the same is not said.
 */
export const erasePerson = async (
  gateway: Gateway,
  personId: string,
  by: Act,
  { evenAfterDeath = false, evenThoughKept = false }: { evenAfterDeath?: boolean; evenThoughKept?: boolean } = {}
): Promise<OpenedRequest & { people: number }> => {
  const on = today(gateway)
  const id = newId()
  const { ids, tasks, because, closed } = await gateway.database.transaction(
    async tx => {
      const ids = await everyOneOf(tx, personId)
      const people = await lockPeople(tx, ids)
      if (people.every(person => person.erasedAt !== null)) throw new DomainError('conflict', `${personId} is erased already`)
      const { retention } = await fateOf(gateway, tx, ids, on)
      if (retention.ends === 'frozen' && !evenAfterDeath) {
        throw new DomainError(
          'conflict',
          `${personId} is not erased, since ${retention.because}: say --even-after-death when that is settled`
        )
      }
      const because = retention.ends === 'block' ? `rule ${retention.steps.map(s => s.rule.id).join(', ')}` : null
      if (because !== null && !evenThoughKept) {
        throw new DomainError(
          'conflict',
          `${personId} is not erased, since the law keeps her data (${because}) and has it blocked: for a request of hers, jisr rights open ${personId} --kind erasure; where a court ordered it, say --even-though-kept`
        )
      }
      await insertRequest(
        tx,
        {
          ...{ id, personId, kind: 'erasure', law: 'gdpr', askedOn: on, dueOn: on, rule: 'an operator’s order', body: null, state: 'open' },
          ...{ outcome: 'erased', openedBy: by.actor }
        },
        gateway.clock.wall()
      )
      const { recipients, closed } = await eraseWithin(gateway, tx, ids, { ...by, keepIdentifiers: false, request: id })
      await settleRequest(tx, id, { state: 'answered', outcome: 'erased' }, by, gateway.clock.wall())
      await assign(tx, id, recipients, answerDue('gdpr', 'erasure', on)?.dueOn ?? on)
      await supersedeTasks(tx, id, ids, by.actor, gateway.clock.wall())
      return {
        ids,
        closed,
        tasks: recipients.length,
        because
      }
    },
    { retry: true }
  )
  await announce(gateway, ids)
  const files = await scrub(gateway)
  return { id, dueOn: on, rule: 'an operator’s order', outcome: 'erased', because, tasks, closed, files, people: ids.length }
}

export interface RequestView extends Omit<RightsRequestRow, 'body'> {
  /** Her own words; null when she said none, or they can no longer be read. */
  words: string | null
  tasks: readonly RightsTaskRow[]
}

/** A request with its tasks. @throws DomainError `not-found`. */
export const showRequest = async (gateway: Gateway, id: string): Promise<RequestView> => {
  const request = isUuid(id) ? await findRequest(gateway.database, id) : undefined
  if (request === undefined) throw new DomainError('not-found', `there is no request ${id}: see jisr rights list`)
  const { body, ...row } = request
  const [person] = await findPeople(gateway.database, [row.personId])
  const readable = body !== null && person?.wrappedKey != null
  const words = readable
    ? gateway.vault.openJson<string>({ personId: row.personId, wrappedKey: person.wrappedKey }, body, placeOf(id))
    : null
  return { ...row, words, tasks: await tasksOf(gateway.database, id) }
}

export const listRights = async (
  gateway: Gateway,
  filter: { openOnly: boolean; limit: number }
): Promise<Omit<RightsRequestRow, 'body'>[]> => (await listRequests(gateway.database, filter)).map(({ body: _body, ...row }) => row)

/** Notes that she has her answer, or a reasoned no. @throws DomainError `not-found` when it is not an open request. */
export const answerRequest = async (gateway: Gateway, id: string, state: 'answered' | 'refused', by: Act): Promise<void> => {
  const done = isUuid(id) && (await settleRequest(gateway.database, id, { state, outcome: null }, by, gateway.clock.wall()))
  if (!done) throw new DomainError('not-found', `${id} is no open request: see jisr rights list`)
}

/** Notes that a partner was told, and what it answered. @throws DomainError `not-found` when it is no open task. */
export const tellPartner = async (gateway: Gateway, id: string, by: Act): Promise<void> => {
  const done = isUuid(id) && (await settleTask(gateway.database, id, by, gateway.clock.wall()))
  if (!done) throw new DomainError('not-found', `${id} is no open task: see jisr waiting list --kind task`)
}

/** Corrections that went out since tell their partners what had to be mended. */
export const tellByDelivery = (gateway: Gateway): Promise<number> => settleTasksByDelivery(gateway.database, gateway.clock.wall())

const isUuid = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
