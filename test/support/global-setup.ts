// Once per test run: a folder for the database server that the first test in need of one starts, and its removal afterwards.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findPlace } from '../../src/store/embedded/place.ts'
import { stopServer } from '../../src/store/embedded/process.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the embedded server's data goes; null when TEST_DATABASE_URL names another server. */
    serverFolder: string | null
    /** A superuser's URL, or one of a user that may create databases and roles. */
    serverUrl: string | null
  }
}

const prefix = 'jisr-test-'

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const url = process.env.TEST_DATABASE_URL ?? null
  project.provide('serverUrl', url)
  if (url !== null) {
    project.provide('serverFolder', null)
    return async () => {}
  }
  await sweep()
  const folder = await mkdtemp(join(tmpdir(), prefix))
  // As root the server runs under another account, which must get in.
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'owner'), String(process.pid))
  await mkdir(join(folder, 'postgres'))
  project.provide('serverFolder', join(folder, 'postgres'))
  return () => remove(folder)
}

/** Stops the server over the folder, if one runs, and deletes all of it. */
const remove = async (folder: string): Promise<void> => {
  const place = await findPlace(join(folder, 'postgres'), () => {})
  await stopServer(place)
  await rm(place.folder, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}

/** Removes what a killed test run left behind. */
const sweep = async (): Promise<void> => {
  for (const name of (await readdir(tmpdir())).filter(name => name.startsWith(prefix)).slice(0, 100)) {
    const folder = join(tmpdir(), name)
    const owner = Number(await readFile(join(folder, 'owner'), 'utf8').catch(() => ''))
    // One without an owner is being made this moment.
    if (owner > 0 && !isAlive(owner)) await remove(folder).catch(() => undefined)
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
