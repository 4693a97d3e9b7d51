// Servers that go away under the workers: PostgreSQL stopped and started, connections cut, Redis stopped and wiped. Nothing is lost or done twice.
import { afterAll, describe, expect, test } from 'vitest'
import { openDatabase, sql } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { startPostgres, startRedis } from '../queue/servers.ts'
import { until } from '../support/house.ts'
import { needs } from '../support/skip.ts'
import { openScene, type Scene } from './scene.ts'

const isSettling = (scene: Scene, openAtFirst: number) => until('some progress', async () => (await scene.openCount()) < openAtFirst - 6)
const slowDown = async (scene: Scene, delayMs: number) => {
  for (const partner of scene.partners) await partner.misbehave(delayMs === 0 ? { mode: 'none' } : { mode: 'slow', delayMs })
}

describe('PostgreSQL, of records and queue', async () => {
  const server = await startPostgres({ durable: true })
  const url = server.backend.kind === 'postgres' ? server.backend.url : ''
  const owner = openDatabase({ url, application: 'test owner' })
  // Registered before the house's own, so run after it: its connections are closed by then.
  afterAll(async () => {
    await owner.close()
    await server.remove()
  })
  await migrate(owner)
  const scene = await openScene({ database: { url, owner } })

  test('stopped and started in the middle', async () => {
    const worker = await scene.startWorker()
    await slowDown(scene, 40)
    await scene.owe(20)
    await isSettling(scene, await scene.openCount())
    await server.stop()
    await expect(scene.t.house.database.query(sql`select 1 as one`)).rejects.toThrow()
    await server.start()
    await until('the database answers', () =>
      scene.openCount().then(
        () => true,
        () => false
      )
    )
    await slowDown(scene, 0)
    await scene.settledOnce()
    await worker.kill()
  })

  test('every connection cut, several times', async () => {
    const workers = [await scene.startWorker(), await scene.startWorker()]
    await slowDown(scene, 40)
    await scene.owe(15)
    for (let i = 0; i < 3; i++) {
      await owner.query(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name in ('test worker', 'test queue') and pid <> pg_backend_pid()`
      )
      await new Promise(resolve => setTimeout(resolve, 150))
    }
    await slowDown(scene, 0)
    await scene.settledOnce()
    for (const worker of workers) await worker.kill()
  })
})

const hasRedis = needs('redis-server')

describe.skipIf(!hasRedis)('Redis, of the queue alone', async () => {
  // What stands here runs also where the tests are skipped.
  const server = (hasRedis ? await startRedis() : null) as Awaited<ReturnType<typeof startRedis>>
  afterAll(() => server?.remove())
  const scene = await openScene(hasRedis ? { backend: server.backend } : {})

  test('stopped and started in the middle', async () => {
    const worker = await scene.startWorker()
    await slowDown(scene, 40)
    await scene.owe(15)
    await isSettling(scene, await scene.openCount())
    await server.stop()
    await scene.owe(5)
    await server.start()
    await slowDown(scene, 0)
    await scene.settledOnce()
    await worker.kill()
  })

  test('wiped in the middle, and a worker killed with it', async () => {
    const worker = await scene.startWorker()
    await slowDown(scene, 60)
    await scene.owe(15)
    await isSettling(scene, await scene.openCount())
    await server.wipe()
    await worker.kill()
    await slowDown(scene, 0)
    const next = await scene.startWorker()
    await scene.settledOnce()
    await next.kill()
  })
})
