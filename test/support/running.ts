// The real program serving as a process of its own, over the database of a test's house: for tests that look at it from outside alone.
import { afterAll } from 'vitest'
import { freePort } from '../../src/store/embedded/port.ts'
import { type Environment, environmentOf, run, scratch, startUnkept } from './command.ts'
import type { TestHouse } from './house.ts'

export interface RunningGateway {
  url: string
  admin: string
  /** What it calls itself: not where it listens, as behind a proxy. */
  issuer: string
  pid(): number
  /** Everything it has printed, in all its lives. */
  output(): string
  /** `kill -9`, then a new process at the same ports. */
  killAndStart(): Promise<void>
  end(): Promise<void>
}

/** Starts api and worker together, as `npm start` does. Register clients before, or wait until they are known. */
export const runningGateway = async (t: TestHouse, more: Environment = {}): Promise<RunningGateway> => {
  const [port, adminPort] = [await freePort(), await freePort()]
  const issuer = 'https://gateway.test'
  const environment = {
    ...(await environmentOf(t, await scratch())),
    ISSUER: issuer,
    HOST: '127.0.0.1',
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    ...more
  }
  // Grants the gateway's role what the queue keeps.
  const migrated = await run({ DATABASE_URL: t.database.url }, 'migrate')
  if (migrated.code !== 0) throw new Error(`migrate ended with ${migrated.code}. ${migrated.stderr}`)
  const lives: ReturnType<typeof startUnkept>[] = []
  const current = () => (lives.at(-1) as (typeof lives)[number]).running
  const start = async () => {
    const life = startUnkept(environment, adminPort, 'start')
    lives.push(life)
    await life.ready
  }
  afterAll(() => current().kill())
  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    admin: `http://127.0.0.1:${adminPort}`,
    issuer,
    pid: () => current().child.pid as number,
    output: () => lives.map(life => life.running.output()).join(''),
    killAndStart: async () => {
      await current().end('SIGKILL')
      await start()
    },
    end: async () => {
      await current().end('SIGTERM')
    }
  }
}
