// Configuration, read once from the environment that main.ts hands over: parsed, frozen, or refused with everything that is wrong.
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { defaultStreamLimits, type StreamLimits } from './domain/falling-behind.ts'
import { parseRedisUrl } from './queue/redis-url.ts'
import { type Allowance, loopback, parseAllowance } from './trust/destination.ts'
import { isHttpsOrigin, isLoopback, isNamespace, isOrigin, isTrialOrigin, portOf } from './trust/issuer.ts'

/**
 * `start` is real use; `operate` (the operator's commands) needs no issuer, and `migrate` no master key either. `demo` and `test` may speed up
 * campaign time and need neither.
 */
export type Mode = 'start' | 'operate' | 'migrate' | 'demo' | 'test'

export interface Config {
  readonly mode: Mode
  /** https, no path or trailing slash; http on loopback in demo and test, where null means "by the port". */
  readonly issuer: string | null
  /** What the URI of each event begins with, ending in a slash; null: the issuer and /ns/event/v1/. */
  readonly eventNamespace: string | null
  /** The issuer is http and all of it on this machine's loopback: to try the gateway out. */
  readonly isTrial: boolean
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
  /** Null: the embedded PostgreSQL under the data directory. */
  readonly databaseUrl: string | null
  readonly databaseConnections: number
  /** Null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null
  /** Absolute. Null in demo and test: a key is drawn at the first start and kept in the data directory. */
  readonly masterKeyFile: string | null
  /** Absolute: the program that asks a key service, in place of `masterKeyFile`. */
  readonly masterKeyCommand: string | null
  /** Absolute: the same, which only unwraps any more. */
  readonly formerMasterKeyCommand: string | null
  /** Only unwrap: keys that were the master key before. Absolute. */
  readonly formerMasterKeyFiles: readonly string[]
  /** Absolute. */
  readonly dataDirectory: string
  /** Absolute: gets every checkpoint of the evidence log before it is published. */
  readonly checkpointFile: string
  readonly logLevel: LogLevel
  /** Lets a browser that is not on this machine see the status page. Null: loopback only. */
  readonly statusToken: string | null
  /** Jobs of one adapter at a time in one worker process. */
  readonly workerConcurrency: number
  /** Of calls that are signed and carry no token. */
  readonly callLimits: { readonly addressPerMinute: number; readonly partnerPerMinute: number }
  /** From which on somebody is told that a stream has fallen behind. */
  readonly streamLimits: StreamLimits
  /** Where partners may be beside public https hosts. */
  readonly outboundAllow: readonly Allowance[]
  /** The proxies in front of us, whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** Where the proxy in front tells certificates of clients, and which it is; null: nowhere. */
  readonly clientCertificates: { readonly header: string; readonly proxies: readonly string[] } | null
  readonly campaign: { readonly speed: number; readonly start: string | null }
}

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Says everything that is wrong at once; holds no value of a secret setting. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  /** The settings that are missing or wrong. */
  readonly settings: readonly string[]
  constructor(message: string, settings: readonly string[]) {
    super(message)
    this.settings = settings
  }
}

