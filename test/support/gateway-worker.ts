// A worker of the gateway as a process of its own, for tests that kill, stop and wake it: its argument says what it works on.
import { adapters } from '../../adapters/index.ts'
import { realClock } from '../../src/domain/clock.ts'
import type { BackendSettings } from '../../src/queue/backend.ts'
import { openQueues } from '../../src/queue/queue.ts'
import { openHouse } from '../../src/roles/house.ts'
import { startWorker, type WorkerOptions } from '../../src/roles/worker.ts'
import { loopback } from '../../src/trust/destination.ts'
import { parseMasterKey } from '../../src/trust/master-key.ts'

export interface GatewayWorkerSettings {
  databaseUrl: string
  masterKey: string
  backend: BackendSettings
  worker: Omit<WorkerOptions, 'log'>
  /** Where the evidence log is published. */
  log: { issuer: string; file: string }
}

if (process.argv[2] && process.send) {
  const { databaseUrl, masterKey, backend, worker, log } = JSON.parse(process.argv[2]) as GatewayWorkerSettings
  const failed = (station: string, error: unknown) => process.send?.({ kind: 'failed', station, error: String(error) })
  const house = await openHouse({
    databaseUrl,
    application: 'test worker',
    keyring: { current: parseMasterKey(masterKey), previous: [] },
    clock: realClock,
    adapters,
    outboundAllow: loopback,
    issuer: 'https://gateway.example',
    log: () => {},
    failed
  })
  const queues = openQueues({ backend, prefix: 'test', report: ({ what, code }) => failed(what, code) })
  const running = await startWorker(house, queues, { ...worker, log: { ...log, keys: house.keys } })
  const close = async () => {
    await running.close()
    await queues.close()
    await house.close()
    process.exit(0)
  }
  process.on('message', message => {
    if (message === 'close') void close()
  })
  process.on('disconnect', () => process.exit(1))
  process.send({ kind: 'ready' })
}
