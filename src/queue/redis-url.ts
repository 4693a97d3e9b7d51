// Reads REDIS_URL: one server, a Sentinel group or a Cluster, with or without TLS.

export type RedisPlace = {
  tls: boolean
  username?: string
  password?: string
} & (
  | { kind: 'single'; host: string; port: number; database: number }
  | { kind: 'sentinel'; nodes: Node[]; master: string; database: number; sentinelPassword?: string }
  | { kind: 'cluster'; nodes: Node[] }
)

interface Node {
  host: string
  port: number
}

const NODES_MAX = 50
const FORM = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/

/**
 * Takes `redis://[user:password@]host[:port][/database]`, `redis+sentinel://[user:password@]host[:port],…/master[/database][?sentinelPassword=…]`
 * or `redis+cluster://[user:password@]host[:port],…`, each also as `rediss` for TLS.
 * @throws Error that says which form is expected; it never repeats the URL, which may hold a password.
 */
export function parseRedisUrl(url: string): RedisPlace {
  const match = FORM.exec(url.trim())
  if (!match) {
    throw wrong(
      'is none of redis://host:6379/0, redis+sentinel://host1,host2/master, redis+cluster://host1,host2 (rediss for TLS; % encode special characters of the password)'
    )
  }
  const [, scheme, group = 'single', credentials, hosts = '', path = '', query = ''] = match
  const place = { tls: scheme === 'rediss', ...parseCredentials(credentials) }
  const nodes = hosts.split(',').map(host => parseNode(host, group === 'sentinel' ? 26_379 : 6_379))
  if (nodes.length > NODES_MAX) throw wrong(`names more than ${NODES_MAX} hosts`)
  const parts = path === '' ? [] : path.split('/')
  const parameters = new URLSearchParams(query)
  for (const name of parameters.keys()) {
    if (group !== 'sentinel' || name !== 'sentinelPassword')
      throw wrong(`has a parameter "${name}" that is not known; only sentinelPassword is, with redis+sentinel`)
  }
  switch (group) {
    case 'cluster':
      if (parts.length > 0) throw wrong('ends in a path: a Cluster has no database number, leave it out')
      return { ...place, kind: 'cluster', nodes }
    case 'sentinel': {
      const master = decode(parts[0] ?? '')
      if (master === '') throw wrong("lacks the master's name: redis+sentinel://host1,host2/NAME, as in `sentinel monitor NAME …`")
      const sentinelPassword = parameters.get('sentinelPassword')
      return {
        ...place,
        kind: 'sentinel',
        nodes,
        master,
        database: parseDatabase(parts.slice(1)),
        ...(sentinelPassword ? { sentinelPassword } : {})
      }
    }
    default: {
      const [node] = nodes
      if (!node || nodes.length > 1) throw wrong('names several hosts: write redis+sentinel://… or redis+cluster://…')
      return { ...place, kind: 'single', ...node, database: parseDatabase(parts) }
    }
  }
}

function parseCredentials(text: string | undefined): { username?: string; password?: string } {
  if (!text) return {}
  const colon = text.indexOf(':')
  if (colon < 0) throw wrong('has a user but no password: write user:password@ or :password@')
  const username = decode(text.slice(0, colon))
  const password = decode(text.slice(colon + 1))
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) }
}

function parseNode(text: string, portDefault: number): Node {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  if (!match || !host) throw wrong('has a host that cannot be read: write host or host:port, IPv6 in brackets, several separated by commas')
  const port = match[3] === undefined ? portDefault : Number(match[3])
  if (port < 1 || port > 65_535) throw wrong('has a port that is not between 1 and 65535')
  return { host, port }
}

function parseDatabase(parts: readonly string[]): number {
  const [text = '0', ...rest] = parts
  if (rest.length > 0 || !/^\d{1,4}$/.test(text || '0')) throw wrong('has a database that is not one number')
  return Number(text)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('has a % that encodes nothing: write % itself as %25')
  }
}

const wrong = (reason: string) => new Error(`REDIS_URL ${reason}`)
