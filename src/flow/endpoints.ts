// The addresses that a partner's settings name: all that its adapter may reach.
import type { Adapter } from '../../adapters/contract.ts'

const depthMax = 8

/** What the adapter says it reaches; every URL in the settings where it does not say. */
export const endpointsOf = (code: Adapter, settings: unknown): readonly string[] => code.endpoints?.(settings) ?? urlsIn(settings, 0)

const urlsIn = (value: unknown, depth: number): string[] => {
  if (depth > depthMax) return []
  if (typeof value === 'string') return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(member => urlsIn(member, depth + 1)) : []
}