/**
 * Reads the settings of `environment` (by the names of `SETTINGS`; an empty value counts as none) for one mode.
 * @throws ConfigError with one line per setting that is missing or wrong: what it is, what is expected, an example
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>, mode: Mode): Config {
  const given = Object.fromEntries(
    Object.keys(SETTINGS).flatMap(name => {
      const value = environment[name]?.trim()
      return value ? [[name, value]] : []
    })
  )
  const parsed = settingsOf(mode, given.LOOPBACK_TRIAL === TRIAL).safeParse(given)
  if (!parsed.success) {
    const { issues } = parsed.error
    throw new ConfigError(complaint(issues, given, mode), [...new Set(issues.map(issue => String(issue.path[0])))])
  }
  const settings = parsed.data
  return Object.freeze({
    mode,
    issuer: settings.ISSUER ?? null,
    eventNamespace: settings.EVENT_NAMESPACE ?? null,
    isTrial: mode === 'start' && settings.LOOPBACK_TRIAL !== undefined,
    host: settings.HOST,
    port: settings.PORT,
    adminHost: settings.ADMIN_HOST,
    adminPort: settings.ADMIN_PORT,
    databaseUrl: settings.DATABASE_URL ?? null,
    databaseConnections: settings.DATABASE_CONNECTIONS,
    redisUrl: settings.REDIS_URL ?? null,
    masterKeyFile: settings.MASTER_KEY_FILE ?? null,
    masterKeyCommand: settings.MASTER_KEY_COMMAND ?? null,
    formerMasterKeyCommand: settings.FORMER_MASTER_KEY_COMMAND ?? null,
    formerMasterKeyFiles: Object.freeze(settings.FORMER_MASTER_KEY_FILES),
    dataDirectory: settings.DATA_DIRECTORY,
    checkpointFile: settings.CHECKPOINT_FILE ?? resolve(settings.DATA_DIRECTORY, 'log', 'checkpoints.jsonl'),
    logLevel: settings.LOG_LEVEL,
    statusToken: settings.STATUS_TOKEN ?? null,
    workerConcurrency: settings.WORKER_CONCURRENCY,
    callLimits: Object.freeze({ addressPerMinute: settings.ADDRESS_CALLS_PER_MINUTE, partnerPerMinute: settings.PARTNER_CALLS_PER_MINUTE }),
    streamLimits: Object.freeze({ undelivered: settings.STREAM_UNDELIVERED_MAX, days: settings.STREAM_OLDEST_DAYS_MAX }),
    outboundAllow: Object.freeze(settings.OUTBOUND_ALLOW),
    trustedProxies: Object.freeze(settings.TRUSTED_PROXIES),
    clientCertificates:
      settings.CLIENT_CERTIFICATE_HEADER === undefined
        ? null
        : Object.freeze({ header: settings.CLIENT_CERTIFICATE_HEADER, proxies: settings.TRUSTED_PROXIES }),
    campaign: Object.freeze({ speed: settings.CAMPAIGN_SPEED ?? 1, start: settings.CAMPAIGN_START ?? null })
  })
}

/** What the process runs with, for the log and `jisr`: every setting by its name, secrets only as "set". */
export function describeConfig(config: Config): Record<string, string | number> {
  const set = (value: unknown, none: string) => (value === null ? none : 'set')
  return {
    mode: config.mode,
    issuer: config.issuer ?? 'by the port',
    eventNamespace: set(config.eventNamespace, 'by the issuer'),
    trial: config.isTrial ? 'yes' : 'no',
    listening: `${config.host}:${config.port}`,
    admin: `${config.adminHost}:${config.adminPort}`,
    database: set(config.databaseUrl, 'embedded'),
    databaseConnections: config.databaseConnections,
    queue: config.redisUrl === null ? 'postgres' : 'redis',
    masterKey: config.masterKeyCommand === null ? set(config.masterKeyFile, 'drawn at the first start') : 'by a key service',
    formerMasterKeys: config.formerMasterKeyFiles.length,
    dataDirectory: config.dataDirectory,
    checkpointFile: config.checkpointFile,
    logLevel: config.logLevel,
    statusToken: set(config.statusToken, 'none'),
    workerConcurrency: config.workerConcurrency,
    addressCallsPerMinute: config.callLimits.addressPerMinute,
    partnerCallsPerMinute: config.callLimits.partnerPerMinute,
    streamUndeliveredMax: config.streamLimits.undelivered,
    streamOldestDaysMax: config.streamLimits.days,
    trustedProxies: config.trustedProxies.length,
    clientCertificates: config.clientCertificates === null ? 'not asked for' : config.clientCertificates.header,
    outboundAllowances: config.outboundAllow.length,
    campaignSpeed: config.campaign.speed
  }
}

interface Setting {
  /** What it is and what is expected, as the end of "NAME is missing: …". */
  what: string
  example: string
  /** Its value is never repeated. */
  secret?: true
}

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
const SPEED_MAX = 1_000_000
const STATUS_TOKEN_MIN = 32
const TRIAL = 'yes'

