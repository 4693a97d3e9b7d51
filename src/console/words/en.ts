// The status page in English.
import type { Words } from '../words.ts'

export const en: Words = {
  language: 'English',
  title: 'How the gateway stands',
  states: {
    well: 'All is well',
    waits: 'Something waits for you',
    stuck: 'Deliveries are stuck',
    closed: 'Nothing is taken in: the evidence log is behind'
  },
  asOf: 'As of',
  campaignTime: 'campaign time',
  tiles: {
    waiting: 'Waiting for a person',
    due: 'To be sent',
    oldest: 'Oldest due delivery',
    unread: 'Messages not yet read',
    settled: 'Deliveries done',
    ledger: 'Evidence log (lines)',
    ledgerBehind: 'behind by'
  },
  nothingDue: 'none',
  needsYou: 'What waits for you',
  needsYouOrder: 'What holds workers up comes first, then what is past its term, then the rest; the most numerous first.',
  nothingNeedsYou: 'Nothing waits for a decision.',
  since: 'for',
  mustAct: 'Must act:',
  who: { source: 'the source of the fact', partner: 'the partner', agencies: 'the agencies', operator: 'you' },
  behind: 'Blocked behind:',
  waitingWhat: {
    'delivery.parked': {
      what: 'Deliveries that cannot be written',
      toDo: 'A field is missing or does not fit: have it mended at the source, then send again.'
    },
    'delivery.dead': { what: 'Deliveries given up after every try', toDo: 'Find out with the partner, then send again.' },
    'delivery.held': { what: 'Deliveries held back', toDo: 'Look why, then send again or discard.' },
    'delivery.unknown': { what: 'Deliveries without an answer', toDo: 'Ask the partner whether it has them, then note what it says.' },
    'quarantine.open': {
      what: 'Rows received that are unclear or contradict',
      toDo: 'Read the reason, have it mended, then apply or discard.'
    },
    'case.open': { what: 'Cases to look at', toDo: 'Look at the file, then settle the case.' },
    'case.held': { what: 'Cases that hold a person', toDo: 'Check the identity with the agencies, then release.' },
    'case.refused': {
      what: 'Events that their receiver refused',
      toDo: 'Read why, mend it with the receiver, then send again; settle what need not go any more.'
    },
    'person.held': { what: 'People held', toDo: 'Check the reason, then release.' },
    'ticket.overdue': {
      what: 'Promised answers, past their deadline',
      toDo: 'Remind the partner; where they came by another way, settle it.'
    },
    'ticket.nearing': { what: 'Promised answers, deadline near', toDo: 'Remind the partner that they are waited for.' },
    'request.open': { what: 'Requests under data protection law', toDo: 'Answer the person within the term, then note the answer.' },
    'request.overdue': { what: 'Requests past their legal term', toDo: 'Answer at once: the legal term is over.' },
    'task.open': { what: 'Partners to be told of a request', toDo: 'Tell the partner, then note its answer.' },
    'task.overdue': { what: 'Partners not told in time', toDo: 'Tell them at once.' }
  },
  moreWaits: 'And others, not shown here:',
  places: 'Visa places',
  placesOf: 'places taken of',
  week: 'Week',
  free: 'Free:',
  queued: 'Files queued:',
  lastPlace: 'Last place expected: week of',
  notQueued: 'No file is queued.',
  noForecast: 'No week ahead has places.',
  partners: 'Partners',
  partner: 'Partner',
  status: 'Status',
  owed: 'Under way',
  lanes: 'Lanes',
  lanesOpen: 'open',
  lanesBlocked: 'blocked',
  sent: 'Accepted',
  refused: 'Refused',
  oldestDue: 'Oldest due',
  pulls: 'fetches',
  failing: 'failing',
  statuses: { active: 'active', paused: 'paused', disabled: 'disabled' },
  queues: 'Queues',
  queue: 'Queue',
  queueNames: { inbox: 'Messages received', partners: 'Deliveries by the adapter' },
  streamOf: 'Stream of',
  jobsWaiting: 'Waiting',
  jobsDelayed: 'Delayed',
  jobsActive: 'Running',
  queuesAway: 'The queue does not answer; deliveries go on by themselves when it does.',
  noPartners: 'No partner is configured.',
  refreshes: 'This page renews itself.',
  enter: {
    title: 'For operators',
    explain: 'This page asks for the token that STATUS_TOKEN sets.',
    label: 'Token',
    button: 'Enter',
    wrong: 'That is not the token.'
  }
}
