// Every word of the status page, in its four languages. The type makes a word that one language lacks an error.
import type { Who } from '../flow/attend.ts'
import type { Language } from './language.ts'
import { ar } from './words/ar.ts'
import { en } from './words/en.ts'
import { es } from './words/es.ts'
import { fr } from './words/fr.ts'

export interface Words {
  language: string
  title: string
  states: { well: string; waits: string; stuck: string; closed: string }
  asOf: string
  campaignTime: string
  tiles: { waiting: string; due: string; oldest: string; unread: string; settled: string; ledger: string; ledgerBehind: string }
  nothingDue: string
  needsYou: string
  /** In which order what needs a person stands. */
  needsYouOrder: string
  nothingNeedsYou: string
  since: string
  mustAct: string
  who: Readonly<Record<Who, string>>
  behind: string
  waitingWhat: Readonly<Record<WaitingName, { what: string; toDo: string }>>
  /** Before how many more wait than the page shows. */
  moreWaits: string
  places: string
  placesOf: string
  week: string
  free: string
  queued: string
  lastPlace: string
  notQueued: string
  noForecast: string
  partners: string
  partner: string
  status: string
  owed: string
  lanes: string
  lanesOpen: string
  lanesBlocked: string
  sent: string
  refused: string
  oldestDue: string
  pulls: string
  /** Before how many deliveries fail again and again. */
  failing: string
  statuses: { active: string; paused: string; disabled: string }
  queues: string
  queue: string
  /** Before the name of an adapter, that of its queue. */
  queueNames: { inbox: string; partners: string }
  /** Before the client whose stream it is. */
  streamOf: string
  jobsWaiting: string
  jobsDelayed: string
  jobsActive: string
  queuesAway: string
  noPartners: string
  refreshes: string
  enter: { title: string; explain: string; label: string; button: string; wrong: string }
}

export type WaitingName =
  | 'delivery.parked'
  | 'delivery.dead'
  | 'delivery.held'
  | 'delivery.unknown'
  | 'quarantine.open'
  | 'case.open'
  | 'case.held'
  | 'case.refused'
  | 'person.held'
  | 'ticket.overdue'
  | 'ticket.nearing'
  | 'request.open'
  | 'request.overdue'
  | 'task.open'
  | 'task.overdue'

export const words: Readonly<Record<Language, Words>> = { fr, ar, es, en }
