// Names of hosts, looked up so that one which nobody answers for takes no more than its share: the system looks up two at a time, for all partners together.

export interface Address {
  address: string
  family: number
}

/** As `node:dns` gives it. */
export type Lookup = (hostname: string, options: { all: true }, done: (error: Error | null, addresses: Address[]) => void) => void

/** Nobody waits longer for a name whose addresses were known lately. */
const patienceMs = 1_000
/** So long the last addresses serve; whoever connects judges them anew. */
const knownForMs = 3_600_000
/** Servers that take so long for a name do not answer: it is left alone for a while, each time twice as long. */
const slowMs = 4_000
const restFirstMs = 15_000
const restMaxMs = 120_000
const namesMax = 1_000

interface Found {
  error: Error | null
  addresses: Address[]
}

interface Name {
  asking: { since: number; answer: Promise<Found> } | null
  known: { found: Found; at: number } | null
  restMs: number
  restsUntil: number
}

/** Each name once at a time, however many ask, and one that nobody answers for less and less often. `nowMs` never runs backwards. */
export const shareLookups = (lookup: Lookup, nowMs: () => number = () => performance.now()): Lookup => {
  const names = new Map<string, Name>()

  const nameOf = (host: string): Name => {
    const name = names.get(host) ?? { asking: null, known: null, restMs: 0, restsUntil: Number.NEGATIVE_INFINITY }
    names.delete(host)
    names.set(host, name)
    if (names.size > namesMax) names.delete(names.keys().next().value as string)
    return name
  }

  const settle = (name: Name, since: number, found: Found): Found => {
    const isSlow = nowMs() - since >= slowMs
    name.asking = null
    name.restMs = isSlow ? Math.min(restMaxMs, Math.max(restFirstMs, name.restMs * 2)) : 0
    name.restsUntil = nowMs() + name.restMs
    if (found.error === null) name.known = { found, at: nowMs() }
    // Whoever answers that there is no such host is believed.
    else if ('code' in found.error && found.error.code === 'ENOTFOUND') name.known = null
    return found
  }

  const ask = (host: string, name: Name): Promise<Found> => {
    if (name.asking !== null) return name.asking.answer
    const since = nowMs()
    const answer = new Promise<Found>(resolve => lookup(host, { all: true }, (error, addresses) => resolve({ error, addresses })))
    name.asking = { since, answer: answer.then(found => settle(name, since, found)) }
    return name.asking.answer
  }

  const find = async (host: string): Promise<Found> => {
    const name = nameOf(host)
    const isSilent = name.asking === null ? nowMs() < name.restsUntil : nowMs() - name.asking.since >= slowMs
    const known = () => (name.known !== null && nowMs() - name.known.at < knownForMs ? name.known.found : null)
    if (isSilent) return known() ?? { error: unanswered(host), addresses: [] }
    const answer = ask(host, name).then(found => (found.error === null ? found : (known() ?? found)))
    return known() === null ? answer : Promise.race([answer, pause(patienceMs, answer).then(() => known() ?? answer)])
  }

  return (host, _options, done) => void find(host).then(({ error, addresses }) => done(error, addresses))
}

/** Ends with `other`, should that come first: no timer is left behind. */
const pause = (ms: number, other: Promise<unknown>): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    other.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })

const unanswered = (host: string): Error => Object.assign(new Error(`nobody answered for ${host} a moment ago`), { code: 'EAI_AGAIN' })
