// The gateway of the demo: one process that serves, delivers and interprets, on the demo's own database and clock.
import { adapters } from '../../../adapters/index.ts'
import { type Clock, scaledClock } from '../../domain/clock.ts'
import { checkLog } from '../../flow/check-log.ts'
import { type Intake, openIntake } from '../../flow/intake.ts'
import type { Leases } from '../../flow/leases.ts'
import { createApp } from '../../http/app.ts'
import { openQueues, type Queues } from '../../queue/queue.ts'
import { loopback } from '../../trust/destination.ts'
import { parseMasterKey } from '../../trust/master-key.ts'
import { openAdmin } from '../admin.ts'
import { type House, openHouse } from '../house.ts'
import { openMeter } from '../meter.ts'
import { composeServices } from '../services.ts'
import { version } from '../version.ts'
import { startWorker } from '../worker.ts'
import { issuerOf } from './parties.ts'
import type { DemoState } from './state.ts'

export interface DemoGateway {
  house: House
  queues: Queues
  intake: Intake
  /** Starts to serve and to deliver; the partners must be set up. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface GatewayReports {
  log: House['log']
  failed: House['failed']
}

export const campaignClock = (state: DemoState): Clock =>
  scaledClock(new Date(`${state.campaignStart}T08:00:00Z`), state.speed, new Date(state.startedAt))

/** Everybody is on this machine and answers at once: what a killed gateway had in hand need not wait for a minute. */
const leases: Leases = { dispatchMs: 15_000, attemptMs: 15_000, answerMs: 10_000 }

/** Opens house, queues and intake. */
export const openGateway = async (
  state: DemoState,
  databaseUrl: string,
  redisUrl: string | null,
  checkpointFile: string,
  reports: GatewayReports
): Promise<DemoGateway> => {
  const meter = openMeter(reports)
  const house = await openHouse({
    databaseUrl,
    application: 'demo',
    keyring: { current: parseMasterKey(state.masterKey), previous: [] },
    clock: campaignClock(state),
    adapters,
    connectionsMax: 16,
    outboundAllow: loopback,
    issuer: issuerOf(state),
    log: meter.log,
    failed: reports.failed,
    measured: meter.measured
  })
  const queues = openQueues({
    backend: redisUrl === null ? { kind: 'postgres', url: databaseUrl } : { kind: 'redis', url: redisUrl },
    prefix: state.database.replaceAll('_', '-'),
    report: report => reports.failed(`queue ${report.code}`, new Error(JSON.stringify(report)))
  })
  const intake = openIntake(house)
  const closers: (() => Promise<unknown>)[] = [() => house.close(), () => queues.close(), () => intake.close()]
  return {
    house,
    queues,
    intake,
    start: async () => {
      const issuer = issuerOf(state)
      await checkLog(house.database, { file: checkpointFile, keys: house.keys.logs })
      const services = await composeServices(house, intake, queues, { issuer })
      closers.push(() => services.close())
      const worker = await startWorker(house, queues, {
        concurrency: 6,
        ticketsEveryMs: 250,
        leases,
        log: { issuer, file: checkpointFile, keys: house.keys }
      })
      closers.push(() => worker.close())
      const admin = await openAdmin(house, queues, meter, {
        host: '127.0.0.1',
        port: state.adminPort,
        statusToken: state.statusToken,
        works: true
      })
      closers.push(() => admin.close())
      const app = await createApp(services, { issuer, version, log: meter.log })
      await app.listen({ host: '127.0.0.1', port: state.gatewayPort })
      closers.push(() => app.close())
    },
    close: async () => {
      for (const close of closers.toReversed()) await close()
    }
  }
}
