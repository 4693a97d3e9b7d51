// W3C Trace Context: a valid traceparent is continued, anything else is replaced by one of ours.
import { randomBytes } from 'node:crypto'
import type { Trace } from './services.ts'

/** The trace of a request from its headers. The parent becomes a span of ours; tracestate passes on up to 512 characters. */
export function traceOf(traceparent: string | string[] | undefined, tracestate: string | string[] | undefined): Trace {
  const parent = typeof traceparent === 'string' ? parse(traceparent) : null
  const span = randomId(8)
  if (parent === null) return { traceparent: `00-${randomId(16)}-${span}-00` }
  const state = Array.isArray(tracestate) ? tracestate.join(',') : tracestate
  const keeps = state !== undefined && state !== '' && state.length <= tracestateLengthMax && /^[\x20-\x7e]+$/.test(state)
  return { traceparent: `00-${parent.traceId}-${span}-${parent.flags}`, ...(keeps ? { tracestate: state } : {}) }
}

const tracestateLengthMax = 512

/** Versions to come may append fields behind a dash; version 00 may not, and ff is forbidden. */
function parse(text: string): { traceId: string; flags: string } | null {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{1,400})?$/.exec(text)
  if (match === null) return null
  const [, version, traceId, parentId, flags, more] = match as unknown as [string, string, string, string, string, string | undefined]
  if (version === 'ff' || (version === '00' && more !== undefined) || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return null
  // Only the sampled bit has a meaning for us.
  return { traceId, flags: (Number.parseInt(flags, 16) & 1) === 1 ? '01' : '00' }
}

function randomId(bytes: number): string {
  const id = randomBytes(bytes)
  id[0] = (id[0] as number) | 1
  return id.toString('hex')
}