/** Every setting, in the order of the documentation. */
export const SETTINGS = {
  ISSUER: {
    what: 'the https address under which clients and partners reach this gateway, without path or trailing slash',
    example: 'https://gateway.example.org'
  },
  EVENT_NAMESPACE: {
    what: 'what the URI of each event begins with, where it is not ISSUER/ns/event/v1/: a gateway that got another address keeps the names that its partners know',
    example: 'https://former.example.org/ns/event/v1/'
  },
  LOOPBACK_TRIAL: {
    what: 'never for real use. With yes the gateway can be tried out on this machine alone: ISSUER is then http on loopback, and nothing listens elsewhere',
    example: 'yes'
  },
  HOST: { what: 'the IP address to listen at', example: '0.0.0.0' },
  PORT: { what: 'the port to listen at, 1 to 65535', example: '8080' },
  ADMIN_HOST: { what: 'the IP address at which metrics and the status page listen', example: '127.0.0.1' },
  ADMIN_PORT: { what: 'the port of metrics and the status page, 1 to 65535 and not PORT', example: '9090' },
  DATABASE_URL: {
    what: 'the PostgreSQL database (without it, one is started under DATA_DIRECTORY)',
    example: 'postgres://jisr:password@db.example.org:5432/jisr',
    secret: true
  },
  DATABASE_CONNECTIONS: { what: 'connections of one process to the database, 2 to 200', example: '10' },
  REDIS_URL: {
    what: 'the Redis or Valkey of the queue (without it, the queue is in PostgreSQL): redis://, redis+sentinel:// or redis+cluster://, rediss for TLS',
    example: 'rediss://:password@cache.example.org:6379/0',
    secret: true
  },
  MASTER_KEY_FILE: {
    what: 'a file that only this process can read, with 32 random bytes in base64; all persons’ data is lost with it. Make one: (umask 077; openssl rand -base64 32 > master-key)',
    example: '/run/secrets/master-key'
  },
  MASTER_KEY_COMMAND: {
    what: 'in place of MASTER_KEY_FILE: a program, without arguments, by which a key service (KMS) wraps our keys (docs/operations.md)',
    example: '/usr/local/bin/jisr-kms'
  },
  FORMER_MASTER_KEY_COMMAND: {
    what: 'beside MASTER_KEY_FILE, while keys are rewrapped: the MASTER_KEY_COMMAND of before',
    example: '/usr/local/bin/jisr-kms'
  },
  FORMER_MASTER_KEY_FILES: {
    what: 'files of earlier master keys, at most 10, separated by commas',
    example: '/run/secrets/master-key-2025'
  },
  DATA_DIRECTORY: { what: 'a folder for the embedded database, checkpoints and dropped files', example: '/var/lib/jisr' },
  CHECKPOINT_FILE: {
    what: 'the file outside the database that shows when the database was set back; on another disk, or append-only, where that can be',
    example: '/var/log/jisr/checkpoints.jsonl'
  },
  LOG_LEVEL: { what: `one of ${LOG_LEVELS.join(', ')}`, example: 'info' },
  STATUS_TOKEN: {
    what: `what a browser elsewhere must know to see the status page: ${STATUS_TOKEN_MIN} random characters or more. Make one: openssl rand -hex 32`,
    example: 'the output of that command',
    secret: true
  },
  WORKER_CONCURRENCY: { what: 'jobs of one adapter begun at a time in a worker, 1 to 500', example: '10' },
  OUTBOUND_ALLOW: {
    what: 'hosts and networks that partners may be at beside public https hosts at port 443, at most 50, separated by commas: [http://]host-or-network[:port or :*]',
    example: 'gecco.intra.example:8443,http://10.20.0.0/16:8080'
  },
  ADDRESS_CALLS_PER_MINUTE: {
    what: 'signed messages and questions without a token that one address may send in a minute, 1 to 1000000; behind a proxy that is not in TRUSTED_PROXIES all come from its one',
    example: '6000'
  },
  PARTNER_CALLS_PER_MINUTE: {
    what: 'messages of one partner, or questions of one requester, in a minute, 1 to 1000000',
    example: '1200'
  },
  STREAM_UNDELIVERED_MAX: { what: 'events that a stream holds before somebody is told, 1 to 9999999', example: '100000' },
  STREAM_OLDEST_DAYS_MAX: { what: 'days that a stream may hold an event before somebody is told, 1 to 3650', example: '90' },
  CLIENT_CERTIFICATE_HEADER: {
    what: 'the header in which the proxy in front tells the certificate of a client (RFC 9440, or PEM percent-encoded); needs TRUSTED_PROXIES',
    example: 'client-cert'
  },
  TRUSTED_PROXIES: {
    what: 'addresses and networks (of 8 bits or more) of the proxies whose X-Forwarded-For and CLIENT_CERTIFICATE_HEADER are believed, at most 20, separated by commas; from anywhere else they mean nothing',
    example: '10.0.0.5,fd00:12::/64'
  },
  CAMPAIGN_SPEED: {
    what: `how much faster than the wall clock campaign time runs, above 0 and at most ${SPEED_MAX}; demo and tests only`,
    example: '1000'
  },
  CAMPAIGN_START: { what: 'the day on which campaign time starts; demo and tests only', example: '2026-01-12' }
} as const satisfies Record<string, Setting>

