// jisr persons: who somebody is here, how long her data is kept and why, and the ends of it: blocked, opened for a court, erased.
import { type Command, InvalidArgumentError } from 'commander'
import { localDate } from '../../../schemas/primitives.ts'
import { accessFile } from '../../console/access-file.ts'
import { type Language, languages } from '../../console/language.ts'
import { DomainError } from '../../domain/errors.ts'
import { contradicted, doubtedTime, doubtText } from '../../flow/doubted-time.ts'
import { requireId, scrub, unblock } from '../../flow/erase-person.ts'
import { exportPerson, type Reader } from '../../flow/export-person.ts'
import { findPerson } from '../../flow/find-person.ts'
import type { Gateway } from '../../flow/gateway.ts'
import { dueOn, type Fate, fateOf, keepRetention, today } from '../../flow/retention.ts'
import { erasePerson } from '../../flow/rights.ts'
import { samePerson } from '../../store/erasure.ts'
import { auditAct } from '../../store/keys.ts'
import type { Rewritten } from '../../store/rewrite-keys.ts'
import type { ClosedRequest } from '../../store/rights.ts'
import type { House } from '../house.ts'
import { tableLines } from '../table.ts'
import { writeNew } from './files.ts'
import { type CommonOptions, type Output, type Run, reasonText, said, UsageError } from './session.ts'

type Reasoned = CommonOptions & { reason: string }

