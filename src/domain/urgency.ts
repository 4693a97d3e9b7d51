// Whom what waits for a person harms first: the order in which an operator should read it.

/** Kind and state of what waits, the most urgent row first; what is not named here comes last. */
const turns: readonly (readonly string[])[] = [
  // Messages about people stand still, and with them what waits behind.
  ['delivery.unknown', 'delivery.dead', 'delivery.parked', 'delivery.held', 'case.refused', 'case.held', 'person.held'],
  // A term that somebody relies on has passed.
  ['ticket.overdue', 'request.overdue', 'task.overdue'],
  // Something that was told counts for nothing yet, or contradicts what is known.
  ['quarantine.open', 'case.open']
]

export interface Urgent {
  kind: string
  state: string
  count: number
  /** Deliveries that wait behind these. */
  behind: number
  oldestSeconds: number
}

/** Compares: what is in an earlier turn, then what concerns more, then what has waited longer comes first. */
export const byUrgency = (a: Urgent, b: Urgent): number =>
  turnOf(a) - turnOf(b) || b.count + b.behind - (a.count + a.behind) || b.oldestSeconds - a.oldestSeconds

const turnOf = ({ kind, state }: Urgent): number => {
  const turn = turns.findIndex(named => named.includes(`${kind}.${state}`))
  return turn === -1 ? turns.length : turn
}
