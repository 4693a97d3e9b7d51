// What one address may send before anybody knows who it is: messages and questions that are signed, and carry no token.
import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Surface } from './surface.ts'

/** Takes one call out of the address's budget: 0 when it may go on, else the seconds until it may. */
export const waitOfAddress = ({ addressBudgets, limits, services }: Surface, request: FastifyRequest): number =>
  addressBudgets.take('calls-per-address', networkOf(request.ip), limits.addressPerMinute, services.now().getTime())

/** An IPv4 address; of IPv6 the first 64 bits, since whoever has one address of a network has all of them. */
export const networkOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail)]
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}

const groupsOf = (text: string): string[] =>
  text.split(':').flatMap(group => (group === '' ? [] : [Number.parseInt(group, 16).toString(16)]))