/** Adds `persons` to the program. */
export const addPersonCommands = (program: Command, run: Run): void => {
  const persons = program.command('persons').description('one person’s data: how long it is kept, and how it ends')
  persons
    .command('find')
    .description(
      'the ids of whoever a client’s own id or a document means; what to look for is read from standard input, so that no history keeps it'
    )
    .option('--client <id>', 'standard input is this client’s own id of her')
    .option('--document <scheme>', 'standard input is the number of a document: MA-CNIE, PASSPORT, ES-NIE …')
    .option('--country <code>', 'of a passport')
    .action((options: CommonOptions & { client?: string; document?: string; country?: string }) =>
      run(options, async ({ house, by }) => {
        const value = (await readInput()).trim()
        if (value === '')
          throw new UsageError(
            'give what to look for on standard input, as in: printf %s … | jisr persons find --client … (or --document …)'
          )
        const { client, document, country } = options
        if ((client === undefined) === (document === undefined)) throw new UsageError('say either --client or --document')
        const wanted =
          client === undefined ? { scheme: document as string, value, ...(country === undefined ? {} : { country }) } : { client, value }
        const found = await findPerson(house, wanted, by)
        return {
          json: found,
          lines:
            found.length === 0
              ? ['Nobody is known by it.']
              : tableLines(
                  ['state', 'id'],
                  found.map(person => [person.state, person.id])
                )
        }
      })
    )
  persons
    .command('retention <id>')
    .description('what is kept of her, by which rule, since when and until when')
    .action((id: string, options: CommonOptions) =>
      run(options, async ({ house }) => {
        const ids = await samePerson(house.database, requireId(id))
        if (ids.length === 0) throw new DomainError('not-found', `there is no person ${id}: find her with jisr persons find`)
        return explained(await fateOf(house, house.database, ids, today(house)))
      })
    )
  persons
    .command('due')
    .description('whose data would be blocked or erased by the daily round; nothing is done')
    .option('--on <day>', 'as of this day, YYYY-MM-DD', aDay)
    .action((options: CommonOptions & { on?: string }) => run(options, async ({ house }) => listDue(house, options.on ?? today(house))))
  persons
    .command('keep')
    .description('does the daily round now, unless today’s is done; the worker does it by itself')
    .option('--time-is-right', 'though the last round is long ago: nothing ran, and the clock is right', false)
    .option('--reason <text>', 'with --time-is-right: why nothing ran, for the audit', reasonText)
    .action((options: CommonOptions & { timeIsRight: boolean; reason?: string }) =>
      run(options, async ({ house, by }) => {
        await answerForTime(house, by, options)
        const done = await keepRetention(house, by, new AbortController().signal, options.timeIsRight)
        if (done === null) return said('Today’s round is done already, or another process is at it.')
        return said(`${done.blocked} people were blocked, ${done.erased} erased; hashes of ${done.forgotten} forgotten.`, { ...done })
      })
    )
  persons
    .command('erase <id>')
    .description('destroys her key: what is stored of her cannot be read by anybody any more. There is no way back')
    .requiredOption('--reason <text>', 'why, for the audit; without her data', reasonText)
    .option('--even-after-death', 'though she died and her data is frozen', false)
    .option('--even-though-kept', 'though the law keeps her data: a court ordered it', false)
    .action((id: string, options: Reasoned & { evenAfterDeath: boolean; evenThoughKept: boolean }) =>
      run(options, async ({ house, by }) => {
        const done = await erasePerson(house, id, { actor: by, reason: options.reason }, options)
        return {
          json: done,
          lines: [
            `${id} is erased${done.people > 1 ? `, with ${done.people - 1} registration(s) of the same person` : ''}.`,
            ...(done.because === null ? [] : [`By retention her data would have been kept (${done.because}).`]),
            ...done.closed.map(closedLine),
            ...filesLines(done.files),
            ...(done.tasks === 0 ? [] : [`${done.tasks} partner(s) have to be told: jisr rights show ${done.id}`])
          ]
        }
      })
    )
  persons
    .command('export <id>')
    .description('one page with everything that is held of her, for herself: values, sources, recipients, how long')
    .requiredOption('--out <file>', 'a new file, readable by its owner alone')
    .option('--language <language>', languages.join(', '), inLanguage, 'fr')
    .requiredOption('--reason <text>', 'why, for the audit: the id of her request', reasonText)
    .action((id: string, options: Reasoned & { out: string; language: Language }) =>
      run(options, async ({ house, by }) => writeFileOf(house, id, null, options, by))
    )
  persons
    .command('open-blocked <id>')
    .description('the same of somebody whose data is blocked, for a court or an authority (LO 3/2018 art 32.2)')
    .requiredOption('--for <authority>', 'who demands it')
    .requiredOption('--out <file>', 'a new file, readable by its owner alone')
    .option('--language <language>', languages.join(', '), inLanguage, 'es')
    .requiredOption('--reason <text>', 'on which ground, for the audit: the number of the order', reasonText)
    .action((id: string, options: Reasoned & { out: string; language: Language; for: string }) =>
      run(options, async ({ house, by }) => writeFileOf(house, id, { authority: options.for }, options, by))
    )
  persons
    .command('unblock <id>')
    .description('lets blocked data be worked with again')
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((id: string, options: Reasoned) =>
      run(options, async ({ house, by }) => {
        await unblock(house, id, { actor: by, reason: options.reason })
        return said(`${id} is blocked no longer.`, { id })
      })
    )
  persons
    .command('scrub')
    .description('rewrites the tables of keys, so that the bytes of destroyed ones leave the data files')
    .action((options: CommonOptions) => run(options, async ({ house }) => said(scrubbed[await scrub(house)])))
}

const writeFileOf = async (
  house: Gateway,
  id: string,
  reader: Reader,
  { out, language, reason }: { out: string; language: Language; reason: string },
  actor: string
): Promise<Output> => {
  const file = await exportPerson(house, id, reader, { actor, reason })
  await writeNew(out, accessFile(file, language, house.clock.wall()))
  return said(`${out} holds what is held of ${id}; hand it over, then delete it.`, { id, out })
}

const inLanguage = (text: string): Language => {
  const found = languages.find(language => language === text)
  if (found === undefined) throw new InvalidArgumentError(`there are: ${languages.join(', ')}`)
  return found
}

/** Where bytes of her key are left in the data files. */
export const filesLines = (files: Rewritten | null): string[] => (files === null || files === 'done' ? [] : [scrubbed[files]])

const scrubbed = {
  done: 'The tables of keys are rewritten; the old files go with the next checkpoint.',
  later: 'Not all tables of keys could be rewritten: an open transaction holds old rows. The daily round does it.',
  'not-allowed': 'This role may not rewrite tables: the owner does it with the daily jisr migrate.'
} as const

