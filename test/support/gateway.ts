// A gateway that really listens, for tests that speak to it from outside: house, worker and HTTP app, and clients with keys of their own.
import type { JsonWebKey } from 'node:crypto'
import { afterAll } from 'vitest'
import { type NewClient, registerClient } from '../../src/flow/administer.ts'
import { type AppOptions, createApp } from '../../src/http/app.ts'
import { composeServices } from '../../src/roles/services.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { privateJwk, type TestHouse, type TestHouseOptions, testHouse } from './house.ts'

export interface TestGateway extends TestHouse {
  /** The issuer and base URL, http://127.0.0.1:<port>. */
  url: string
}

/** Opens a house on a database of its own, with a worker, and listens; everything is closed after the file's tests. */
export const testGateway = async (
  options: TestHouseOptions & Pick<AppOptions, 'timeouts' | 'limits' | 'clientCertificates'> = {}
): Promise<TestGateway> => {
  const t = await testHouse(options)
  const issuer = `http://127.0.0.1:${await freePort()}`
  Object.assign(t.house.signing, { issuer, eventNamespace: `${issuer}/ns/event/v1/` })
  await t.startWorker()
  const services = await composeServices(t.house, t.intake, t.queues, { issuer })
  const app = await createApp(services, {
    issuer,
    version: 'test',
    log: t.house.log,
    ...(options.clientCertificates === undefined ? {} : { clientCertificates: options.clientCertificates }),
    ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
    ...(options.limits === undefined ? {} : { limits: options.limits })
  })
  afterAll(async () => {
    await app.close()
    await services.close()
  })
  await app.listen({ host: '127.0.0.1', port: Number(new URL(issuer).port) })
  return { ...t, url: issuer }
}

export interface TestClient {
  id: string
  /** ES256, the private half included. */
  key: JsonWebKey & { kid: string }
}

/** Registers a client with a fresh key. */
export const testClient = async (
  t: TestHouse,
  id: string,
  scopes: readonly string[],
  more: Partial<Omit<NewClient, 'id' | 'jwks' | 'scopes'>> = {}
): Promise<TestClient> => {
  const key = privateJwk()
  const { d: _secret, ...publicKey } = key
  await registerClient(
    t.house,
    { reason: 'test', id, name: id, role: 'origin-agency', jwks: { keys: [publicKey] }, scopes, ...more },
    'test'
  )
  return { id, key }
}
