// retention: what becomes of each person's data and when, by the rules of the day, and the daily round that does it.
import { dayIn } from '../domain/calendar.ts'
import type { AuthorizationState } from '../domain/lifecycle/authorization.ts'
import { type PlacementState, terminalPlacementStates } from '../domain/lifecycle/placement.ts'
import {
  blockedUntil,
  formerNamesUntil,
  identifiersUntil,
  type Retention,
  type RetentionFile,
  retentionOf,
  type Step
} from '../domain/rules/retention.ts'
import { answerDue } from '../domain/rules/rights.ts'
import type { Tx } from '../store/database.ts'
import { forgetIdentifiers, forgetSources, lockPeople, type Recipient, recipientsOf, samePeople, wasAnyoneGone } from '../store/erasure.ts'
import {
  dueForALook,
  dueForErasure,
  erasedWithHashes,
  type FileRow,
  filesToKeep,
  isDayDone,
  type KeptPerson,
  keptPeople,
  noteRun,
  peopleWithRequests,
  type RetentionRun
} from '../store/retention.ts'
import { insertTasks, noteOutcome } from '../store/rights.ts'
import { doubtedTime } from './doubted-time.ts'
import { announce, blockWithin, eraseWithin, scrub } from './erase-person.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'

/** What is to be done about a person, and why. */
export interface Fate {
  /** She and whoever is linked to her: they share one fate. */
  people: readonly KeptPerson[]
  file: RetentionFile
  retention: Retention
  /** What of it is due today; null when nothing is. */
  due: 'erase' | 'block' | null
  /** Why something that is due waits. */
  waits: string | null
  /** No placement of hers goes on: each has come to its end, or its campaign has. */
  isOver: boolean
  /** Erasures asked for that waited for that. */
  restricted: readonly string[]
  /** Of blocked ones: until when, and by which rules. */
  blocked: { until: string; steps: readonly Step[] } | null
}

/** Reads what of her files decides, and decides. `today` is a day of campaign time, YYYY-MM-DD. */
export const fateOf = async (gateway: Gateway, tx: Tx, ids: readonly string[], today: string): Promise<Fate> =>
  decide(gateway, await readFiles(tx, ids), today)

/** What decides about people who are one person, as it is stored. */
interface StoredFiles {
  people: readonly KeptPerson[]
  rows: readonly FileRow[]
  requests: Awaited<ReturnType<typeof peopleWithRequests>>
}

const readFiles = async (tx: Tx, ids: readonly string[]): Promise<StoredFiles> => ({
  people: await keptPeople(tx, ids),
  rows: await filesToKeep(tx, ids),
  requests: await peopleWithRequests(tx, ids)
})

const filesOf = (ids: readonly string[], { people, rows, requests }: StoredFiles): StoredFiles => ({
  people: people.filter(({ id }) => ids.includes(id)),
  rows: rows.filter(({ personId }) => ids.includes(personId)),
  requests: requests.filter(({ personId }) => ids.includes(personId))
})

const decide = (gateway: Gateway, { people, rows, requests }: StoredFiles, today: string): Fate => {
  const file = toFile(gateway, people, rows)
  const retention = retentionOf(file)
  const blockedAt = people.flatMap(person => person.blockedAt ?? []).at(-1)
  const live = people.some(person => person.blockedAt === null && person.erasedAt === null)
  const isOver = hasEnded(file, today)
  const restricted = requests.filter(request => request.kind === 'erasure').map(request => request.id)
  const asked = restricted.length > 0 && isOver
  const due = !live || retention.ends === 'frozen' ? null : retention.until < today ? retention.ends : asked ? 'block' : null
  const others = requests.filter(request => request.kind !== 'erasure').map(request => request.kind)
  return {
    people,
    file,
    retention,
    due: others.length > 0 ? null : due,
    isOver,
    restricted,
    waits: due !== null && others.length > 0 ? `a request (${others.join(', ')}) is open` : null,
    blocked: blockedAt === undefined ? null : blockedUntil(file, dayOf(blockedAt))
  }
}

const toFile = (gateway: Gateway, people: readonly KeptPerson[], rows: readonly FileRow[]): RetentionFile => {
  const placements = rows.filter(row => row.kind === 'placement')
  return {
    placements: placements.map(({ subjectId, campaign, state }) => ({
      id: subjectId,
      campaign: campaign ?? 0,
      state: state as PlacementState | 'NEW'
    })),
    authorizations: rows
      .filter(row => row.kind === 'authorization' && row.state !== 'NEW')
      .map(row => ({ wasGranted: wasGranted.has(row.state as AuthorizationState), validTo: lastDayOf(gateway, row) })),
    knownSince: dayOf(new Date(Math.min(...people.map(person => person.createdAt.getTime()))))
  }
}

