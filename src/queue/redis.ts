// BullMQ's Redis backend through ioredis: one server, Sentinel or Cluster.
import { createRedisBackend } from 'bullmq'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Backend, BackendSettings } from './backend.ts'
import { parseRedisUrl, type RedisPlace } from './redis-url.ts'

const CONNECT_TIMEOUT_MS = 5_000
/** BullMQ's longest blocking wait is 10 s, so a socket that is silent for longer while a command runs is dead. */
const SILENCE_MAX_MS = 30_000
const RETRY_MAX_MS = 2_000

type Options = Omit<RedisOptions, 'replyMapping'>

/**
 * Opens the backend: one connection for all producers of the process, two for each worker (one of them waits in BZPOPMIN).
 * @throws Error when the URL cannot be read (src/queue/redis-url.ts).
 */
export function openRedis({ url }: Extract<BackendSettings, { kind: 'redis' }>, prefix: string): Backend {
  const place = parseRedisUrl(url)
  const producers = connect(place, { enableOfflineQueue: false, maxRetriesPerRequest: 1 })
  const name = (queue: string) => `${prefix}-${queue}`
  // The braces keep all keys of a queue in one slot of a Cluster; elsewhere they change nothing.
  const keys = (queue: string) => `{${name(queue)}}`
  return {
    kind: 'redis',
    bulkMin: 2,
    producer: queue => ({ name: name(queue), options: { connection: producers, prefix: keys(queue) }, factory: createRedisBackend }),
    worker(queue) {
      const connection = connect(place, { maxRetriesPerRequest: null })
      return {
        name: name(queue),
        options: { connection, prefix: keys(queue) },
        factory: createRedisBackend,
        release: () => connection.disconnect()
      }
    },
    advice: async () => adviseRedis(await producers.info()),
    async close() {
      producers.disconnect()
    }
  }
}

/** What to change at a server that answered `info` (the text of INFO): in sentences, empty when all is well. */
export function adviseRedis(info: string): string[] {
  const value = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1]?.trim()
  const policy = value('maxmemory_policy')
  const advice: string[] = []
  if (policy && policy !== 'noeviction') {
    advice.push(
      `Redis drops keys when memory is short (maxmemory-policy ${policy}): jobs would vanish and wait for their lease to lapse. Set maxmemory-policy noeviction.`
    )
  }
  if (value('aof_enabled') === '0') {
    advice.push(
      'Redis keeps no append-only file: a restart empties the queue, and deliveries wait for their lease to lapse before they go out again. Set appendonly yes.'
    )
  }
  return advice
}

function connect(place: RedisPlace, own: Options): Redis | Cluster {
  const options: Options = {
    // BullMQ 6.7 is tested with ioredis 5, which spoke RESP2 only.
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MAX_MS,
    retryStrategy: retryMs,
    // After a failover the old master answers READONLY: connect anew and send the command again.
    reconnectOnError: error => (error.message.startsWith('READONLY') ? 2 : false),
    ...(place.username ? { username: place.username } : {}),
    ...(place.password ? { password: place.password } : {}),
    ...(place.tls ? { tls: {} } : {}),
    ...own
  }
  const client = open(place, options)
  // BullMQ listens while it uses the client; before and after, an error must not be printed or end the process.
  client.on('error', () => {})
  return client
}

function open(place: RedisPlace, options: Options): Redis | Cluster {
  switch (place.kind) {
    case 'single':
      return new Redis({ ...options, host: place.host, port: place.port, db: place.database })
    case 'sentinel':
      return new Redis({
        ...options,
        sentinels: place.nodes,
        name: place.master,
        db: place.database,
        sentinelRetryStrategy: retryMs,
        enableTLSForSentinelMode: place.tls,
        ...(place.tls ? { sentinelTLS: {} } : {}),
        ...(place.sentinelPassword ? { sentinelPassword: place.sentinelPassword } : {})
      })
    case 'cluster': {
      const { enableOfflineQueue = true, retryStrategy: _, ...redisOptions } = options
      return new Cluster(place.nodes, {
        redisOptions,
        enableOfflineQueue,
        clusterRetryStrategy: retryMs,
        slotsRefreshTimeout: CONNECT_TIMEOUT_MS
      })
    }
  }
}

/** 100 ms, doubled up to 2 s, give or take a fifth so that workers do not come back in step. */
function retryMs(times: number): number {
  return Math.round(Math.min(RETRY_MAX_MS, 100 * 2 ** Math.min(times - 1, 10)) * (0.8 + 0.4 * Math.random()))
}
