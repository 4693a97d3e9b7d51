// The life of a placement: one worker, one activity year, from registration or call-back to the verified return.
import type { LifecycleTable } from './table.ts'

export const placementStates = [
  'REGISTERED',
  'PRESELECTED',
  'DISCARDED',
  'WITHDRAWN',
  'SELECTED',
  'RESERVE',
  'REJECTED',
  'ABSENT',
  'CLOSED',
  'CONTRACT_SIGNED',
  'COMMITMENT_SIGNED',
  'COMMITTED',
  'AUTH_REQUESTED',
  'DEFERRED',
  'AUTH_GRANTED',
  'AUTH_REFUSED',
  'AUTH_INADMISSIBLE',
  'AUTH_ARCHIVED',
  'AUTH_REVOKED',
  'LAPSED',
  'VISA_LODGED',
  'VISA_ISSUED',
  'VISA_REFUSED',
  'VISA_WITHDRAWN',
  'VISA_RENOUNCED',
  'VISA_REVOKED',
  'VISA_ANNULLED',
  'CALLBACK_FILED',
  'CALLBACK_APPROVED',
  'CALLBACK_REFUSED',
  'DOCS_AT_TANGIER',
  'SUMMONED',
  'PRESENT',
  'NO_SHOW',
  'RESCHEDULED',
  'BOARDED',
  'OFFLOADED',
  'SAILING_TURNED_BACK',
  'ENTERED',
  'ENTRY_REFUSED',
  'ALTA_OVERDUE',
  'AUTH_EXTINCTION_RISK',
  'WORKING',
  'EXTENDED',
  'TRANSFERRED',
  'SUSPENDED',
  'ABANDONED',
  'ENDED',
  'RETURNING',
  'OVERSTAY_RISK',
  'OVERSTAY_JUSTIFIED',
  'RETURN_DECLARED',
  'RETURN_LATE',
  'RETURN_VERIFIED',
  'NOT_RETURNED',
  'ELIGIBLE_NEXT',
  'DECEASED'
] as const

export type PlacementState = (typeof placementStates)[number]

/** ABANDONED and LAPSED have one way back each: the review of the report, and a new request after a deadline that passed because of us. */
export const terminalPlacementStates = [
  'DISCARDED',
  'WITHDRAWN',
  'REJECTED',
  'ABSENT',
  'CLOSED',
  'AUTH_REFUSED',
  'AUTH_INADMISSIBLE',
  'AUTH_ARCHIVED',
  'AUTH_REVOKED',
  'LAPSED',
  'VISA_REFUSED',
  'VISA_RENOUNCED',
  'VISA_REVOKED',
  'VISA_ANNULLED',
  'CALLBACK_REFUSED',
  'ABANDONED',
  'NOT_RETURNED',
  'ELIGIBLE_NEXT',
  'DECEASED'
] as const satisfies readonly PlacementState[]

const selecting = ['REGISTERED', 'PRESELECTED', 'RESERVE'] as const
const signing = ['SELECTED', 'CONTRACT_SIGNED', 'COMMITMENT_SIGNED', 'COMMITTED'] as const
const asking = ['AUTH_REQUESTED', 'DEFERRED'] as const
const granted = ['AUTH_GRANTED', 'VISA_LODGED', 'VISA_WITHDRAWN'] as const
const calling = ['CALLBACK_FILED', 'CALLBACK_APPROVED'] as const
/** With papers in hand, on this side of the water. */
const leaving = ['SUMMONED', 'PRESENT', 'NO_SHOW', 'RESCHEDULED', 'OFFLOADED', 'SAILING_TURNED_BACK', 'ENTRY_REFUSED'] as const
const visaInHand = ['VISA_ISSUED', 'DOCS_AT_TANGIER'] as const
const beforeSailing = [...selecting, ...signing, ...asking, ...granted, ...visaInHand, ...calling, ...leaving] as const
const beforeAlta = ['ENTERED', 'ALTA_OVERDUE', 'AUTH_EXTINCTION_RISK'] as const
/** An extended stay is a working one: EXTENDED is left by the same events as WORKING. */
const atWork = ['WORKING', 'EXTENDED'] as const
const employed = [...atWork, 'TRANSFERRED', 'SUSPENDED'] as const
const inSpain = [...beforeAlta, ...employed] as const
const returning = [
  'ENDED',
  'RETURNING',
  'OVERSTAY_RISK',
  'OVERSTAY_JUSTIFIED',
  'RETURN_DECLARED',
  'RETURN_LATE',
  'RETURN_VERIFIED'
] as const
const home = ['RETURN_VERIFIED', 'ELIGIBLE_NEXT'] as const
const open = [...beforeSailing, 'BOARDED', ...inSpain, ...returning] as const
const alive = placementStates.filter(state => state !== 'DECEASED')

