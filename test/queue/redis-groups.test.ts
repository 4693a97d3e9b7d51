// The queue on more than one Redis: a Cluster of three, and a Sentinel group whose master dies.
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { openQueues, type Queues } from '../../src/queue/queue.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { needs } from '../support/skip.ts'
import { end, eventually, launch } from './servers.ts'
import { until } from './workers.ts'

describe.skipIf(!needs('redis-server'))('the queue on several Redis servers', { timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'jisr-queue-redis-group-'))
  const children: ChildProcess[] = []
  afterAll(async () => {
    await Promise.all(children.map(child => end(child, 'SIGKILL')))
    rmSync(directory, { recursive: true, force: true })
  })

  const ask = async <T>(port: number, question: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {})
    try {
      await client.connect()
      return await question(client)
    } finally {
      client.disconnect()
    }
  }
  const start = async (...parameters: string[]) => {
    const port = await freePort()
    const folder = join(directory, String(port))
    mkdirSync(folder)
    const child = launch('redis-server', [...parameters, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''])
    children.push(child)
    await eventually(30_000, 'redis-server to start', () => ask(port, client => client.ping()))
    return { port, child }
  }
  const open = (url: string): Queues => {
    const queues = openQueues({ backend: { kind: 'redis', url }, prefix: 'test' })
    onTestFinished(() => queues.close())
    return queues
  }

  test('a Cluster keeps each queue on one node, and queues on different ones', async () => {
    const nodes = await Promise.all(
      [0, 1, 2].map(async () => start('--cluster-enabled', 'yes', '--cluster-port', String(await freePort())))
    )
    const [first] = nodes.map(({ port }) => port)
    const [bus] = (await ask(first ?? 0, client => client.config('GET', 'cluster-port'))).slice(1)
    for (const [index, { port }] of nodes.entries()) {
      const [from, to] = [Math.ceil((16_384 / 3) * index), Math.ceil((16_384 / 3) * (index + 1)) - 1]
      await ask(port, client => client.call('CLUSTER', 'ADDSLOTSRANGE', from, to))
      await ask(port, client => client.call('CLUSTER', 'MEET', '127.0.0.1', first ?? 0, bus ?? 0))
    }
    for (const { port } of nodes) {
      await until(60_000, 'the Cluster to form', async () =>
        ((await ask(port, client => client.call('CLUSTER', 'INFO'))) as string).includes('cluster_state:ok')
      )
    }
    const queues = open(`redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`)
    const names = ['gecco', 'consulate', 'departures', 'reference', 'company-hr', 'set']
    const done = new Set<string>()
    for (const name of names) {
      queues.work(name, async (_, { id }) => void done.add(`${name} ${id}`), { concurrency: 5 })
      await eventually(30_000, 'the Cluster to take jobs', () =>
        queues.add(
          name,
          Array.from({ length: 50 }, (_, index) => ({ id: `job-${index}`, data: { index } }))
        )
      )
    }
    await until(60_000, 'all jobs', () => done.size === 50 * names.length)
    const used = await Promise.all(nodes.map(({ port }) => ask(port, client => client.dbsize())))
    expect(used.filter(keys => keys > 0).length).toBeGreaterThan(1)
  })

  test('work goes on at the new master after Sentinel has replaced the dead one', async () => {
    const master = await start()
    const replica = await start('--replicaof', '127.0.0.1', String(master.port))
    await until(30_000, 'the replica to follow', async () =>
      (await ask(replica.port, client => client.info('replication'))).includes('master_link_status:up')
    )
    const file = join(directory, 'sentinel.conf')
    writeFileSync(
      file,
      [
        `sentinel monitor queues 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds queues 1000',
        'sentinel failover-timeout queues 5000',
        ''
      ].join('\n')
    )
    const sentinel = await start(file, '--sentinel')
    await until(
      60_000,
      'Sentinel to know the replica',
      async () => ((await ask(sentinel.port, client => client.call('SENTINEL', 'REPLICAS', 'queues'))) as unknown[]).length === 1
    )
    const queues = open(`redis+sentinel://127.0.0.1:${sentinel.port}/queues`)
    const done = new Set<string>()
    queues.work('failover', async (_, { id }) => void done.add(id), {
      concurrency: 5,
      lockMs: 2_000,
      stalledIntervalMs: 500,
      stuckMs: 3_000
    })
    const add = (name: string) =>
      eventually(60_000, 'adding', () =>
        queues.add(
          'failover',
          Array.from({ length: 100 }, (_, index) => ({ id: `${name}-${index}`, data: { index } }))
        )
      )
    await add('before')
    await until(30_000, 'the jobs before', () => done.size === 100)
    await end(master.child, 'SIGKILL')
    await add('after')
    await until(60_000, 'the jobs after', () => done.size === 200)
    expect(await ask(replica.port, client => client.info('replication'))).toContain('role:master')
  })
})