const explained = (fate: Fate): Output => {
  const { people, file, retention, blocked } = fate
  const state = (person: Fate['people'][number]) =>
    person.erasedAt !== null ? `erased ${day(person.erasedAt)}` : person.blockedAt !== null ? `blocked ${day(person.blockedAt)}` : 'kept'
  const steps = blocked?.steps ?? (retention.ends === 'frozen' ? [] : retention.steps)
  const verdict = (): string => {
    if (people.every(person => person.erasedAt !== null)) return 'Her data is erased.'
    if (people.some(person => person.blockedAt !== null))
      return `Her data is blocked (${people.flatMap(person => person.blockedBy ?? []).join(', ')}) until ${people.flatMap(person => person.blockedUntil ?? []).at(-1) ?? 'a person decides'}, then erased.`
    if (retention.ends === 'frozen') return `Nothing is blocked or erased, since ${retention.because}.`
    const what = retention.ends === 'erase' ? 'erased' : 'blocked'
    return `Her data is kept until ${retention.until}, then ${what}.${fate.restricted.length > 0 ? ' She asked for it to be erased: it is blocked when her campaign ends.' : ''}`
  }
  return {
    json: { ...fate, people: people.map(person => ({ ...person, state: state(person) })) },
    lines: [
      verdict(),
      ...(fate.waits === null ? [] : [`It waits: ${fate.waits}.`]),
      ...people.map(person => `${person.id} ${state(person)}`),
      ...file.placements.map(({ id, campaign, state: placed }) => `placement ${id} of ${campaign}: ${placed}`),
      ...file.authorizations.map(
        ({ validTo, wasGranted }) => `authorization ${wasGranted ? `until ${validTo ?? '(not readable)'}` : 'not granted'}`
      ),
      ...tableLines(
        ['rule', 'from', 'until', 'counted from', 'by'],
        steps.map(({ rule, from, until }) => [rule.id, from, until, `${rule.from}, ${rule.months} months`, rule.citation]),
        { widthMax: 220 }
      )
    ]
  }
}

const listDue = async (gateway: Gateway, on: string): Promise<Output> => {
  const found: { ends: string; rule: string; until: string; ids: readonly string[] }[] = []
  for await (const due of dueOn(gateway, on)) found.push(due)
  return {
    json: found,
    lines:
      found.length === 0
        ? [`Nobody is due on ${on}.`]
        : tableLines(
            ['what', 'rule', 'kept until', 'people'],
            found.map(due => [due.ends, due.rule, due.until, due.ids.join(' ')]),
            { widthMax: 220 }
          )
  }
}

const day = (at: Date): string => at.toISOString().slice(0, 10)

export const aDay = (text: string): string => {
  if (!localDate.safeParse(text).success) throw new InvalidArgumentError('give a day that there is, as YYYY-MM-DD')
  return text
}

const inputMax = 10_000

export const readInput = async (): Promise<string> => {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.length > inputMax) throw new UsageError(`standard input may hold ${inputMax} characters`)
  }
  return text
}

/** Nobody answers for a time that another clock contradicts. @throws DomainError that says what is doubted, and what to do */
const answerForTime = async (house: House, by: string, { timeIsRight, reason }: { timeIsRight: boolean; reason?: string }) => {
  if (timeIsRight && reason === undefined) throw new UsageError('say why nothing ran: --reason "…"')
  const now = house.clock.wall()
  const doubt = await (timeIsRight ? contradicted : doubtedTime)(house.database, now)
  if (doubt !== null) throw new DomainError('conflict', doubtText(doubt))
  if (timeIsRight)
    await auditAct(house.database, {
      actor: by,
      action: 'retention.time-answered-for',
      about: now.toISOString().slice(0, 10),
      reason: reason as string
    })
}

/** She asked for something else before, and has no answer yet. */
export const closedLine = ({ id, kind, askedOn }: ClosedRequest): string =>
  `Closed with it: her request ${id} of ${askedOn} (${kind}). Tell her that her data was erased.`
