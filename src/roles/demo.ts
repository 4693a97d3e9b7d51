// The demo: a whole campaign on this machine alone, with everybody who takes part, to watch and to check.
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startEmbedded } from '../store/embedded.ts'
import { takeFolder } from './data-folder.ts'
import { type Accounts, reckonUp } from './demo/accounts.ts'
import { type Child, startChild } from './demo/children.ts'
import { ensureDatabase } from './demo/database.ts'
import { explainDemo } from './demo/explain.ts'
import { type DemoGateway, openGateway } from './demo/gateway.ts'
import { logFolder, openLogFile } from './demo/log-files.ts'
import { othersWorkIn } from './demo/others.ts'
import { issuerOf, setUpParties } from './demo/parties.ts'
import { reportLines } from './demo/report.ts'
import { startSandboxes } from './demo/sandboxes.ts'
import { checkpointFile, settingsFile, writeSettings } from './demo/settings.ts'
import { type Beginning, claim, type DemoOptions, type DemoState, keep, resumeOrBegin } from './demo/state.ts'
import { stoppedEarly, stoppedEarlyCode } from './demo/stopped.ts'
import { watch } from './demo/watch.ts'
import type { Log } from './log.ts'
import { beginLife, type Life, opened } from './process.ts'
import { openProgress, type Progress } from './progress.ts'

export interface DemoRun extends DemoOptions {
  /** Folder for everything that the demo keeps. */
  directory: string
  /** Throw away what an earlier demo holds. */
  fresh: boolean
  /** Another PostgreSQL than the embedded one: the URL of a database whose owner may create databases. */
  databaseUrl: string | null
  redisUrl: string | null
  /** Leave when the campaign is done, instead of going on to serve. */
  exit: boolean
  /** One line of JSON when the campaign is done, and nothing else. */
  json: boolean
  /** Called once the demo has taken charge of signals, and not before: one that came meanwhile would be lost between the two. */
  taken(): void
}

/**
 * Runs the demo, tells what happened, and goes on serving until a signal comes (or, with `exit`, ends). A signal before the end of the
 * campaign stops everything, says so and ends the process with code 130; the same run goes on where it was.
 * @throws Error whose message is one line for whoever typed the command
 */
export const runDemo = async (run: DemoRun): Promise<void> => {
  const progress = openProgress({ stream: process.stderr, isSilent: run.json })
  const failures = collectFailures(openLogFile(run.directory, 'gateway'))
  const life = beginLife({ log: () => {}, failed: sayUnforeseen(failures, progress, run.directory) })
  run.taken()
  let ending: 'interrupted' | 'done' | 'failed' = 'interrupted'
  life.keep('the demo', async () => {
    progress.stop()
    if (ending !== 'interrupted') return
    process.stderr.write(stoppedEarly)
    // Opened first, so closed last: nothing is left to close.
    process.exit(stoppedEarlyCode)
  })
  try {
    const { accounts, state, directory } = await play(run, life, progress, failures)
    ending = 'done'
    progress.stop()
    tell(run, accounts, state, directory, failures.lines)
    if (run.exit) await life.stop('done')
  } catch (error) {
    // What was closed under our feet makes no news: the signal is being dealt with.
    if (life.stopping.aborted && ending === 'interrupted') return new Promise(() => {})
    ending = 'failed'
    await life.stop('failed')
    throw explainDemo(error, run.directory, run.databaseUrl)
  }
}

const play = async (
  run: DemoRun,
  life: Life,
  progress: Progress,
  failures: Failures
): Promise<{ accounts: Accounts; state: DemoState; directory: string }> => {
  const { directory, workers, seed, newShare, weeklyVisas, fresh } = run
  await takeFolder(directory, 'demo')
  await opened(life, 'claim', claim(directory), release => release())
  const serverUrl = run.databaseUrl ?? (await startServer(directory, life, progress))
  const { state, how } = await resumeOrBegin(
    directory,
    { workers, seed, newShare, weeklyVisas },
    { fresh, othersWork: earlier => othersWorkIn(serverUrl, earlier) }
  )
  if (how !== 'new') progress.say(beginnings[how](directory))
  const databaseUrl = await ensureDatabase(serverUrl, state)
  await writeSettings(resolve(directory), state, databaseUrl)
  life.stopping.throwIfAborted()
  progress.say('Starting the gateway, six doubles of partners and the clients.')
  const gateway = await opened(
    life,
    'gateway',
    openGateway(state, databaseUrl, run.redisUrl, checkpointFile(directory, state), failures),
    gateway => gateway.close()
  )
  if (run.redisUrl !== null) await greetRedis(gateway)
  await setUpParties(gateway.house, state)
  const note = (text: string) => progress.say(text)
  // The clients knock until the gateway opens, and it opens when the partners can be reached.
  const starting = opened(life, 'clients', startClients(directory, state, note), clients => clients.close())
  starting.catch(() => {})
  const sandboxes = await opened(life, 'sandboxes', startSandboxes(directory, gateway.house, state, note), sandboxes => sandboxes.close())
  await gateway.start()
  const clients = await starting
  await Promise.race([watch(gateway.house.database, clients, state.options, progress, life.stopping), clients.broken, sandboxes.broken])
  const accounts = await reckonUp(gateway.house, sandboxes, state, join(directory, 'clients'))
  await keep(directory, { ...state, finished: true, finishedAt: state.finishedAt ?? new Date().toISOString() })
  return { accounts, state, directory }
}

