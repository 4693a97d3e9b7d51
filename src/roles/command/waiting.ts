// jisr waiting, and what a person does about it: redeliver, discard, apply, settle, release.
import { type Command, InvalidArgumentError } from 'commander'
import { commandsFor } from '../../console/commands.ts'
import { DomainError } from '../../domain/errors.ts'
import {
  applyQuarantined,
  countWaiting,
  discard,
  findWaiting,
  listWaitingForPerson,
  redeliverByHand,
  release,
  settleAs,
  settlements,
  type Waiting,
  type WaitingKind,
  type Who,
  whoActs
} from '../../flow/attend.ts'
import type { Gateway } from '../../flow/gateway.ts'
import { redeliverGroup } from '../../flow/redeliver-group.ts'
import { stoppedStates, waitingKinds } from '../../store/attention.ts'
import { tableLines } from '../table.ts'
import { type CommonOptions, type Output, type Run, reasonText, said, UsageError } from './session.ts'

type Reasoned = CommonOptions & { reason: string }

/** Adds `waiting` and its acts to the program. */
export const addWaitingCommands = (program: Command, run: Run): void => {
  const waiting = program.command('waiting').description('what waits for a person')
  waiting
    .command('list')
    .description('everything that waits, oldest first')
    .option('--kind <kind>', `only these: ${waitingKinds.join(', ')}`)
    .option('--partner <id>', 'only of this partner')
    .option('--limit <n>', 'at most so many', limit, 200)
    .action((options: CommonOptions & { kind?: string; partner?: string; limit: number }) =>
      run(options, async ({ house }) => {
        const kind = options.kind === undefined ? null : waitingKinds.find(known => known === options.kind)
        if (kind === undefined) throw new UsageError(`--kind must be one of ${waitingKinds.join(', ')}`)
        return listed(house, { kind, partnerId: options.partner ?? null, limit: options.limit })
      })
    )
  waiting
    .command('show <id>')
    .description('one thing that waits, why, and what can be done')
    .action((id: string, options: CommonOptions) => run(options, async ({ house }) => shown(await findWaiting(house, id))))

  const act = (name: string, what: string, done: string, work: (house: Gateway, id: string, by: string, reason: string) => Promise<void>) =>
    program
      .command(`${name} <id...>`)
      .description(`${what}; several one after the other`)
      .requiredOption('--reason <text>', 'why, for the audit of each', reasonText)
      .action((ids: string[], options: Reasoned) =>
        run(options, ({ house, by }) => oneByOne(ids, done, {}, id => work(house, id, by, options.reason)))
      )
  program
    .command('redeliver [id...]')
    .description('sends deliveries again, in a new round: several one after the other, or all of a partner that stopped alike')
    .option('--partner <id>', 'instead of ids: those of this partner or stream')
    .option('--state <state>', `with --partner, those that are: ${stoppedStates.join(', ')}`)
    .option('--code <code>', 'with --partner, only those that stopped for this reason, as waiting show names it')
    .requiredOption('--reason <text>', 'why, for the audit of each', reasonText)
    .action((ids: string[], options: Reasoned & { partner?: string; state?: string; code?: string }) =>
      run(options, async ({ house, by }) => {
        const group = groupOf(ids, options)
        if (group === null) return oneByOne(ids, 'goes out again', {}, id => redeliverByHand(house, id, by, options.reason))
        const { sent, gone } = await redeliverGroup(house, group, by, options.reason)
        const others = gone === 0 ? '' : ` ${gone} had been dealt with meanwhile.`
        const what = `of ${group.partnerId} that ${sent === 1 ? 'was' : 'were'} ${group.state}${group.code === null ? '' : ` (${group.code})`}`
        return said(`${sent} ${what} ${sent === 1 ? 'goes' : 'go'} out again.${others}`, { ...group, sent, gone })
      })
    )
  act('discard', 'gives up a delivery, or a row in quarantine', 'is discarded', discard)
  act('apply', 'interprets a row in quarantine again', 'is applied', applyQuarantined)
  act('release', 'lets go of a held person, by its id or its case’s', 'is released', release)
  program
    .command('settle <id...>')
    .description('settles a delivery as its partner said by another way, or a case or ticket as dealt with; several one after the other')
    .requiredOption('--as <how>', 'accepted, refused or never-arrived for a delivery, settled for a case or a ticket')
    .requiredOption('--reason <text>', 'why, for the audit of each: who said so, when', reasonText)
    .action((ids: string[], options: Reasoned & { as: string }) =>
      run(options, async ({ house, by }) => {
        const as = settlements.find(how => how === options.as)
        if (as === undefined) throw new UsageError(`--as must be one of ${settlements.join(', ')}`)
        return oneByOne(ids, `is settled as ${as}`, { as }, id => settleAs(house, id, as, by, options.reason))
      })
    )
}

