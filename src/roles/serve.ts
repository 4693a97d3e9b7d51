// The gateway in real use: api, worker or both in one process, on real time, with the operator's own configuration.
import { adapters } from '../../adapters/index.ts'
import { type Config, describeConfig } from '../config.ts'
import { realClock } from '../domain/clock.ts'
import { checkLog } from '../flow/check-log.ts'
import { openIntake } from '../flow/intake.ts'
import { createApp } from '../http/app.ts'
import { openQueues, type Queues } from '../queue/queue.ts'
import { assertWritable } from '../store/checkpoint-file.ts'
import { lastCheckpoint } from '../store/ledger.ts'
import { applicationRole } from '../store/migrate.ts'
import { sha256 } from '../trust/keyed-hash.ts'
import { openAdmin } from './admin.ts'
import { type House, openHouse } from './house.ts'
import { readKeyring } from './keyring.ts'
import { listenError } from './listen-error.ts'
import { openLog } from './log.ts'
import { openMeter } from './meter.ts'
import { assertQueueMigrated, keepMonths, openPlace, type Place } from './open-database.ts'
import { beginLife, type Life } from './process.ts'
import type { Role } from './role.ts'
import { composeServices } from './services.ts'
import { version } from './version.ts'
import { warnOfExpiries, warnOfStreams, warnOfTime } from './warnings.ts'
import { startWorker } from './worker.ts'

/**
 * Starts these roles in this process; resolves when they serve. A signal ends the process: it drains within ten seconds.
 * @throws Error that says what to do when the database is behind, a key cannot be read or a port is taken.
 */
export const serve = async (config: Config, wanted: readonly Role[]): Promise<void> => {
  const log = openLog({ level: config.logLevel, role: wanted.join('+') })
  const life = beginLife(log)
  const note = (text: string) => process.stderr.write(`jisr: ${text}\n`)
  log.log('process.starting', describeConfig(config))
  if (config.isTrial) note('LOOPBACK_TRIAL is set: http, for this machine alone, to try it out. Keep real people’s data away from it.')
  try {
    await open(config, wanted, life, log, note)
  } catch (error) {
    // What was closed under our feet makes no news: the signal is being dealt with.
    if (life.stopping.aborted) return new Promise(() => {})
    await life.stop('the start failed', 1)
    throw error
  }
}

const open = async (config: Config, wanted: readonly Role[], life: Life, log: ReturnType<typeof openLog>, note: (text: string) => void) => {
  const keyring = await readKeyring(config)
  const place = await openPlace(config, life, note)
  const meter = openMeter(log)
  const house = await openHouse({
    databaseUrl: place.url,
    application: wanted.join('+'),
    keyring,
    clock: realClock,
    adapters,
    log: meter.log,
    failed: log.failed,
    measured: meter.measured,
    connectionsMax: config.databaseConnections,
    outboundAllow: config.outboundAllow,
    streamLimits: config.streamLimits,
    issuer: config.issuer as string,
    eventNamespace: config.eventNamespace
  })
  life.keep('house', () => house.close())
  if (config.redisUrl === null) await assertQueueMigrated(place.url)
  if (wanted.includes('worker')) await assertWritable(config.checkpointFile)
  const { size } = await checkLog(house.database, { file: config.checkpointFile, keys: house.keys.logs })
  log.log('ledger.checked', { size })
  const other = await otherIssuer(house, config.issuer as string)
  if (other !== null) note(other)
  const queues = openQueues({
    backend:
      config.redisUrl === null ? { kind: 'postgres', url: place.url, role: applicationRole } : { kind: 'redis', url: config.redisUrl },
    prefix: prefixOf(config.issuer as string),
    report: ({ what, queue, code }) => log.log('queue.reported', { what, queue, code })
  })
  life.keep('queues', () => queues.close())
  if (place.isEmbedded && wanted.includes('worker')) keepMonthsDaily(place, life, log)
  const admin = await openAdmin(house, queues, meter, {
    host: config.adminHost,
    port: config.adminPort,
    statusToken: config.statusToken,
    works: wanted.includes('worker')
  })
  life.keep('admin', () => admin.close())
  const stops: (() => Promise<unknown>)[] = []
  // Together, so that both have the ten seconds: what was taken in is committed while what is being sent is settled.
  life.keep('roles', () => Promise.all(stops.map(stop => stop())))
  if (wanted.includes('worker')) {
    const worker = await startWorker(house, queues, {
      concurrency: config.workerConcurrency,
      ticketsEveryMs: 5_000,
      log: { issuer: config.issuer as string, file: config.checkpointFile, keys: house.keys }
    })
    stops.push(() => worker.close())
  }
  warnOfTime(house, life, log)
  warnOfExpiries(house, life, log)
  if (wanted.includes('worker')) warnOfStreams(house, life, log)
  if (wanted.includes('api')) stops.push(await startApi(config, house, queues))
  log.log('process.ready', { listening: `${config.host}:${config.port}`, admin: `${config.adminHost}:${config.adminPort}` })
}

/** Receivers refuse events of an issuer whom they do not know, for good: a name that was mistyped is told before anything leaves. */
const otherIssuer = async ({ database }: House, issuer: string): Promise<string | null> => {
  const origin = (await lastCheckpoint(database))?.origin
  const { host } = new URL(issuer)
  if (origin === undefined || origin.startsWith(`${host}/log/`)) return null
  return `ISSUER is ${issuer}, but this database's evidence log is ${origin}: if the name was mistyped, or the database is another gateway's, stop at once. Receivers refuse events of an issuer whom they do not know.`
}

const startApi = async (config: Config, house: House, queues: Queues): Promise<() => Promise<void>> => {
  const issuer = config.issuer as string
  const intake = openIntake(house)
  const services = await composeServices(house, intake, queues, { issuer })
  const app = await createApp(services, {
    issuer,
    eventNamespace: house.signing.eventNamespace,
    version,
    log: house.log,
    limits: config.callLimits,
    trustedProxies: config.trustedProxies,
    clientCertificates: config.clientCertificates
  })
  const close = async () => {
    await app.close()
    await services.close()
    await intake.close()
  }
  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    await close()
    throw listenError(error, 'PORT', config.port)
  }
  return close
}

/** Installations may share a Redis: each has jobs of its own. */
const prefixOf = (issuer: string): string => `jisr-${sha256(issuer).toString('hex').slice(0, 8)}`

const dayMs = 86_400_000

/** With DATABASE_URL the same is the owner's daily `npm run migrate`. */
const keepMonthsDaily = (place: Place, life: Life, log: ReturnType<typeof openLog>): void => {
  const timer = setInterval(() => {
    keepMonths(place.url).then(
      ({ partitionsMade, partitionsDropped, actsForgotten, doubt }) =>
        log.log('partitions.kept', {
          rows: partitionsMade.length,
          forgotten: partitionsDropped.length,
          acts: actsForgotten,
          because: doubt
        }),
      error => log.failed('partitions.kept', error)
    )
  }, dayMs)
  life.keep('partitions', async () => clearInterval(timer))
}
