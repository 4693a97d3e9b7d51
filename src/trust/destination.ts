// Where a request of ours may go when somebody else named the address: public hosts over https at port 443, and what the operator allows by name.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A host or network that the operator allows though it is private, speaks plain http or listens elsewhere. */
export interface Allowance {
  scheme: 'http:' | 'https:'
  /** A host by its name, or a network; one of the two. */
  host: string | null
  network: Network | null
  /** Null: any. */
  port: number | null
}

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Where a connection goes. `host` is a name or a literal address, without brackets. */
export interface Target {
  scheme: string
  host: string
  port: number
}

const defaultPorts: Readonly<Record<string, number>> = { https: 443, http: 80 }

export interface Destinations {
  /** Why this URL may never be asked, judged without a look at DNS; null when it may, as far as its addresses allow it. */
  refuseUrl(url: string): string | null
  /** Why no connection may go to this address for this target; null when it may. */
  refuseAddress(target: Target, address: string): string | null
}

/**
 * Reads one allowance: `[http://|https://]host-or-network[:port|:*]`. Without a scheme https, without a port the scheme's own.
 * @returns null when it cannot be read
 */
export const parseAllowance = (text: string): Allowance | null => {
  const match = /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?:\/(\d{1,3}))?(?::(\d{1,5}|\*))?$/i.exec(text.trim())
  if (match === null) return null
  const [, scheme = 'https', given = '', bits, port] = match
  const host = bare(given).toLowerCase()
  const number = port === undefined ? defaultPorts[scheme.toLowerCase()] : port === '*' ? null : Number(port)
  if (number !== null && (number === undefined || number < 1 || number > 65_535)) return null
  const allowed = { scheme: `${scheme.toLowerCase()}:` as Allowance['scheme'], port: number }
  if (isIP(host) === 0) return bits === undefined && isName(host) ? { ...allowed, host, network: null } : null
  const address = ipaddr.parse(host)
  const most = address.kind() === 'ipv4' ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  return length > most ? null : { ...allowed, host: null, network: [address, length] }
}

/** Plain http to this machine: for the demo and tests, whose partners are here. */
export const loopback: readonly Allowance[] = ['http://127.0.0.0/8:*', 'http://[::1]:*', 'http://localhost:*'].flatMap(
  text => parseAllowance(text) ?? []
)

/** The rule for all destinations. With no allowance it is the strict one. */
export const openDestinations = (allowances: readonly Allowance[]): Destinations => {
  const fitting = ({ scheme, port }: Target) => allowances.filter(a => a.scheme === scheme && (a.port === null || a.port === port))
  const refuseAddress = (target: Target, address: string): string | null => {
    if (isIP(address) === 0) return 'its host has no address'
    const parsed = ipaddr.process(address)
    if (fitting(target).some(a => a.host === target.host || (a.network !== null && isWithin(parsed, a.network)))) return null
    if (isUsual(target) && isPublic(parsed)) return null
    return isUsual(target) ? 'its host is not at a public address' : unusual(target)
  }
  return {
    refuseAddress,
    refuseUrl: text => {
      const url = URL.canParse(text) ? new URL(text) : null
      if (url === null) return 'it is not a URL'
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'its scheme must be https'
      if (url.username !== '' || url.password !== '') return 'it must not hold a user name or a password'
      if (url.hash !== '') return 'it must not have a fragment'
      const target = targetOf(url)
      if (isIP(target.host) > 0) return refuseAddress(target, target.host)
      const allowed = fitting(target)
      if (allowed.some(a => a.host === target.host)) return null
      if (!isUsual(target) && allowed.every(a => a.network === null)) return unusual(target)
      return isPublicName(target.host) ? null : 'its host must be a public one, with its whole name and no trailing dot'
    }
  }
}

/** Scheme, host and port that a URL leads to. */
export const targetOf = ({ protocol, hostname, port }: URL): Target => ({
  scheme: protocol,
  host: bare(hostname),
  port: port === '' ? (defaultPorts[protocol.slice(0, -1)] ?? 0) : Number(port)
})

function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

const isUsual = ({ scheme, port }: Target): boolean => scheme === 'https:' && port === 443

const unusual = ({ scheme }: Target): string => (scheme === 'https:' ? 'its port must be 443' : 'its scheme must be https')

/** Global unicast of today's internet. In version 6 that is 2000::/3: all else translates, tunnels or stays at home. */
const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || isWithin(address, globalUnicast))

const globalUnicast: Network = [ipaddr.parse('2000::'), 3]

const isWithin = (address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match(network as never, bits)

function isName(host: string): boolean {
  return host.length <= 253 && host.split('.').every(label => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
}

const isPublicName = (host: string): boolean =>
  isName(host) && host.includes('.') && !/\.(?:localhost|local|internal|home\.arpa|onion)$/.test(host)