const beginnings: Record<Exclude<Beginning, 'new'>, (directory: string) => string> = {
  resumed: () => 'Going on with the demo that was interrupted.',
  kept: () =>
    'Going on with the demo that is finished, since others put something into it. With --fresh it is thrown away, and one begins anew.',
  'gave-up': () => 'The demo that was interrupted had other options: it is given up, and this one begins.',
  'lost-database': () => 'The database of the demo before is not on this server any more: this one begins anew.',
  'older-version': directory =>
    `The demo before was of an earlier version, which kept its database in ${resolve(directory, '..', 'postgres')}: this one begins anew. If npm start never ran over that folder, you can delete it.`
}

const startServer = async (directory: string, life: Life, progress: Progress): Promise<string> => {
  progress.say('Starting PostgreSQL.')
  const starting = startEmbedded({ directory: join(directory, 'postgres'), note: text => progress.say(text), signal: life.stopping })
  const server = await opened(
    life,
    'postgresql',
    starting,
    server => server.stop(),
    server => server.stopAtOnce()
  )
  return server.url
}

const greetMs = 5_000

/** Queues connect by themselves and would wait for Redis for ever: here a person waits. */
const greetRedis = async ({ queues }: DemoGateway): Promise<void> => {
  const deadline = Date.now() + greetMs
  for (;;) {
    try {
      await queues.advice()
      return
    } catch (cause) {
      if (Date.now() > deadline) {
        throw new Error('Redis, which REDIS_URL names, does not answer: start it, or leave REDIS_URL out.', { cause })
      }
      await pause(100)
    }
  }
}

const startClients = (directory: string, state: DemoState, note: (text: string) => void): Promise<Child> =>
  startChild(
    directory,
    'clients',
    fileURLToPath(new URL('./demo/clients.ts', import.meta.url)),
    {
      gateway: issuerOf(state),
      directory: join(directory, 'clients'),
      campaign: { ...state.options, campaignStart: state.campaignStart },
      signedAt: state.startedAt,
      keys: state.clientKeys
    },
    { note, log: openLogFile(directory, 'clients').log }
  )

/** What went wrong on the way: some of it for the end of the table, all of it in the log. */
interface Failures extends Pick<Log, 'log' | 'failed'> {
  lines: readonly string[]
}

const failuresMax = 20

const collectFailures = ({ log, failed }: Pick<Log, 'log' | 'failed'>): Failures => {
  const lines: string[] = []
  return {
    lines,
    log,
    failed: (station, error) => {
      failed(station, error)
      if (lines.length < failuresMax) lines.push(`${station}: ${error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'}`)
    }
  }
}

/** An error that nobody caught ends the process: whoever watches is told what ended it, though never in the error's own words, which may hold a person's data. */
const sayUnforeseen =
  (failures: Failures, progress: Progress, directory: string): Log['failed'] =>
  (station, error) => {
    failures.failed(station, error)
    if (station !== 'process.uncaught' && station !== 'process.unhandled') return
    const { name = 'unknown', code } = (error ?? {}) as NodeJS.ErrnoException
    progress.stop()
    process.stderr.write(
      `jisr: The demo met an error that nobody foresaw (${[name, code].filter(Boolean).join(', ')}) and ends; ${logFolder(directory)} says where it arose. Everything is kept: the same command goes on.\n`
    )
  }

/** A script must notice: a broken guarantee, or a planted worker who ended otherwise, is no success. */
const isBroken = ({ lost, duplicated, outOfOrder, foreign, overruns, edgeCases }: Accounts): boolean =>
  lost + duplicated + outOfOrder + foreign + overruns > 0 ||
  Object.values(edgeCases).some(({ workers, asExpected }) => asExpected < workers)

const tell = (run: DemoRun, accounts: Accounts, state: DemoState, directory: string, failures: readonly string[]): void => {
  if (isBroken(accounts)) process.exitCode = 1
  if (run.json) {
    process.stdout.write(`${JSON.stringify(accounts)}\n`)
    return
  }
  const places = {
    gateway: run.exit ? null : issuerOf(state),
    ...(run.exit ? {} : { status: `http://127.0.0.1:${state.adminPort}/status`, settings: settingsFile(directory) }),
    journals: join(directory, 'sandboxes'),
    clients: join(directory, 'clients'),
    log: logFolder(directory),
    data: directory
  }
  const lines = reportLines(accounts, state.options, places, failures, process.stdout.columns)
  process.stdout.write(`\n${lines.join('\n')}\n${run.exit ? '' : '\nThe gateway goes on serving; press Ctrl+C to stop.\n'}`)
}