const wasGranted: ReadonlySet<AuthorizationState> = new Set(['GRANTED', 'ACTIVE', 'EMPLOYER_CHANGED', 'EXPIRED', 'EXTINGUISHED', 'RENEWED'])

/** The only thing that has to be read for the reckoning: of somebody blocked or erased it is not. */
const lastDayOf = (gateway: Gateway, { subjectId, personId, version, body, wrappedKey }: FileRow): string | null => {
  if (body === null || wrappedKey === null) return null
  const place = { table: 'record', column: 'body', row: `${subjectId} ${version}` }
  const { record } = gateway.vault.openJson<{ record: { authorization?: { validTo?: string } } }>({ personId, wrappedKey }, body, place)
  return record.authorization?.validTo ?? null
}

const terminal: ReadonlySet<string> = new Set([...terminalPlacementStates, 'RETURN_VERIFIED'])

const hasEnded = ({ placements }: RetentionFile, today: string): boolean =>
  placements.every(({ campaign, state }) => terminal.has(state) || `${campaign}-12-31` < today)

/** The day by which people are reckoned: of campaign time, where the authority sits. */
export const today = (gateway: Gateway): string => dayOf(gateway.clock.campaign())

const dayOf = (at: Date): string => dayIn('Europe/Madrid', at)

export interface Due {
  ids: readonly string[]
  ends: 'erase' | 'block'
  rule: string
  until: string
}

const batch = 200
const firstId = '00000000-0000-0000-0000-000000000000'
const hashBatchesMax = 10_000
const day = 86_400_000

/**
 * Everybody of whom something is due on a day, one entry for those who are the same person. Reads only. Somebody whose files cannot be read is logged, and
 * holds up nobody.
 */
