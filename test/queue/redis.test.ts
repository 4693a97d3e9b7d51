// The queue's promises on Redis, with a server of its own.
import { describe } from 'vitest'
import { needs } from '../support/skip.ts'
import { queueBehaviour } from './behaviour.ts'
import { startRedis } from './servers.ts'

describe.skipIf(!needs('redis-server'))('with redis-server', () => {
  queueBehaviour('Redis', startRedis)
})
