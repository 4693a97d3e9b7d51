// How many requests a client may make: token buckets in memory, one per client and policy. A process's own; a fleet multiplies them.

/** Takes one request out of the client's bucket: 0 when it was there, else the seconds until it will be. */
export interface Budgets {
  take(policy: string, clientId: string, perMinute: number, nowMs: number): number
}

/** Holds at most `max` buckets; the one used the longest ago is forgotten, which only ever favours the client. */
export function memoryBudgets(max = 10_000): Budgets {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return {
    take(policy, clientId, perMinute, nowMs) {
      const key = `${policy} ${clientId}`
      const bucket = buckets.get(key) ?? { tokens: perMinute, atMs: nowMs }
      const refilled = bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * perMinute) / 60_000
      const tokens = Math.min(perMinute, refilled)
      const allowed = tokens >= 1
      buckets.delete(key)
      buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, atMs: nowMs })
      if (buckets.size > max) buckets.delete(buckets.keys().next().value as string)
      return allowed ? 0 : Math.max(1, Math.ceil(((1 - tokens) * 60) / perMinute))
    }
  }
}
