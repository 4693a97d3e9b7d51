// What an operator is told about a Redis server that would lose jobs.
import { expect, test } from 'vitest'
import { adviseRedis } from '../../src/queue/redis.ts'

const info = (policy: string, aof: 0 | 1) => `# Memory\r\nmaxmemory_policy:${policy}\r\n# Persistence\r\naof_enabled:${aof}\r\n`

test('a server that keeps all and writes a log needs no advice', () => {
  expect(adviseRedis(info('noeviction', 1))).toEqual([])
})

test('each setting that loses jobs is named with what to set instead', () => {
  const advice = adviseRedis(info('allkeys-lru', 0))
  expect(advice[0]).toMatch(/allkeys-lru.*Set maxmemory-policy noeviction/)
  expect(advice[1]).toMatch(/Set appendonly yes/)
})

test('a server that says nothing of either is not suspected', () => {
  expect(adviseRedis('')).toEqual([])
})
