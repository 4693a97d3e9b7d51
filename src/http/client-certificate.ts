// Certificates of clients, as the proxy that ends TLS hands them on (RFC 8705 behind a proxy, RFC 9440). Believed from that proxy alone.
import { BlockList, isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { boundedCache } from '../trust/bounded-cache.ts'
import { certificateThumbprint } from '../trust/client-certificate.ts'

export interface CertificateSource {
  /** The header's name, in lower case. */
  header: string
  /** Addresses and networks (CIDR) of the proxies. */
  proxies: readonly string[]
}

/** The SHA-256 of the certificate that the client showed, base64url; null when it showed none, or somebody else than the proxy says that it did. */
export type CertificateOf = (request: FastifyRequest) => string | null

export const certificateReader = (source: CertificateSource | null): CertificateOf => {
  if (source === null) return () => null
  const proxies = new BlockList()
  for (const network of source.proxies) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    proxies.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  const isProxy = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  const read = boundedCache<string>(1_000)
  return request => {
    const text = request.headers[source.header]
    const { remoteAddress } = request.socket
    if (typeof text !== 'string' || remoteAddress === undefined || !isProxy(remoteAddress)) return null
    const known = read.get(text)
    if (known !== undefined) return known
    const thumbprint = certificateThumbprint(text)
    if (thumbprint !== null) read.set(text, thumbprint)
    return thumbprint
  }
}
