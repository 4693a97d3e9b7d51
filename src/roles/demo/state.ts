// What a demo keeps on disk, so that one killed half-way goes on where it was: its options, its clock, its ports, everybody's keys.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { freePort } from '../../store/embedded/port.ts'
import { selfSignedCertificate } from '../../trust/certificates.ts'
import { generateSigningKey } from '../../trust/keys.ts'

export interface DemoOptions {
  workers: number
  seed: number
  newShare: number
  /** Visas that the consulates may take in a week, together. */
  weeklyVisas: number
}

/** The parts whose processes run beside the gateway. */
export const sandboxNames = ['si-gecco', 'consulate-tangier', 'consulate-casablanca', 'employer-1', 'employer-2', 'employer-3'] as const
export type SandboxName = (typeof sandboxNames)[number]

/** Clients of the gateway in the demo: they push, poll and acknowledge over HTTP like anybody's. */
export const clientNames = ['anp-ken-01', 'anp-bem-01', 'inspeccion-de-trabajo'] as const
export type ClientName = (typeof clientNames)[number]

export interface DemoState {
  options: DemoOptions
  campaignStart: string
  /** Campaign seconds to one of wall time. */
  speed: number
  /** ISO 8601, wall time at which campaign time began to run. */
  startedAt: string
  database: string
  gatewayPort: number
  adminPort: number
  sandboxPorts: Record<SandboxName, number>
  masterKey: string
  /** Private JWKs, drawn for this demo alone. */
  clientKeys: Record<ClientName, string>
  sandboxKeys: Record<SandboxName, string>
  /** SI GECCO's RSA key and certificate, PEM. */
  authority: { privateKeyPem: string; certificatePem: string }
  statusToken: string
  /** The campaign has come to its end: the next demo begins anew. */
  finished: boolean
  /** ISO 8601, when it first did: what comes later is somebody else's. */
  finishedAt?: string
  /** Databases of earlier demos over this folder, to be dropped. */
  leftBehind: string[]
  /** 2: the folder and its database are the demo's alone. What has none is of before. */
  layout?: 2
}

/** How a demo comes to be: it goes on, it begins, or it begins in place of one. */
export type Beginning = 'new' | 'resumed' | 'kept' | 'gave-up' | 'lost-database' | 'older-version'

/** A campaign week takes this long. */
const weekSeconds = 4
const campaignStart = '2026-01-05'

const statePath = (directory: string): string => join(directory, 'demo.json')

const ownerFile = 'demo.pid'

/**
 * Makes the folder and takes it for this process: two demos over one would end each other's doubles.
 * @returns what gives it back.
 * @throws Error when a demo runs over it
 */
export const claim = async (directory: string): Promise<() => Promise<void>> => {
  await mkdir(directory, { recursive: true })
  const path = join(directory, ownerFile)
  const pid = Number(await readFile(path, 'utf8').catch(() => ''))
  if (pid > 0 && pid !== process.pid && (await isDemo(pid))) {
    throw new Error(`A demo runs over ${directory} already (process ${pid}): wait for it, stop it, or give another folder with --data.`)
  }
  await writeFile(path, String(process.pid))
  return () => rm(path, { force: true })
}

/** Whether the process lives and is a demo. Where the process table cannot be read, one that lives is taken for it. */
const isDemo = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  return command === null ? process.platform !== 'linux' : command.split('\0').includes('demo')
}

export interface Resuming {
  /** Whatever there is, a new one begins. */
  fresh: boolean
  /** What others put into the demo's database; null when that is gone. */
  othersWork(state: DemoState): Promise<{ messages: number; acts: number } | null>
}

/**
 * The unfinished demo of this directory, or a new one; one with other options is given up. A demo that others put something into is kept, finished or not.
 * @throws Error that says what to do when it is to be kept and this one has other options
 */
export const resumeOrBegin = async (
  directory: string,
  options: DemoOptions,
  { fresh, othersWork }: Resuming
): Promise<{ state: DemoState; how: Beginning }> => {
  const text = await readFile(statePath(directory), 'utf8').catch(() => null)
  const earlier = text === null ? null : (JSON.parse(text) as DemoState)
  if (earlier === null) return { state: await begin(directory, options, []), how: 'new' }
  if (earlier.layout === undefined) return { state: await begin(directory, options, []), how: 'older-version' }
  const anew = async (how: Beginning) => ({ state: await begin(directory, options, [...earlier.leftBehind, earlier.database]), how })
  if (fresh) return anew('new')
  const others = await othersWork(earlier)
  if (others === null) return anew('lost-database')
  const isSame = isDeepStrictEqual(earlier.options, options)
  if (!earlier.finished && isSame) return { state: earlier, how: 'resumed' }
  if (others.messages + others.acts === 0) return anew(earlier.finished ? 'new' : 'gave-up')
  if (isSame) return { state: earlier, how: 'kept' }
  const { workers, newShare, seed, weeklyVisas } = earlier.options
  throw new Error(
    `The demo in ${directory} holds what others put into it (${others.messages} messages, ${others.acts} acts of an operator), and one with other options would throw it away: ` +
      `go on with it (--workers ${workers} --new-share ${newShare} --seed ${seed} --weekly-visas ${weeklyVisas}), throw it away (--fresh), or give another folder (--data).`
  )
}

/** Draws everything a new demo needs and keeps it (readable by its owner alone). What an earlier one left in `directory` is removed. */
const begin = async (directory: string, options: DemoOptions, leftBehind: string[]): Promise<DemoState> => {
  await rm(join(directory, 'sandboxes'), { recursive: true, force: true })
  await rm(join(directory, 'clients'), { recursive: true, force: true })
  await rm(join(directory, 'log'), { recursive: true, force: true })
  await rm(join(directory, 'checkpoints'), { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const ports = await freePorts(sandboxNames.length + 2)
  const now = new Date()
  const state: DemoState = {
    options,
    campaignStart,
    speed: (7 * 24 * 3600) / weekSeconds,
    startedAt: now.toISOString(),
    database: `demo_${now.getTime()}`,
    gatewayPort: ports[0] as number,
    adminPort: ports[1] as number,
    sandboxPorts: Object.fromEntries(sandboxNames.map((name, i) => [name, ports[i + 2]])) as DemoState['sandboxPorts'],
    masterKey: randomBytes(32).toString('base64'),
    clientKeys: (await drawKeys(clientNames)) as DemoState['clientKeys'],
    sandboxKeys: (await drawKeys(sandboxNames)) as DemoState['sandboxKeys'],
    authority: await selfSignedCertificate({
      name: 'CN=SI GECCO (double)',
      notBefore: now,
      notAfter: new Date(now.getTime() + 365 * 86_400_000)
    }),
    statusToken: randomBytes(24).toString('base64url'),
    finished: false,
    leftBehind,
    layout: 2
  }
  await keep(directory, state)
  return state
}

/** Writes the state in one step: a process killed while writing leaves the old one whole. */
export const keep = async (directory: string, state: DemoState): Promise<void> => {
  const draft = `${statePath(directory)}.new`
  await writeFile(draft, JSON.stringify(state, null, 2), { mode: 0o600 })
  await rename(draft, statePath(directory))
}

const drawKeys = async (names: readonly string[]): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(names.map(async name => [name, (await generateSigningKey('ES256')).privateJwk] as const)))

const freePorts = async (count: number): Promise<number[]> => {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort(ports))
  return ports
}
