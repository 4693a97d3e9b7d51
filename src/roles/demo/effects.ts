// What the partners' journals say against the deliveries that we keep: each count is zero when all went well, and a test makes each of them move.
import type { JournalEntry } from '../../../adapters/contract.ts'

/** An entry of a partner's journal: whose, and where in it. */
export interface Effect extends JournalEntry {
  name: string
  order: number
}

/** A delivery as our books have it. */
export interface Sent {
  id: string
  partnerId: string
  laneId: number
  position: number
  state: string
  /** The person, or the offer's subject. */
  aboutId: string
  campaign: number | null
}

/** Numbers the entries of each journal; a journal is in the order in which things happened there. */
export const effectsOf = (journals: ReadonlyMap<string, readonly JournalEntry[]>): Effect[] =>
  [...journals].flatMap(([name, entries]) => entries.map((entry, order) => ({ ...entry, name, order })))

/** The entries in which a partner did what a delivery asked of it. Refusals, its own decisions and receipts of the same once more are no such. */
export const takenOf = (effects: readonly Effect[]): Effect[] =>
  effects.filter(entry => entry.delivery !== '' && tookEffect.has(entry.effect))

const tookEffect = new Set(['requested', 'lodged', 'withdrawn', 'revoked', 'nothing-to-withdraw', 'stored'])

/** Deliveries that our books have as accepted, and that the partner's journal does not hold. */
export const unreceived = (sent: readonly Sent[], taken: readonly Effect[]): number => {
  const there = new Set(taken.map(place))
  return sent.filter(delivery => delivery.state === 'accepted' && !there.has(`${delivery.partnerId} ${delivery.id}`)).length
}

/**
 * Business effects that happened twice, whatever ids they came under: one delivery with two effects, two applications for one person and
 * campaign at any consulate, two requests of one kind for her, the same fact stored twice by one partner.
 */
export const duplicatedOf = (sent: readonly Sent[], taken: readonly Effect[]): number => {
  const deliveries = new Map(sent.map(delivery => [delivery.id, delivery]))
  const known = new Set<string>()
  let twice = 0
  for (const entry of taken) {
    const delivery = deliveries.get(entry.delivery)
    const person = delivery === undefined ? entry.subId : `${delivery.aboutId} ${delivery.campaign}`
    const keys = [place(entry), ...businessKeys(entry, person)]
    if (keys.some(key => known.has(key))) twice += 1
    for (const key of keys) known.add(key)
    // Who withdrew may apply again.
    if (entry.effect === 'withdrawn') known.delete(`lodged ${person}`)
  }
  return twice
}

const businessKeys = ({ name, effect, subId, version, detail }: Effect, person: string): string[] => {
  switch (effect) {
    case 'requested':
      return [`requested ${String(detail?.tipo)} ${person}`]
    case 'lodged':
      return [`lodged ${person}`]
    case 'stored':
      // A record may be corrected many times, each time to another version; any other fact is told once.
      return [`stored ${name} ${subId} ${String(detail?.fact)}${detail?.fact === 'record.corrected' ? ` ${version}` : ''}`]
    default:
      return []
  }
}

/** Effects that stand in the journal after one of the same lane that should have come later. */
export const outOfOrder = (sent: readonly Sent[], taken: readonly Effect[]): number => {
  const deliveries = new Map(sent.map(delivery => [`${delivery.partnerId} ${delivery.id}`, delivery]))
  const reached = new Map<number, number>()
  let wrong = 0
  for (const entry of taken.toSorted((a, b) => a.order - b.order)) {
    const delivery = deliveries.get(place(entry))
    if (delivery === undefined) continue
    const before = reached.get(delivery.laneId) ?? -1
    if (before > delivery.position) wrong += 1
    reached.set(delivery.laneId, Math.max(before, delivery.position))
  }
  return wrong
}

/** What a partner did under a delivery that is not one of its own. */
export const foreignOf = (sent: readonly Sent[], taken: readonly Effect[]): number => {
  const owners = new Map(sent.map(delivery => [delivery.id, delivery.partnerId]))
  return taken.filter(entry => owners.get(entry.delivery) !== entry.name).length
}

/** Applications lodged by ISO week, over all journals. */
export const lodgedByWeek = (taken: readonly Effect[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  const weeks = taken.filter(entry => entry.effect === 'lodged').map(entry => entry.week ?? 'no week')
  for (const week of weeks.sort()) counts[week] = (counts[week] ?? 0) + 1
  return counts
}

/** Places used beyond what the weeks have, and applications that a consulate turned away for want of a place. A week without a quota has none. */
export const overrunsOf = (effects: readonly Effect[], quotas: Readonly<Record<string, number>>): number => {
  const lodged = Object.entries(lodgedByWeek(takenOf(effects)))
  return (
    effects.filter(entry => entry.effect === 'overrun').length +
    lodged.reduce((sum, [week, count]) => sum + Math.max(0, count - (quotas[week] ?? 0)), 0)
  )
}

const place = (entry: { name: string; delivery: string }): string => `${entry.name} ${entry.delivery}`
