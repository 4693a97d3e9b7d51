// What a person reads at the end of a demo: a row per thing, the edge cases with what was expected of them, and where to look next.
import { type Cell, tableLines } from '../table.ts'
import type { Accounts } from './accounts.ts'
import type { EdgeCaseResult } from './edge-cases.ts'
import type { DemoOptions } from './state.ts'

export interface Places {
  /** URL of the API, while the gateway goes on serving; null when it has stopped. */
  gateway: string | null
  /** Whoever may look: the operator's page, with its address. */
  status?: string
  /** File of the settings for the operator's commands, while it serves. */
  settings?: string
  /** Folder of the partners' journals. */
  journals: string
  /** Folder of the clients' own books. */
  clients: string
  /** Folder of everybody's logs. */
  log: string
  /** Folder of all of it. */
  data: string
}

const widest = 100

/** Lines of at most `width` characters (and never more than 100). Only counts: nothing here says who anybody was. */
export const reportLines = (
  accounts: Accounts,
  options: DemoOptions,
  places: Places,
  failures: readonly string[],
  width: number = widest
): string[] => {
  const widthMax = Math.max(60, Math.min(width, widest))
  const wrapped = (indent: string, text: string) => wrap(text, widthMax - indent.length).map(line => `${indent}${line}`)
  return [
    ...tableLines(['What happened', 'count', ''], rowsOf(accounts, options), { widthMax }),
    '',
    ...edgeCaseLines(accounts.edgeCases, widthMax),
    '',
    'Where to look',
    ...whereToLook(places).flatMap(line => wrapped('  ', line)),
    ...(failures.length > 0 ? ['', 'What went wrong on the way, and was tried again'] : []),
    ...failures.flatMap(line => wrapped('  ', line))
  ]
}

const rowsOf = (accounts: Accounts, { workers, newShare, weeklyVisas, seed }: DemoOptions): Cell[][] => {
  const newcomers = Math.round(workers * newShare)
  const of = (prefix: string, counts: Record<string, number>, notes: Record<string, string> = {}): Cell[][] =>
    Object.entries(counts).map(([name, count]) => [`${prefix}${name}`, count, notes[name] ?? ''])
  return [
    ['Workers', accounts.workers, `${newcomers} new, ${workers - newcomers} called back; seed ${seed}`],
    ['Events', accounts.events, 'every fact, whoever told it'],
    ...of('Deliveries ', accounts.deliveries, deliveryNotes),
    ...of('', accounts.authorizations),
    ...of('', accounts.visas),
    ...of('Lodged in ', accounts.visasByWeek).map(row => [
      row[0] as Cell,
      row[1] as Cell,
      `of ${weeklyVisas}, a fifth less for each holiday`
    ]),
    ['Rows in quarantine', accounts.quarantined, 'could not be read: a person must look'],
    ...of('Waiting for a person: ', accounts.casesByKind),
    ['Lost', accounts.lost, guarantee(accounts.lost)],
    ['Duplicated', accounts.duplicated, guarantee(accounts.duplicated)],
    ['Out of order', accounts.outOfOrder, guarantee(accounts.outOfOrder)],
    ['At the wrong partner', accounts.foreign, guarantee(accounts.foreign)],
    ['Over the weekly quota', accounts.overruns, guarantee(accounts.overruns)],
    ['Received again, without effect', accounts.repeatedReceipts, ''],
    ['Seconds, first push to last answer', accounts.elapsedSeconds, '']
  ]
}

const guarantee = (count: number): string => (count === 0 ? '✓' : '✗ this must be 0')

const deliveryNotes: Record<string, string> = {
  accepted: 'the partner has it, and said so',
  refused: 'the partner said no',
  held: 'a rule stopped it: a person must look',
  parked: 'cannot be written for the partner: a person must look',
  dead: 'tried too often: a person must look',
  superseded: 'something newer took its place before it left',
  due: 'behind somebody who is held',
  behind: 'behind another of the same person'
}

const edgeCaseLines = (results: Record<string, EdgeCaseResult>, widthMax: number): string[] => {
  const indent = ' '.repeat(18)
  const lines = Object.entries(results).flatMap(([number, { expected, workers, asExpected, otherwise }]) => {
    const head = `${asExpected === workers ? '✓' : '✗'} ${number.padStart(3)}  ${`${asExpected} of ${workers}`.padEnd(11)}`
    const mark = expected.length > 1 ? '· ' : ''
    const sentences = expected.flatMap(sentence => wrap(`${mark}${sentence}`, widthMax - indent.length))
    const found = [...new Set(otherwise)].slice(0, 5).flatMap(text => wrap(`instead: ${text}`, widthMax - indent.length))
    return [...sentences, ...found].map((line, i) => (i === 0 ? `${head.padEnd(indent.length)}${line}` : `${indent}${line}`))
  })
  return ['Edge cases, as expected', '─'.repeat(23), ...(lines.length > 0 ? lines : ['none: too few workers'])]
}

const whereToLook = ({ gateway, status, settings, journals, clients, log, data }: Places): string[] => [
  ...(gateway === null
    ? ['The gateway has stopped. Without --exit it goes on serving: API documentation at /docs of its address.']
    : [`API, to read and to try:  ${gateway}/docs`]),
  ...(status === undefined ? [] : [`Status page:              ${status}`]),
  ...(settings === undefined ? [] : [`Operator's commands:      . ${settings} && npm run jisr -- --help`]),
  `Partners' journals:       ${journals}`,
  `Clients' books:           ${clients}`,
  `Logs, a file each:        ${log}`,
  `All of it:                ${data}`,
  'The next demo begins anew and throws this one away, unless somebody pushes or changes something now: then it goes on with it, until --fresh.'
]

/** Breaks at blanks; a word longer than the width is cut, so that no line ever is wider. Blanks that align a column stay. */
const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line: string | undefined
  for (const word of text.split(' ').flatMap(word => pieces(word, width))) {
    if (line === undefined) line = word
    else if (line.length + 1 + word.length <= width) line = `${line} ${word}`
    else {
      lines.push(line.trimEnd())
      line = word
    }
  }
  return [...lines, line ?? '']
}

const pieces = (word: string, width: number): string[] =>
  word.length <= width ? [word] : Array.from({ length: Math.ceil(word.length / width) }, (_, i) => word.slice(i * width, (i + 1) * width))
