// What the rules and the intake tell a sender, in English, which is also what operators read.
import { nineMonthRules } from '../rules/nine-months.ts'
import { passportRules } from '../rules/passport.ts'
import { workerCharge } from '../rules/worker-charge.ts'

export const en = {
  // Rules of the programme and of the law
  'worker-charge': '{pointer}: this fee may not be charged to the worker ({law}). Let the employer pay it and send the event again.',
  'nie-check': 'The control letter of a NIE is wrong. Read it again from the resolution and send this row again.',
  'birth-date-future':
    'The birth date lies after {day}, when the event takes effect. Read it again from the document and send the event again.',
  'passport-expiry':
    'The passport expires before {day}, the first date allowed for this lodging ({law}). Have it renewed, send document.renewed, then request the visa again.',
  'under-age':
    'On {day}, when the work starts, the worker is not certainly {years} years old (L5). Propose another worker or a later start.',
  'under-age-perhaps':
    'On {day}, when the work starts, the worker is not certainly {years} years old (L5). Day or month of birth are open, so the latest possible date counts: a full birth date may settle it. Propose another worker or a later start.',
  'nine-month-cap': 'The work may not last beyond {day}, nine months after its start ({law}). Shorten the period.',

  // The law, by the id of its rule
  L13: workerCharge.citation,
  'L4-RD557': passportRules.RD557.citation,
  'L4-RD1155': passportRules.RD1155.citation,
  'L2-R1': nineMonthRules.R1.citation,
  'L2-R2': nineMonthRules.R2.citation,
  'L2-R3': nineMonthRules.R3.citation,

  // Whom it is about
  'which-authorization': 'this person has no authorization here, or several: name the employer in authorization.scope.employerCif',
  'person-erased': 'this person’s data was erased: send nothing more about her. Should she come back, register her anew',
  'person-blocked': 'this person’s data is blocked and may not be worked with: ask the operator. Should she come back, register her anew',

  // Who tells it
  'client-gone': 'this client is no longer registered: ask the operator',
  'type-not-granted': 'this client may not tell events of this type: ask the operator',
  'another-agency': 'this client speaks for another agency than the one named in the registration',

  // Who reads a record and changes it
  'change-outdated': 'the record is no longer the version that the change is based on',
  'change-not-there': 'the record is no longer this client’s to see',
  'change-too-late': 'in the state {state} nothing of this is changed any more, or not yet',
  'change-overruled': 'a fact that takes effect later says otherwise: tell the correction as an event, with the time from which it holds',
  'change-not-own': 'this was told by another client, who alone may change it: ask there',
  'identifiers-stay': 'A number that was told stays. Give the whole list: those that you see, and what you add',
  'reads-no-records': 'a client of the role {role} reads no records: ask the operator',
  'reads-no-offers': 'a client of the role {role} reads no offers: ask the operator',
  'cursor-foreign': 'the cursor is not one of this list: begin again without it',

  // What passes by itself
  'intake-full': 'the intake is full; try again in a few seconds',
  'log-behind': 'the evidence log is behind, so nothing is taken in: send it again later',
  'leaf-uncovered': 'the evidence log has not covered this yet: ask again later',
  'database-unreachable': 'The database cannot be reached.',
  'database-lost': 'The connection to the database was lost.',
  'database-restarts': 'The database is starting or stopping.',
  'database-connections': 'The database has no connection left.',
  'database-room': 'The database is out of disk or memory.',
  'database-slow': 'The database took too long and the statement was cancelled.',
  'row-locked': 'A row was locked for too long.',
  'transaction-slow': 'A transaction took too long and was ended.'
} as const
