// What becomes of an application at the double of a consulate, when, and how it is told.
import { createHash } from 'node:crypto'
import type { Application, Office, OfficeSettings } from './sandbox-office.ts'
import type { components } from './wire.d.ts'

type Wire = components['schemas']

/** What will become of an application and when, settled by the seed, the passport and the file alone: the same in every run. */
export const fate = (
  { seed, refusalShare, noShowShare, decisionDays, noShowDays }: OfficeSettings,
  { passport, fileNumber }: Application
) => {
  const share = createHash('sha256').update(`${seed} ${passport} ${fileNumber}`).digest().readUInt32BE(0) / 2 ** 32
  if (share < refusalShare) return { outcome: 'REFUSED', days: decisionDays } as const
  return share < refusalShare + noShowShare
    ? ({ outcome: 'WITHDRAWN', days: noShowDays } as const)
    : ({ outcome: 'ISSUED', days: decisionDays } as const)
}

/** Takes the applications whose waiting time, divided by `speed`, is over at `now` (wall milliseconds): `max` of each waiting time at most. */
export const takeDue = (
  office: Office,
  now: number,
  speed: number,
  max: number
): { application: Application; decision: Wire['Decision'] }[] =>
  [...office.waiting].flatMap(([days, queue]) => {
    const early = queue.findIndex(({ storedAt }) => storedAt + (days * dayMs) / speed > now)
    return queue
      .splice(0, Math.min(max, early < 0 ? queue.length : early))
      .filter(({ outcome }) => outcome === 'LODGED')
      .map(application => ({
        application,
        decision: decide(application, fate(office.settings, application).outcome, new Date(Date.parse(application.filedAt) + days * dayMs))
      }))
  })

const dayMs = 86_400_000
const visaDays = 270

/** The decision as it is told to the gateway. */
export const decide = (application: Application, outcome: Wire['Outcome'], at: Date): Wire['Decision'] => ({
  key: `${application.applicationNumber}-${outcome}`,
  reference: application.reference,
  applicationNumber: application.applicationNumber,
  outcome,
  at: at.toISOString(),
  ...(outcome === 'ISSUED' && { visa: visaOf(application, at) }),
  ...(outcome === 'REFUSED' && { refusalReason: 'REQUIREMENTS-NOT-MET', copyToAuthority: true })
})

const visaOf = ({ applicationNumber, activityStart, activityEnd }: Application, at: Date): Wire['Visa'] => {
  const today = at.toISOString().slice(0, 10)
  const validFrom = activityStart !== undefined && activityStart > today ? activityStart : today
  const validTo =
    activityEnd !== undefined && activityEnd > validFrom
      ? activityEnd
      : new Date(Date.parse(validFrom) + visaDays * dayMs).toISOString().slice(0, 10)
  const durationDays = Math.min(366, Math.round((Date.parse(validTo) - Date.parse(validFrom)) / dayMs) + 1)
  return {
    stickerNumber: toSticker(applicationNumber),
    type: 'D',
    validFrom,
    validTo,
    entries: 'MULT',
    durationDays
  }
}

/** TAN-2026-000017 gives TAN26000017: no two consulates print the same. */
const toSticker = (applicationNumber: string) => applicationNumber.replace('-20', '').replaceAll('-', '')
