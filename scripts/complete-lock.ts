// Adds to package-lock.json the optional packages for other platforms that npm left out, so that `npm ci` accepts the lock file everywhere.
// npm drops such an entry when the registry in use could not serve that version on the day; `npm ci` then refuses the whole file.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

interface LockedPackage {
  version?: string
  cpu?: string[]
  libc?: string[]
  os?: string[]
  dev?: boolean
  optional?: boolean
  optionalDependencies?: Record<string, string>
}

interface LockFile {
  packages: Record<string, LockedPackage>
}

/** Gives the entries that `lock` lacks: optional dependencies of locked packages, at their exact version, by location. */
export function missingEntries(lock: LockFile): Record<string, LockedPackage> {
  const missing: Record<string, LockedPackage> = {}
  for (const [location, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!/^\d+\.\d+\.\d+[-\w.]*$/.test(range) || isFound(lock, location, name)) continue
      missing[`node_modules/${name}`] = { version: range, ...platformOf(name), ...(entry.dev ? { dev: true } : {}), optional: true }
    }
  }
  return missing
}

function isFound(lock: LockFile, from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (`${folder}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages) return true
    if (!folder.includes('/node_modules/')) return false
  }
}

/** These packages carry their platform in their name: cli-linux-x64-musl, binding-win32-arm64-msvc, msgpackr-extract-darwin-x64. */
function platformOf(name: string): LockedPackage {
  const words = name.split(/[/-]/)
  const os = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'].filter(word => words.includes(word))
  const cpu = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'].filter(word => words.includes(word))
  const libc = words.some(word => word.startsWith('musl')) ? ['musl'] : words.some(word => word.startsWith('gnu')) ? ['glibc'] : []
  if (os.length === 0)
    throw new Error(`package-lock.json lacks ${name}, and its name does not tell its platform: run npm install ${name} once by hand.`)
  return { ...(cpu.length > 0 ? { cpu } : {}), ...(libc.length > 0 ? { libc } : {}), os }
}

if (import.meta.main) {
  const file = path.resolve(import.meta.dirname, '..', 'package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile
  const missing = missingEntries(lock)
  const names = Object.keys(missing)
  if (names.length > 0 && process.argv.includes('--check')) {
    console.error(`package-lock.json lacks ${names.length} optional packages, the first is ${names[0]}: run node scripts/complete-lock.ts`)
    process.exit(1)
  }
  if (names.length > 0) {
    const [root, ...others] = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, 'en'))
    writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries([...(root ? [root] : []), ...others]) }, null, 2)}\n`)
  }
  console.log(`package-lock.json: ${names.length} entries added`)
}