/** The visa is what falls with the authorization; a repeater has none, so for her the authorization itself is what is lost. */
const revoked = { ifRecordHas: 'callback', to: 'AUTH_REVOKED', otherwise: 'VISA_REVOKED' } as const

/**
 * SELECTED needs two signatures in any order: CONTRACT_SIGNED and COMMITMENT_SIGNED are states, not facts, so the table alone says what is
 * missing. A second selection of somebody already selected has no row on purpose: it must not overwrite the first (the first acta wins).
 */
export const placementTable: LifecycleTable<PlacementState> = {
  states: placementStates,
  terminal: terminalPlacementStates,
  entries: [
    ['candidate.registered', 'REGISTERED'],
    ['callback.filed', 'CALLBACK_FILED']
  ],
  moves: [
    // Selection
    [['REGISTERED'], 'candidate.preselected', 'PRESELECTED'],
    [['REGISTERED', 'PRESELECTED'], 'candidate.discarded', 'DISCARDED'],
    [['REGISTERED', 'PRESELECTED'], 'callback.filed', 'CALLBACK_FILED'],
    [['PRESELECTED', 'RESERVE'], 'candidate.selected', 'SELECTED'],
    [['PRESELECTED'], 'candidate.reserved', 'RESERVE'],
    [['PRESELECTED', 'RESERVE'], 'candidate.rejected', 'REJECTED'],
    [['PRESELECTED', 'RESERVE'], 'candidate.absent', 'ABSENT'],
    [['RESERVE'], 'reserve.called', 'SELECTED'],
    [['SELECTED'], 'contract.signed', 'CONTRACT_SIGNED'],
    [['SELECTED'], 'commitment.signed', 'COMMITMENT_SIGNED'],
    [['CONTRACT_SIGNED'], 'commitment.signed', 'COMMITTED'],
    [['COMMITMENT_SIGNED'], 'contract.signed', 'COMMITTED'],
    [beforeSailing, 'candidate.withdrew', 'WITHDRAWN'],
    [beforeSailing, 'campaign.closed', 'CLOSED'],

    // Authorization
    [['COMMITTED', 'LAPSED'], 'authorization.requested', 'AUTH_REQUESTED'],
    [['AUTH_REQUESTED'], 'authorization.defective', 'DEFERRED'],
    [['DEFERRED'], 'authorization.mended', 'AUTH_REQUESTED'],
    [asking, 'authorization.granted', 'AUTH_GRANTED'],
    [asking, 'authorization.refused', 'AUTH_REFUSED'],
    [asking, 'authorization.inadmissible', 'AUTH_INADMISSIBLE'],
    [asking, 'authorization.archived', 'AUTH_ARCHIVED'],
    [[...granted, ...calling], 'authorization.extinguished', 'AUTH_REVOKED'],
    [[...visaInHand, ...leaving], 'authorization.extinguished', revoked],
    // In Spain the right to work ends and the return is due; she is not "revoked" back home.
    [inSpain, 'authorization.extinguished', 'ENDED'],

    // Visa
    [['AUTH_GRANTED', 'VISA_WITHDRAWN'], 'visa.lodged', 'VISA_LODGED'],
    [['AUTH_GRANTED', 'VISA_WITHDRAWN'], 'visa.lapsed', 'LAPSED'],
    [['VISA_LODGED'], 'visa.issued', 'VISA_ISSUED'],
    [['VISA_LODGED'], 'visa.refused', 'VISA_REFUSED'],
    [['VISA_LODGED'], 'visa.withdrawn', 'VISA_WITHDRAWN'],
    [['VISA_ISSUED'], 'visa.renounced', 'VISA_RENOUNCED'],
    [[...visaInHand, ...leaving], 'visa.revoked', 'VISA_REVOKED'],
    [[...visaInHand, ...leaving], 'visa.annulled', 'VISA_ANNULLED'],

    // Call-back of a repeater: no visa
    [['CALLBACK_FILED'], 'callback.approved', 'CALLBACK_APPROVED'],
    [['CALLBACK_FILED'], 'callback.refused', 'CALLBACK_REFUSED'],

    // Journey
    [['VISA_ISSUED'], 'documents.received', 'DOCS_AT_TANGIER'],
    [
      ['DOCS_AT_TANGIER', 'CALLBACK_APPROVED', 'NO_SHOW', 'RESCHEDULED', 'OFFLOADED', 'SAILING_TURNED_BACK', 'ENTRY_REFUSED'],
      'summons.sent',
      'SUMMONED'
    ],
    // Who still stands at the port takes the next sailing without a second summons.
    [['SUMMONED', 'RESCHEDULED', 'SAILING_TURNED_BACK'], 'port.checked-in', 'PRESENT'],
    [['SUMMONED', 'PRESENT'], 'boarding.missed', 'NO_SHOW'],
    [['SUMMONED', 'PRESENT', 'BOARDED'], 'sailing.cancelled', 'RESCHEDULED'],
    [['PRESENT'], 'boarding.scanned', 'BOARDED'],
    [['PRESENT', 'BOARDED'], 'boarding.refused', 'OFFLOADED'],
    [['BOARDED'], 'sailing.turned-back', 'SAILING_TURNED_BACK'],
    [['BOARDED'], 'border.admitted', 'ENTERED'],
    [['BOARDED'], 'border.refused', 'ENTRY_REFUSED'],

    // Stay. An alta after ENDED begins a concatenated call, after TRANSFERRED the work for the new employer.
    [[...beforeAlta, 'TRANSFERRED', 'ENDED'], 'alta.registered', 'WORKING'],
    [['ENTERED'], 'alta.overdue', 'ALTA_OVERDUE'],
    [['ALTA_OVERDUE'], 'extinction.risked', 'AUTH_EXTINCTION_RISK'],
    [['WORKING'], 'stay.extended', 'EXTENDED'],
    [[...beforeAlta, ...atWork, 'SUSPENDED', 'ENDED'], 'employer.changed', 'TRANSFERRED'],
    [atWork, 'work.suspended', 'SUSPENDED'],
    [['SUSPENDED'], 'work.resumed', 'WORKING'],
    [inSpain, 'work.abandoned', 'ABANDONED'],
    // The review closes the accusation, not the year: the activity is over and the return is looked at like any other.
    [['ABANDONED'], 'abandonment.reviewed', 'ENDED'],
    [[...atWork, 'SUSPENDED'], 'baja.registered', 'ENDED'],

    // Return
    [[...beforeAlta, 'SUSPENDED', 'ENDED', 'OVERSTAY_RISK', 'OVERSTAY_JUSTIFIED'], 'return.boarded', 'RETURNING'],
    [['ENDED', 'OVERSTAY_JUSTIFIED'], 'return.overdue', 'OVERSTAY_RISK'],
    [['ENDED', 'OVERSTAY_RISK'], 'return.justified', 'OVERSTAY_JUSTIFIED'],
    [['ENDED', 'RETURNING', 'OVERSTAY_RISK', 'OVERSTAY_JUSTIFIED'], 'return.declared', 'RETURN_DECLARED'],
    [['ENDED', 'RETURNING', 'OVERSTAY_RISK', 'OVERSTAY_JUSTIFIED', 'RETURN_DECLARED', 'RETURN_LATE'], 'return.verified', 'RETURN_VERIFIED'],
    [['RETURNING', 'OVERSTAY_RISK', 'RETURN_DECLARED'], 'return.late', 'RETURN_LATE'],
    [['OVERSTAY_RISK', 'RETURN_DECLARED', 'RETURN_LATE'], 'return.missing', 'NOT_RETURNED'],
    // A person may clear a late return: late never bars by itself.
    [['RETURN_VERIFIED', 'RETURN_LATE'], 'eligibility.confirmed', 'ELIGIBLE_NEXT'],

    [alive, 'worker.died', 'DECEASED']
  ],
  stays: [
    // Facts about the person, and the notice of a correction, hold in every state.
    [placementStates, 'document.renewed'],
    [placementStates, 'person.corrected'],
    [placementStates, 'record.corrected'],
    [['DECEASED'], 'worker.died'],

    // The same fact told again, or a later edition of a paper that was already in the file.
    [open, 'candidate.registered'],
    [['PRESELECTED'], 'candidate.preselected'],
    [['DISCARDED'], 'candidate.discarded'],
    [['WITHDRAWN'], 'candidate.withdrew'],
    [['RESERVE'], 'candidate.reserved'],
    [['REJECTED'], 'candidate.rejected'],
    [['ABSENT'], 'candidate.absent'],
    [
      ['CONTRACT_SIGNED', 'COMMITTED', ...asking, ...granted, ...visaInHand, ...calling, ...leaving, 'BOARDED', ...inSpain],
      'contract.signed'
    ],
    [
      ['COMMITMENT_SIGNED', 'COMMITTED', ...asking, ...granted, ...visaInHand, ...calling, ...leaving, 'BOARDED', ...inSpain],
      'commitment.signed'
    ],
    [['BOARDED', ...inSpain, ...returning], 'campaign.closed'],
    [['CLOSED'], 'campaign.closed'],

    [['AUTH_REQUESTED'], 'authorization.requested'],
    [['DEFERRED'], 'authorization.defective'],
    [[...granted, ...visaInHand], 'authorization.granted'],
    [['AUTH_REFUSED'], 'authorization.refused'],
    [['AUTH_INADMISSIBLE'], 'authorization.inadmissible'],
    [['AUTH_ARCHIVED'], 'authorization.archived'],
    [['AUTH_REVOKED', 'VISA_REVOKED', 'BOARDED', 'ABANDONED', ...returning], 'authorization.extinguished'],

    // The application is prepared while the grant stands; only lodging moves the state.
    [[...granted, 'VISA_ISSUED'], 'visa.requested'],
    [['VISA_LODGED'], 'visa.lodged'],
    [['VISA_ISSUED', 'DOCS_AT_TANGIER'], 'visa.issued'],
    [['VISA_REFUSED'], 'visa.refused'],
    [['VISA_WITHDRAWN'], 'visa.withdrawn'],
    [['VISA_RENOUNCED'], 'visa.renounced'],
    [['VISA_REVOKED'], 'visa.revoked'],
    [['VISA_ANNULLED'], 'visa.annulled'],
    [['LAPSED'], 'visa.lapsed'],

    [['CALLBACK_FILED'], 'callback.filed'],
    [['CALLBACK_APPROVED'], 'callback.approved'],
    [['CALLBACK_REFUSED'], 'callback.refused'],

    [['DOCS_AT_TANGIER', 'CALLBACK_APPROVED', ...leaving], 'documents.received'],
    [['SUMMONED'], 'summons.sent'],
    [['PRESENT'], 'port.checked-in'],
    [['NO_SHOW'], 'boarding.missed'],
    [['NO_SHOW', 'RESCHEDULED'], 'sailing.cancelled'],
    [['BOARDED'], 'boarding.scanned'],
    [['OFFLOADED'], 'boarding.refused'],
    [['SAILING_TURNED_BACK'], 'sailing.turned-back'],
    [['ENTERED'], 'border.admitted'],
    [['ENTRY_REFUSED'], 'border.refused'],

    [atWork, 'alta.registered'],
    [['ALTA_OVERDUE'], 'alta.overdue'],
    [['AUTH_EXTINCTION_RISK'], 'extinction.risked'],
    [['EXTENDED', 'SUSPENDED', 'TRANSFERRED'], 'stay.extended'],
    [['TRANSFERRED'], 'employer.changed'],
    [['SUSPENDED'], 'work.suspended'],
    [['ABANDONED'], 'work.abandoned'],
    // The old employer's baja may be told after the change; the one after an abandonment only tidies up.
    [['TRANSFERRED', 'ABANDONED', ...returning], 'baja.registered'],

    [['RETURNING', 'RETURN_DECLARED', 'RETURN_LATE', ...home], 'return.boarded'],
    [['OVERSTAY_RISK'], 'return.overdue'],
    [['OVERSTAY_JUSTIFIED', 'RETURNING', 'RETURN_DECLARED', 'RETURN_LATE', 'RETURN_VERIFIED'], 'return.justified'],
    [['RETURN_DECLARED', 'RETURN_LATE'], 'return.declared'],
    [home, 'return.verified'],
    [['RETURN_LATE'], 'return.late'],
    [['NOT_RETURNED'], 'return.missing'],
    [['ELIGIBLE_NEXT'], 'eligibility.confirmed']
  ],
  overtaken: [
    [[...signing, 'RESERVE', ...asking, ...granted, ...visaInHand, ...calling], 'candidate.preselected'],
    [terminalPlacementStates.filter(state => state !== 'CLOSED'), 'campaign.closed'],
    [['VISA_LODGED', ...visaInHand], 'visa.lapsed'],
    [['DOCS_AT_TANGIER', ...leaving, 'BOARDED'], 'visa.renounced'],
    [['BOARDED', 'ENTERED'], 'boarding.missed'],
    [[...employed, ...returning], 'alta.overdue'],
    [['ENTERED', ...employed, ...returning], 'extinction.risked'],
    [[...employed, 'RETURNING', 'RETURN_DECLARED', 'RETURN_LATE', ...home], 'return.overdue'],
    [[...home, 'OVERSTAY_JUSTIFIED'], 'return.late'],
    [[...home, 'OVERSTAY_JUSTIFIED'], 'return.missing'],
    [home, 'return.declared']
  ],
  order: [
    'candidate.registered',
    'callback.filed',
    'candidate.preselected',
    'candidate.discarded',
    'candidate.reserved',
    'candidate.rejected',
    'candidate.absent',
    'candidate.selected',
    'reserve.called',
    'contract.signed',
    'commitment.signed',
    'authorization.requested',
    'authorization.defective',
    'authorization.mended',
    'authorization.granted',
    'authorization.refused',
    'authorization.inadmissible',
    'authorization.archived',
    'callback.approved',
    'callback.refused',
    'visa.requested',
    'visa.lodged',
    'visa.withdrawn',
    'visa.issued',
    'visa.refused',
    'visa.lapsed',
    'visa.renounced',
    'documents.received',
    'summons.sent',
    'port.checked-in',
    'boarding.missed',
    'boarding.scanned',
    'boarding.refused',
    'sailing.cancelled',
    'sailing.turned-back',
    'border.admitted',
    'border.refused',
    'alta.overdue',
    'extinction.risked',
    // On the day of a transfer the old employer's baja stands between the change and the new alta. (On a one-day call the baja simply waits for its alta.)
    'employer.changed',
    'baja.registered',
    'alta.registered',
    'stay.extended',
    'work.suspended',
    'work.resumed',
    'work.abandoned',
    'abandonment.reviewed',
    'authorization.extinguished',
    'visa.revoked',
    'visa.annulled',
    'return.overdue',
    'return.justified',
    'return.boarded',
    'return.declared',
    'return.late',
    'return.missing',
    'return.verified',
    'eligibility.confirmed',
    // Facts about the person come after the day's steps, and what ends everything comes last.
    'document.renewed',
    'person.corrected',
    'record.corrected',
    'candidate.withdrew',
    'campaign.closed',
    'worker.died'
  ]
}
