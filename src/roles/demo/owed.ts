// Who had to be told what, worked out again from the subscriptions and the folded records: nothing here asks what the gateway decided.

export interface Fact {
  eventId: string
  type: string
  /** Clear columns of the record that the fact is part of. */
  employer: string | null
  agency: string | null
  consulate: string | null
  offer: string | null
  /** Whether it is part of the folded record; what was replaced, or waits for a person, is owed to nobody. */
  counts: boolean
  /** The fact that this one corrects: who was told that one is told of a correction, which is another event. */
  corrects: string | null
}

export interface Covering {
  partnerId: string
  eventType: string
  employer: string | null
  agency: string | null
  consulate: string | null
  offer: string | null
}

export interface Owing {
  partnerId: string
  eventId: string
  /** What is superseded never leaves, so it tells nobody anything. */
  state: string
}

/** Facts that count, that a subscription covers, and of which its partner was never owed a delivery: one for each partner that was left out. */
export const neverOwed = (facts: readonly Fact[], subscriptions: readonly Covering[], deliveries: readonly Owing[]): number => {
  const owing = new Set(deliveries.filter(({ state }) => state !== 'superseded').map(({ partnerId, eventId }) => `${partnerId} ${eventId}`))
  const corrects = new Map(facts.map(({ eventId, corrects }) => [eventId, corrects]))
  const wasTold = (partnerId: string, eventId: string) => tellings(corrects, eventId).some(id => owing.has(`${partnerId} ${id}`))
  const byType = Map.groupBy(subscriptions, ({ eventType }) => eventType)
  return facts
    .filter(({ counts }) => counts)
    .reduce((missing, fact) => {
      const partners = new Set((byType.get(fact.type) ?? []).filter(one => covers(one, fact)).map(({ partnerId }) => partnerId))
      return missing + [...partners].filter(partnerId => !wasTold(partnerId, fact.eventId)).length
    }, 0)
}

/** Deliveries to partners none of whose subscriptions covers the fact. */
export const neverAsked = (facts: readonly Fact[], subscriptions: readonly Covering[], deliveries: readonly Owing[]): number => {
  const known = new Map(facts.map(fact => [fact.eventId, fact]))
  const byPartner = Map.groupBy(subscriptions, ({ partnerId }) => partnerId)
  return deliveries.filter(({ partnerId, eventId }) => {
    const fact = known.get(eventId)
    return fact !== undefined && !(byPartner.get(partnerId) ?? []).some(one => one.eventType === fact.type && covers(one, fact))
  }).length
}

/** A subscription that names no value for a column takes all. */
const covers = (subscription: Covering, fact: Fact): boolean =>
  (['employer', 'agency', 'consulate', 'offer'] as const).every(
    column => subscription[column] === null || subscription[column] === fact[column]
  )

/** The event and what it corrects, back to the first telling; at most as many steps as there are events. */
const tellings = (corrects: ReadonlyMap<string, string | null>, eventId: string): string[] => {
  const ids = [eventId]
  for (let earlier = corrects.get(eventId); earlier != null && ids.length <= corrects.size; earlier = corrects.get(earlier))
    ids.push(earlier)
  return ids
}