/** The group that the options name; null where ids are given. @throws UsageError for both or neither, or half a group */
const groupOf = (ids: readonly string[], { partner, state, code = null }: { partner?: string; state?: string; code?: string | null }) => {
  if (partner === undefined) {
    if (ids.length === 0 || state !== undefined || code !== null)
      throw new UsageError('give ids, or a group: --partner <id> --state <state>')
    return null
  }
  if (ids.length > 0) throw new UsageError('give either ids or --partner, not both')
  const known = stoppedStates.find(one => one === state)
  if (known === undefined) throw new UsageError(`--partner needs --state, one of ${stoppedStates.join(', ')}`)
  return { partnerId: partner, state: known, code }
}

/** What one command line may name: more is a mistake in what made the list. */
const atOnceMax = 500

/**
 * Each by itself, with its own line in the audit, so that one that cannot be done keeps none of the others from being done.
 * @throws DomainError for one alone as it is; of several one that names all that was not done, each with its reason
 */
const oneByOne = async (
  ids: readonly string[],
  done: string,
  more: { as?: string },
  work: (id: string) => Promise<void>
): Promise<Output> => {
  const [first] = ids
  if (first !== undefined && ids.length === 1) {
    await work(first)
    return said(`${first} ${done}.`, { id: first, ...more })
  }
  if (ids.length > atOnceMax) throw new UsageError(`name at most ${atOnceMax} at once`)
  const distinct = [...new Set(ids)]
  const refused: string[] = []
  let tried = 0
  for (const id of distinct) {
    tried += 1
    try {
      await work(id)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      refused.push(`${id}: ${error.detail}`)
      // The database is away for the rest of them, too.
      if (error.code === 'unavailable') break
    }
  }
  if (refused.length > 0) {
    const untried = tried === distinct.length ? '' : `; ${distinct.length - tried} not tried`
    throw new DomainError('conflict', `${tried - refused.length} of ${distinct.length} done${untried}. Not done: ${refused.join(' | ')}`)
  }
  return { json: distinct.map(id => ({ id, ...more })), lines: distinct.map(id => `${id} ${done}.`) }
}

const listed = async (gateway: Gateway, filter: { kind: WaitingKind | null; partnerId: string | null; limit: number }): Promise<Output> => {
  const rows = await listWaitingForPerson(gateway, filter)
  const now = gateway.clock.wall()
  const left = rows.length < filter.limit ? 0 : (await countOf(gateway, filter)) - rows.length
  const more =
    left <= 0
      ? []
      : [
          `${left} more wait, later ones: --limit ${Math.min(limitMax, rows.length + left)} shows ${rows.length + left > limitMax ? 'as many as can be' : 'all'}`
        ]
  if (rows.length === 0) return { json: [], lines: ['Nothing waits for a person.'] }
  return {
    json: rows.map(toJson),
    lines: [
      ...tableLines(
        ['kind', 'state', 'for', 'behind', 'must act', 'partner', 'about', 'why', 'id'],
        rows.map(row => [
          row.kind,
          row.state,
          ageText(now, row.since),
          row.behind,
          whoActs(row),
          row.partnerId ?? '',
          row.about,
          why(row).slice(0, 60),
          row.id
        ]),
        { widthMax: 220 }
      ),
      ...more,
      'What can be done about one: jisr waiting show <id>'
    ]
  }
}

const countOf = async (gateway: Gateway, { kind, partnerId }: { kind: WaitingKind | null; partnerId: string | null }): Promise<number> =>
  (await countWaiting(gateway))
    .filter(group => (kind === null || group.kind === kind) && (partnerId === null || group.partnerId === partnerId))
    .reduce((sum, { count }) => sum + count, 0)

const shown = (row: Waiting): Output => ({
  json: toJson(row),
  lines: [
    `${row.kind} ${row.id}`,
    ...tableLines(
      ['', ''],
      [
        ['state', row.state],
        ['about', row.about],
        ['partner', row.partnerId ?? '–'],
        ['since', row.since.toISOString()],
        ['must act', whoText[whoActs(row)]],
        ['why', why(row)],
        ...(row.partnerSaid === null ? [] : [['the partner wrote', `${row.partnerSaid.code}: ${row.partnerSaid.text}`]]),
        ['behind it', String(row.behind)],
        ...commandsFor(row, row.id).map((command, i) => [i === 0 ? 'what can be done' : '', command])
      ],
      { widthMax: 1_000 }
    ).slice(2)
  ]
})

/** The person's id is left out: a case is released by its own. */
const toJson = ({ personId: _person, ...row }: Waiting) => ({
  ...row,
  since: row.since.toISOString(),
  mustAct: whoActs(row),
  commands: commandsFor(row, row.id)
})

const whoText = {
  source: 'whoever told the fact: it has to be mended there',
  partner: 'the partner',
  agencies: 'the agencies that registered the person',
  operator: 'you'
} as const satisfies Record<Who, string>

const why = ({ code, reason }: Waiting): string =>
  code === null ? (reason ?? '–') : reason === null || reason === code ? code : `${code}: ${reason}`

const ageText = (now: Date, since: Date): string => {
  const minutes = Math.max(0, Math.round((now.getTime() - since.getTime()) / 60_000))
  return minutes < 90 ? `${minutes} min` : minutes < 2_880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} d`
}

const limitMax = 99_999

const limit = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || text === '0') throw new InvalidArgumentError('give a whole number above 0')
  return Number(text)
}