export async function* dueOn(gateway: Gateway, onDay: string): AsyncGenerator<Due> {
  const { database } = gateway
  /** Of those who are registered more than once. */
  const seen = new Set<string>()
  const known = new Date(Date.parse(onDay) - 300 * day)
  for (let after = firstId; ; ) {
    const rows = await dueForALook(database, Number(onDay.slice(0, 4)) - 1, known, after, batch)
    const due = rows.filter(row => row.isDue).map(row => row.id)
    const groups = due.length === 0 ? new Map<string, string[]>() : await samePeople(database, due)
    const files = await readFiles(database, [...new Set([...groups.values()].flat())])
    for (const [id, ids] of groups) {
      if (seen.has(id)) continue
      if (ids.length > 1) for (const one of ids) seen.add(one)
      const found = dueOf(gateway, ids, filesOf(ids, files), onDay)
      if (found !== null) yield found
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

const dueOf = (gateway: Gateway, ids: readonly string[], files: StoredFiles, onDay: string): Due | null => {
  try {
    const { due, retention } = decide(gateway, files, onDay)
    return due === null || retention.ends === 'frozen' ? null : { ids, ends: due, ...lastStep(retention.steps, onDay) }
  } catch (error) {
    gateway.failed('retention', error)
    return null
  }
}

const lastStep = (steps: readonly Step[], onDay: string) => {
  const last = steps.at(-1) as Step
  return last.until < onDay ? { rule: last.rule.id, until: last.until } : { rule: 'erasure asked for', until: onDay }
}

/**
 * The daily round: blocks and erases whoever is due, then forgets hashes whose time is over. One process does it at a time; a round that was
 * broken off goes on where it was, since whoever is done is not due any more. By a time that is doubted nothing is done, unless somebody answers for it.
 * @returns what was done; null when somebody else is at it, the day is done, or its time is doubted.
 */
export const keepRetention = async (
  gateway: Gateway,
  actor: string,
  signal: AbortSignal,
  isTimeSure = false
): Promise<RetentionRun | null> => {
  const on = today(gateway)
  if (await isDayDone(gateway.database, on)) return null
  if (!isTimeSure && (await doubtedTime(gateway.database, gateway.clock.wall())) !== null) return null
  const turn = await gateway.database.lock('jisr retention', async (_session, lost) => {
    const run: RetentionRun = { day: on, blocked: 0, erased: 0, forgotten: 0 }
    const stopped = () => signal.aborted || lost.aborted
    for await (const due of dueOn(gateway, on)) {
      if (stopped()) return null
      await countedDone(gateway, run, () => carryOut(gateway, due, on, actor))
    }
    for (const { id } of await dueForErasure(gateway.database, on, 100_000)) {
      if (stopped()) return null
      await countedDone(gateway, run, () => eraseBlocked(gateway, id, on, actor))
    }
    run.forgotten = await forgetHashes(gateway, on)
    if (await wasAnyoneGone(gateway.database, new Date(gateway.clock.campaign().getTime() - 7 * day))) await scrub(gateway)
    await noteRun(gateway.database, run, gateway.clock.wall())
    return run
  })
  const run = turn.locked ? turn.value : null
  if (run !== null) gateway.log('retention.kept', { ...run })
  return run
}

/** One person's trouble is logged and stops nobody else's turn; she is due again tomorrow. */
const countedDone = async (gateway: Gateway, run: RetentionRun, work: () => Promise<{ ends: 'erase' | 'block'; people: number }>) => {
  try {
    const { ends, people } = await work()
    run[ends === 'erase' ? 'erased' : 'blocked'] += people
  } catch (error) {
    gateway.failed('retention', error)
  }
}

const carryOut = async (gateway: Gateway, { ids, rule }: Due, on: string, actor: string) => {
  const done = await gateway.database.transaction(
    async tx => {
      await lockPeople(tx, ids)
      // Read anew: something may have been told of her, or asked by her, since the list was made.
      const { due, file, people, restricted } = await fateOf(gateway, tx, ids, on)
      const live = people.filter(person => person.erasedAt === null && person.blockedAt === null).map(person => person.id)
      const reason = `retention rule ${rule}`
      if (due === 'erase') {
        const kept = identifiersUntil(file)
        await eraseWithin(gateway, tx, live, { actor, reason, keepIdentifiers: kept !== null && kept >= on })
      } else if (due === 'block') {
        const { until } = blockedUntil(file, on)
        const recipients = restricted.length > 0 ? await recipientsOf(tx, live) : []
        await blockWithin(
          gateway,
          tx,
          live.map(id => ({ id, rule, until })),
          { actor, reason }
        )
        for (const id of restricted) {
          await noteOutcome(tx, id, 'blocked')
          await insertTasks(tx, tasksFor(id, recipients, answerDue('gdpr', 'erasure', on)?.dueOn ?? on))
        }
      }
      return { ends: due ?? 'block', people: due === null ? 0 : live.length }
    },
    { retry: true }
  )
  await announce(gateway, ids)
  return done
}

/** One for each partner that was given data of hers. */
export const tasksFor = (requestId: string, recipients: readonly Recipient[], dueOn: string): Parameters<typeof insertTasks>[1] =>
  recipients.map(({ personId, partnerId, classes, deliveries }) => ({
    id: newId(),
    requestId,
    personId,
    partnerId,
    classes,
    deliveries,
    dueOn
  }))

const eraseBlocked = async (gateway: Gateway, id: string, on: string, actor: string) => {
  const done = await gateway.database.transaction(
    async tx => {
      const { retention, waits, people } = await fateOf(gateway, tx, [id], on)
      const isFree = retention.ends !== 'frozen' && waits === null && (people[0]?.blockedUntil ?? on) < on
      if (isFree)
        await eraseWithin(gateway, tx, [id], { actor, reason: 'the time for which she was blocked is over', keepIdentifiers: false })
      return { ends: 'erase' as const, people: isFree ? 1 : 0 }
    },
    { retry: true }
  )
  await announce(gateway, [id])
  return done
}

/** @returns of how many erased people hashes were forgotten. */
const forgetHashes = async (gateway: Gateway, on: string): Promise<number> => {
  let forgotten = 0
  let after = firstId
  for (let round = 0; round < hashBatchesMax; round++) {
    const rows = await erasedWithHashes(gateway.database, after, batch)
    for (const { id, erasedAt, hasIdentifiers, hasSources } of rows) {
      const { file } = await fateOf(gateway, gateway.database, [id], on)
      const kept = identifiersUntil(file)
      const stale = {
        identifiers: hasIdentifiers && (kept === null || kept < on),
        sources: hasSources && formerNamesUntil(dayOf(erasedAt)) < on
      }
      await gateway.database.transaction(async tx => {
        if (stale.identifiers) await forgetIdentifiers(tx, [id])
        if (stale.sources) await forgetSources(tx, [id])
      })
      if (stale.identifiers || stale.sources) forgotten += 1
    }
    const last = rows.at(-1)
    if (last === undefined) break
    after = last.id
  }
  return forgotten
}
