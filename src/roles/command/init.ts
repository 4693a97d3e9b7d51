// jisr init: a folder with all that `npm start` needs, for trying it out here or for real use.
import { mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../../config.ts'
import { drawMasterKey } from '../../trust/master-key.ts'
import { isPlain, settingLines } from '../setting-lines.ts'
import { writeNew } from './files.ts'
import { UsageError } from './session.ts'

interface InitOptions {
  issuer?: string
  port: number
  adminPort: number
}

/** Adds `init` to the program. It needs no configuration: it makes one. */
export const addInitCommand = (program: Command): void => {
  program
    .command('init <folder>')
    .description('makes a master key and a file of settings in a folder; without --issuer to try the gateway on this machine')
    .option('--issuer <url>', 'the https address under which clients and partners reach this gateway')
    .option('--port <n>', 'the port to listen at', port, 8080)
    .option('--admin-port <n>', 'the port of metrics and the status page', port, 9090)
    .action(init)
}

const init = async (folder: string, options: InitOptions): Promise<void> => {
  const at = resolve(folder)
  const files = { key: join(at, 'secrets', 'master-key'), settings: join(at, 'jisr.env') }
  const settings = settingsFor(at, files.key, options)
  // What cannot start is not written.
  readConfig(settings, 'start')
  for (const file of Object.values(files)) {
    const isThere = await stat(file).then(
      () => true,
      () => false
    )
    if (isThere) throw new UsageError(`${file} is there already, and nothing is written over it: go on with it, or name another folder`)
  }
  await make(at, 0o755)
  await make(join(at, 'secrets'), 0o700)
  await writeNew(files.key, `${drawMasterKey()}\n`)
  await writeNew(files.settings, text(settings))
  process.stdout.write(
    [
      `${files.key}: the master key. Who loses it loses all persons’ data: keep a copy elsewhere.`,
      `${files.settings}: the settings. To start:`,
      `  . ${quoted(files.settings)} && npm start`,
      ''
    ].join('\n')
  )
}

const settingsFor = (folder: string, keyFile: string, { issuer, port, adminPort }: InitOptions): Record<string, string> => ({
  ISSUER: issuer ?? `http://127.0.0.1:${port}`,
  ...(issuer === undefined ? { LOOPBACK_TRIAL: 'yes' } : {}),
  PORT: String(port),
  ADMIN_PORT: String(adminPort),
  MASTER_KEY_FILE: keyFile,
  DATA_DIRECTORY: join(folder, 'data')
})

const text = (settings: Readonly<Record<string, string>>): string =>
  [
    '# Read by a shell (`. jisr.env`), and by systemd as an EnvironmentFile. What else can be set stands in docs/operations.md; put it before the last line.',
    ...(settings.LOOPBACK_TRIAL === undefined
      ? []
      : ['# For trying it out on this machine alone: http, on loopback. Real use has an https ISSUER and no LOOPBACK_TRIAL.']),
    ...settingLines(settings),
    ''
  ].join('\n')

/** For a shell, whatever stands in it. */
const quoted = (value: string): string => (isPlain(value) ? value : `'${value.replaceAll("'", "'\\''")}'`)

const make = async (folder: string, mode: number): Promise<void> => {
  await mkdir(folder, { recursive: true, mode }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${folder} cannot be made (${error.code}): name another folder`)
  })
}

const port = (text: string): number => {
  const value = Number(text)
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > 65_535) throw new InvalidArgumentError('give a port, 1 to 65535')
  return value
}
