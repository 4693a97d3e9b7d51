// Runs the scripts of examples/ as somebody else would: as processes of their own that know a gateway by its address and have key files.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll } from 'vitest'
import { registerClient } from '../../src/flow/administer.ts'
import type { TestHouse } from './house.ts'

const run = promisify(execFile)

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs a script of examples/ with these variables and PATH alone. */
export const runExample = async (script: string, env: Record<string, string>): Promise<Ran> => {
  const command = script.endsWith('.mjs') ? process.execPath : 'sh'
  try {
    const { stdout, stderr } = await run(command, [`examples/${script}`], {
      env: { PATH: process.env.PATH ?? '', ...env },
      timeout: 60_000,
      maxBuffer: 4 * 1024 * 1024
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: code ?? -1, stdout: stdout ?? '', stderr: stderr ?? String(error) }
  }
}

/** A folder for key files, gone after the file's tests. */
export const keyFolder = async (): Promise<(name: string, text?: string) => Promise<string>> => {
  const folder = await mkdtemp(join(tmpdir(), 'jisr-examples-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return async (name, text) => {
    const path = join(folder, name)
    if (text !== undefined) await writeFile(path, text, { mode: 0o600 })
    return path
  }
}

/** Draws a key with Debian's jose and registers its public half, as an operator would who was sent it. @returns the private key's file. */
export const joseClient = async (
  t: TestHouse,
  file: Awaited<ReturnType<typeof keyFolder>>,
  id: string,
  scopes: readonly string[]
): Promise<string> => {
  const path = await file(`${id}.jwk`)
  await run('jose', ['jwk', 'gen', '-i', '{"alg":"ES256","kid":"k1"}', '-o', path])
  const { stdout } = await run('jose', ['jwk', 'pub', '-i', path])
  await registerClient(
    t.house,
    { reason: 'test', id, name: id, role: 'origin-agency', jwks: { keys: [JSON.parse(stdout)] }, scopes },
    'test'
  )
  return path
}
