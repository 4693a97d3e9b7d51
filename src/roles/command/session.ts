// One run of an operator's command: opens the house on the configured database, does the act, prints, closes.
import { userInfo } from 'node:os'
import { InvalidArgumentError } from 'commander'
import { adapters } from '../../../adapters/index.ts'
import type { Config } from '../../config.ts'
import { realClock } from '../../domain/clock.ts'
import { type House, openHouse } from '../house.ts'
import { readKeyring } from '../keyring.ts'
import { fault } from '../log.ts'
import { openPlace } from '../open-database.ts'
import { beginLife } from '../process.ts'

/** What a command is given. `by` is who does it, for the audit. */
export interface Session {
  house: House
  /** Absolute: where the evidence log's checkpoints are filed. */
  checkpointFile: string
  by: string
}

/** Options that every command has. */
export interface CommonOptions {
  by?: string
  json?: boolean
}

/** Opens a session for one command. main.ts gives the configuration. */
export type Run = (options: CommonOptions, act: (session: Session) => Promise<Output>) => Promise<void>

/** What a command prints: a value for machines, lines for people. */
export interface Output {
  json: unknown
  lines: readonly string[]
}

/** A command was called in a way that cannot work: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** A reason for the audit: something is said, on one line. */
export const reasonText = (text: string): string => {
  const said = text.trim()
  if (said === '' || said.length > reasonLengthMax || /\p{Cc}/u.test(said))
    throw new InvalidArgumentError(`say why, on one line of at most ${reasonLengthMax} characters, without anybody’s name`)
  return said
}
const reasonLengthMax = 500

/** Who acts, for the audit: somebody, on one line. */
export const actorText = (text: string): string => {
  const who = text.trim()
  if (who === '' || who.length > actorLengthMax || /\p{Cc}/u.test(who))
    throw new InvalidArgumentError(`say who does it, on one line of at most ${actorLengthMax} characters`)
  return who
}
const actorLengthMax = 100

/** Makes the runner of commands. `readConfig` is called when a command runs, so that `--help` needs no configuration. */
export const commandRunner =
  (readConfig: () => Config): Run =>
  async (options, act) => {
    const config = readConfig()
    const note = (text: string) => process.stderr.write(`jisr: ${text}\n`)
    const keyring = await readKeyring(config)
    const life = beginLife({ log: () => {}, failed: tellFault, hasEnd: true })
    try {
      const place = await openPlace(config, life, note)
      const house = await openHouse({
        databaseUrl: place.url,
        application: 'command',
        keyring,
        clock: realClock,
        adapters,
        log: () => {},
        failed: () => {},
        connectionsMax: 4,
        outboundAllow: config.outboundAllow
      })
      try {
        print(await act({ house, checkpointFile: config.checkpointFile, by: options.by ?? userInfo().username }), options.json ?? false)
      } finally {
        await house.close()
      }
    } catch (error) {
      // What was closed under our feet makes no news: the signal is being dealt with.
      if (life.stopping.aborted) return new Promise(() => {})
      throw error
    } finally {
      await life.stop('done')
    }
  }

/** What nobody foresaw, without its words. */
export const tellFault = (station: string, error: unknown): void => {
  const { error: name, code, at } = fault(error)
  process.stderr.write(`jisr: ${station}: ${name}${code === null ? '' : ` (${code})`}${at === null ? '' : ` at ${at}`}\n`)
}

const print = ({ json, lines }: Output, asJson: boolean): void => {
  process.stdout.write(asJson ? `${harmlessJson(json)}\n` : lines.map(line => `${harmless(line)}\n`).join(''))
}

/** Signs that are commands to a terminal, or turn what stands behind them round. Partners write names and reasons that an operator reads. */
const commands = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

const harmless = (line: string): string => line.replace(commands, '?')

/** The same text to whoever parses it. */
const harmlessJson = (value: unknown): string =>
  JSON.stringify(value).replace(commands, sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** One line that says what was done. */
export const said = (line: string, json: Record<string, unknown> = {}): Output => ({ json: { done: line, ...json }, lines: [line] })
