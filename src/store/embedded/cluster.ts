// The files of one embedded server: made whole or not at all, so that a killed first start leaves nothing half done.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { explain } from './explain.ts'
import type { Place } from './place.ts'
import { freePort, isFree } from './port.ts'

/** The cluster's superuser, and the owner of the gateway's database. */
export const owner = 'jisr'

/**
 * Makes the cluster if there is none. Two processes may both try: each works in a folder of its own, and the first to rename it wins.
 * @throws Error that says what to do when it cannot be made, or when it is another version's.
 */
export const ensureCluster = async (place: Place, binaries: Binaries, durable: boolean, signal?: AbortSignal): Promise<void> => {
  if (await exists(join(place.cluster, 'PG_VERSION'))) return checkVersion(place, binaries)
  await sweepWorkshops(place)
  const workshop = await mkdtemp(join(place.folder, 'new-'))
  try {
    const fresh = join(workshop, 'cluster')
    const passwordFile = join(workshop, 'password')
    await writeSecret(passwordFile, `${randomBytes(24).toString('base64url')}\n`, place.account)
    if (place.account !== null) await chown(workshop, place.account.uid, place.account.gid)
    await initialize(place, binaries.initdb, fresh, { passwordFile, durable, signal })
    signal?.throwIfAborted()
    await rename(passwordFile, join(fresh, 'jisr-password'))
    await rename(fresh, place.cluster).catch(error => {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error
    })
    await syncFolder(place.folder)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

/** The superuser's password: random, made with the cluster, readable by the server's account alone. */
export const readPassword = async (place: Place): Promise<string> => {
  const file = join(place.cluster, 'jisr-password')
  const text = await readFile(file, 'utf8').catch(error => {
    throw new Error(
      `Cannot read ${file}, the password of the database. Restore the file, or delete ${place.cluster} to begin with an empty database.`,
      {
        cause: error
      }
    )
  })
  return text.trim()
}

export interface PidFile {
  pid: number
  port: number
}

/** What postmaster.pid says, or null when there is none (or it is still being written). */
export const readPidFile = async (place: Place): Promise<PidFile | null> => {
  const text = await readFile(join(place.cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return Number.isInteger(pid) && pid > 0 && Number.isInteger(port) && port > 0 ? { pid, port } : null
}

/** The port of the last start if it is free, or else a free one; remembered, so that what points at the server goes on pointing at it. */
export const choosePort = async (place: Place): Promise<number> => {
  const file = join(place.folder, 'port')
  const remembered = Number(await readFile(file, 'utf8').catch(() => ''))
  if (remembered > 0 && (await isFree(remembered))) return remembered
  const port = await freePort()
  await writeFile(file, `${port}\n`)
  return port
}

/** Written before each start, so that a newer version's settings apply to old data. */
export const writeSettings = async (place: Place, port: number, durable: boolean): Promise<void> => {
  const settings = { ...common, port, ...(durable ? durability : throwAway) }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${typeof value === 'string' ? `'${value}'` : value}`)
  const file = join(place.cluster, 'postgresql.conf')
  if (await exists(join(place.cluster, 'local.conf'))) lines.push(`include = 'local.conf'`)
  await writeFile(file, `# Written by Jisr at each start. Your own settings go to local.conf beside this file.\n${lines.join('\n')}\n`)
  if (place.account !== null) await chown(file, place.account.uid, place.account.gid)
}

/** For two cores and a few hundred MB. The log holds no errors of statements: their texts may quote values. */
const common = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 100,
  password_encryption: 'scram-sha-256',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_worker_processes: 4,
  max_parallel_workers_per_gather: 0,
  max_wal_size: '2GB',
  checkpoint_timeout: '10min',
  random_page_cost: 1.1,
  autovacuum_naptime: '15s',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off'
} as const

const durability = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } as const
/** For tests, of which many share a server. */
const throwAway = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 400 } as const

interface Making {
  passwordFile: string
  durable: boolean
  signal: AbortSignal | undefined
}

const initialize = async (place: Place, initdb: string, fresh: string, { passwordFile, durable, signal }: Making): Promise<void> => {
  const options = [
    `--pgdata=${fresh}`,
    `--username=${owner}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C'
  ]
  // PostgreSQL's own C.UTF-8: sorts and compares alike on every machine, whatever locales that has.
  options.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions')
  if (!durable) options.push('--no-sync')
  const child = spawn(initdb, options, {
    ...place.account,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-8_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  // It removes what it has made, and its own servers end with it.
  const giveUp = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', giveUp, { once: true })
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)).catch(error => {
    throw new Error(explain(String(error), place.folder), { cause: error })
  })
  signal?.removeEventListener('abort', giveUp)
  signal?.throwIfAborted()
  if (code !== 0) throw new Error(explain(output, place.folder))
}

const checkVersion = async (place: Place, binaries: Binaries): Promise<void> => {
  const version = (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version === binaries.major) return
  throw new Error(explain(`database files are incompatible: initialized by PostgreSQL version ${version}`, place.folder))
}

const workshopAgeMaxMs = 600_000

/** A first start that was killed leaves its workshop behind; a young one may be in use. */
const sweepWorkshops = async (place: Place): Promise<void> => {
  for (const name of (await readdir(place.folder)).filter(name => name.startsWith('new-'))) {
    const folder = join(place.folder, name)
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > workshopAgeMaxMs) await rm(folder, { recursive: true, force: true })
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false
  )

const writeSecret = async (file: string, text: string, account: Account | null): Promise<void> => {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    if (account !== null) await handle.chown(account.uid, account.gid)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the renames into a folder survive a power cut; where a folder cannot be opened (Windows), the system does it. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
