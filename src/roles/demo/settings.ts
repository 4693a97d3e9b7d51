// What the operator's commands need to look into a demo that serves: its settings in a file, as `jisr init` writes those of a gateway.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { settingLines } from '../setting-lines.ts'
import { issuerOf } from './parties.ts'
import type { DemoState } from './state.ts'

export const settingsFile = (directory: string): string => join(directory, 'jisr.env')

export const checkpointFile = (directory: string, { database }: DemoState): string => join(directory, 'checkpoints', `${database}.jsonl`)

/** Writes them, for whoever runs the demo alone. */
export const writeSettings = async (directory: string, state: DemoState, databaseUrl: string): Promise<void> => {
  const keyFile = join(directory, 'master-key')
  const settings = {
    ISSUER: issuerOf(state),
    LOOPBACK_TRIAL: 'yes',
    PORT: String(state.gatewayPort),
    ADMIN_PORT: String(state.adminPort),
    MASTER_KEY_FILE: keyFile,
    DATABASE_URL: databaseUrl,
    CHECKPOINT_FILE: checkpointFile(directory, state),
    OUTBOUND_ALLOW: 'http://127.0.0.0/8:*'
  }
  const head = '# For the operator’s commands while the demo serves: `. jisr.env`, then `npm run jisr -- waiting list`.'
  await writeFile(keyFile, `${state.masterKey}\n`, { mode: 0o600 })
  await writeFile(settingsFile(directory), [head, ...settingLines(settings), ''].join('\n'), { mode: 0o600 })
}