type Name = keyof typeof SETTINGS

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
const address = z.string().refine(text => isIP(text) > 0)
const allowances = z
  .string()
  .transform(text => text.split(',').map(parseAllowance))
  .pipe(z.array(z.custom<Allowance>(allowance => allowance !== null)).max(50))
const isNetwork = (text: string): boolean => {
  const [, host = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(host)
  // Of fewer bits it is half the world, and no proxy.
  return version !== 0 && (bits === undefined || (Number(bits) >= 8 && Number(bits) <= (version === 4 ? 32 : 128)))
}
const ownAddress = address.refine(text => text === '::1' || isLoopback(text))
const file = z.string().transform(text => resolve(text))

/** Defaults stand here and nowhere else; there is none for what identifies or protects. */
function settingsOf(mode: Mode, isTrial: boolean) {
  const real = mode === 'start'
  const onLoopback = real && isTrial
  const onRealTime = real || mode === 'operate' || mode === 'migrate'
  const port = whole(mode === 'test' ? 0 : 1, 65_535)
  const forbidden = z.never().optional()
  const settings = z.strictObject({
    ISSUER: real ? z.string().refine(isTrial ? isTrialOrigin : isHttpsOrigin) : z.string().refine(isOrigin).optional(),
    EVENT_NAMESPACE: z.string().refine(isNamespace).optional(),
    LOOPBACK_TRIAL: z.literal(TRIAL).optional(),
    HOST: onLoopback ? ownAddress.default('127.0.0.1') : address.default(real ? '0.0.0.0' : '127.0.0.1'),
    PORT: port.default(8080),
    ADMIN_HOST: (onLoopback ? ownAddress : address).default('127.0.0.1'),
    ADMIN_PORT: port.default(9090),
    DATABASE_URL: z.string().refine(isPostgresUrl).optional(),
    DATABASE_CONNECTIONS: whole(2, 200).default(10),
    REDIS_URL: z.string().refine(isRedisUrl).optional(),
    MASTER_KEY_FILE: file.optional(),
    MASTER_KEY_COMMAND: file.optional(),
    FORMER_MASTER_KEY_COMMAND: file.optional(),
    FORMER_MASTER_KEY_FILES: z
      .string()
      .transform(text => text.split(',').map(name => name.trim()))
      .pipe(
        z
          .array(
            z
              .string()
              .min(1)
              .transform(name => resolve(name))
          )
          .max(10)
      )
      .default([]),
    DATA_DIRECTORY: file.default(resolve('.data')),
    CHECKPOINT_FILE: file.optional(),
    LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
    STATUS_TOKEN: z.string().refine(isUnguessable).optional(),
    WORKER_CONCURRENCY: whole(1, 500).default(10),
    ADDRESS_CALLS_PER_MINUTE: whole(1, 1_000_000).default(6_000),
    PARTNER_CALLS_PER_MINUTE: whole(1, 1_000_000).default(1_200),
    STREAM_UNDELIVERED_MAX: whole(1, 9_999_999).default(defaultStreamLimits.undelivered),
    STREAM_OLDEST_DAYS_MAX: whole(1, 3_650).default(defaultStreamLimits.days),
    OUTBOUND_ALLOW: allowances.default(real || mode === 'operate' || mode === 'migrate' ? [] : [...loopback]),
    CLIENT_CERTIFICATE_HEADER: z
      .string()
      .transform(name => name.toLowerCase())
      .pipe(z.string().regex(/^(?!authorization$|host$|cookie$|content-|forwarded$|x-forwarded-for$)[a-z][a-z0-9-]{1,63}$/))
      .optional(),
    TRUSTED_PROXIES: z
      .string()
      .transform(text => text.split(',').map(network => network.trim()))
      .pipe(z.array(z.string().refine(isNetwork)).max(20))
      .default([]),
    CAMPAIGN_SPEED: onRealTime ? forbidden : z.string().transform(Number).pipe(z.number().positive().max(SPEED_MAX)).optional(),
    CAMPAIGN_START: onRealTime ? forbidden : z.iso.date().optional()
  } satisfies Record<Name, z.ZodType>)
  const needsKey = real || mode === 'operate'
  return settings
    .refine(given => !needsKey || given.MASTER_KEY_FILE !== undefined || given.MASTER_KEY_COMMAND !== undefined, {
      ...{ path: ['MASTER_KEY_FILE'], when: () => true }
    })
    .refine(given => given.MASTER_KEY_FILE === undefined || given.MASTER_KEY_COMMAND === undefined, { path: ['MASTER_KEY_COMMAND'] })
    .refine(given => given.FORMER_MASTER_KEY_COMMAND === undefined || given.MASTER_KEY_FILE !== undefined, {
      path: ['FORMER_MASTER_KEY_COMMAND']
    })
    .refine(({ PORT, ADMIN_PORT }) => PORT === 0 || PORT !== ADMIN_PORT, { path: ['ADMIN_PORT'], when: () => true })
    .refine(({ CLIENT_CERTIFICATE_HEADER: header, TRUSTED_PROXIES: proxies }) => proxies.length > 0 || header === undefined, {
      path: ['TRUSTED_PROXIES']
    })
    .refine(({ ISSUER, PORT }) => !onLoopback || portOf(ISSUER) === PORT, { path: ['ISSUER'] })
}

function complaint(issues: readonly z.core.$ZodIssue[], given: Readonly<Record<string, string>>, mode: Mode): string {
  const wrong = new Set(issues.map(issue => String(issue.path[0])))
  const names = (Object.keys(SETTINGS) as Name[]).filter(name => wrong.has(name))
  const width = Math.max(...names.map(name => name.length))
  const lines = names.map(name => `  ${name.padEnd(width)}  ${reason(name, given, mode)}`)
  const count = names.length === 1 ? 'one setting is' : `${names.length} settings are`
  return [`Jisr does not ${mode}: ${count} missing or wrong in the environment.`, ...lines].join('\n')
}

function reason(name: Name, given: Readonly<Record<string, string>>, mode: Mode): string {
  const value = given[name]
  const { what, example, secret }: Setting = SETTINGS[name]
  if (mode !== 'demo' && mode !== 'test' && name.startsWith('CAMPAIGN_'))
    return 'must not be set: real use runs on real time. Unset it, or run the demo.'
  const state =
    value === undefined ? 'is missing' : secret ? 'is set, but cannot be used' : `cannot be ${JSON.stringify(value.slice(0, 100))}`
  if (mode === 'start' && given.LOOPBACK_TRIAL === TRIAL && ['ISSUER', 'HOST', 'ADMIN_HOST'].includes(name)) {
    return `${state} while LOOPBACK_TRIAL is set: all must be on loopback, with PORT in ISSUER, as ISSUER=http://127.0.0.1:${given.PORT ?? 8080}. For real use unset LOOPBACK_TRIAL`
  }
  const trial = name === 'ISSUER' && mode === 'start' ? '. To try it on this machine, see docs/trying-it.md' : ''
  return `${state}: ${what}. For example ${name}=${example}${trial}`
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol)
}

function isRedisUrl(text: string): boolean {
  try {
    return parseRedisUrl(text) !== null
  } catch {
    return false
  }
}

/** Long, printable, and not one of a few characters again and again. */
const isUnguessable = (text: string) => text.length >= STATUS_TOKEN_MIN && /^[\x21-\x7e]+$/.test(text) && new Set(text).size >= 10
