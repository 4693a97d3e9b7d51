// Installs what package-lock.json asks for and is not there, and repairs the project's own Node. Plain JavaScript for Node 20: it runs
// before anything is installed, and needs no network when nothing is missing.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const installTimeoutMs = 15 * 60_000
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Makes node_modules agree with package-lock.json and the project's Node runnable.
 * @returns {string} path of the Node to run the project with
 * @throws {Error} with what to do, when neither npm nor the installer of the package `node` could provide it
 */
export const ensureInstalled = (directory = root) => {
  const missing = whatIsMissing(directory)
  if (missing !== null) {
    console.error(`jisr: ${missing}; installing with npm ci (about a minute, needs the network this once)`)
    run(directory, npmCommand(), ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'])
    writeFileSync(stampFile(directory), lockDigest(directory))
  }
  return projectNode(directory)
}

/** Null when every package of the lock file that belongs on this machine is installed in the version asked for; otherwise a short reason. */
export const whatIsMissing = directory => {
  const wanted = lockedPackages(path.join(directory, 'package-lock.json'))
  if (wanted === null) throw new Error('package-lock.json is missing or unreadable: take it from the repository again.')
  const installed = lockedPackages(path.join(directory, 'node_modules', '.package-lock.json'))
  if (installed === null) return 'nothing is installed yet'
  // What npm ci made of this very lock file is right by definition, also where the file names more than package.json asks for.
  if (readIfThere(stampFile(directory)) === lockDigest(directory)) return null
  const omitted = new Set((process.env.npm_config_omit ?? '').split(/[\s,]+/))
  for (const [location, entry] of Object.entries(wanted)) {
    if (location === '' || entry.link === true) continue
    const found = installed[location]
    if (found === undefined) {
      if (entry.optional === true || entry.devOptional === true || (entry.dev === true && omitted.has('dev'))) continue
      return `${nameOf(location)} is not installed`
    }
    if (found.version !== entry.version) return `${nameOf(location)} is installed as ${found.version}, not ${entry.version}`
    if (!existsSync(path.join(directory, location, 'package.json'))) return `${nameOf(location)} is gone from node_modules`
  }
  return null
}

const nameOf = location => location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length)

const lockedPackages = file => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null
  } catch {
    return null
  }
}

const stampFile = directory => path.join(directory, 'node_modules', '.installed-from')

const lockDigest = directory =>
  createHash('sha256')
    .update(readFileSync(path.join(directory, 'package-lock.json')))
    .digest('hex')

const readIfThere = file => (existsSync(file) ? readFileSync(file, 'utf8') : null)

/** The package `node` brings its binary by an install script. Where scripts are blocked the package is there and the binary is not. */
const projectNode = directory => {
  const binary = path.join(directory, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (isRightNode(directory, binary)) return binary
  if (isRightNode(directory, process.execPath)) return process.execPath
  console.error('jisr: the package node is installed without its binary (install scripts blocked?); fetching it')
  const installer = path.join(directory, 'node_modules', 'node', 'installArchSpecificPackage.js')
  if (existsSync(installer)) run(path.dirname(installer), process.execPath, [path.basename(installer)])
  if (isRightNode(directory, binary)) return binary
  throw new Error(
    `The project needs Node ${wantedNode(directory)} and this is ${process.version}. Its own copy could not be installed for ${process.platform}-${process.arch}: ` +
      'allow the install script of the package node (npm install-scripts approve node; npm rebuild node), or install that Node and try again.'
  )
}

const isRightNode = (directory, binary) => {
  if (binary !== process.execPath && !existsSync(binary)) return false
  const answer = spawnSync(binary, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return answer.status === 0 && isAtLeast(answer.stdout.trim().replace(/^v/, ''), wantedNode(directory))
}

const wantedNode = directory => JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')).engines.node.replace(/^>=\s*/, '')

const isAtLeast = (version, minimum) => {
  const [a, b] = [version, minimum].map(text => text.split('.').map(part => Number.parseInt(part, 10) || 0))
  for (let place = 0; place < 3; place++) {
    if ((a[place] ?? 0) !== (b[place] ?? 0)) return (a[place] ?? 0) > (b[place] ?? 0)
  }
  return true
}

const npmCommand = () => (process.platform === 'win32' ? 'npm.cmd' : 'npm')

const run = (directory, command, argumentsOfIt) => {
  const answer = spawnSync(command, argumentsOfIt, {
    cwd: directory,
    stdio: ['ignore', 2, 2],
    timeout: installTimeoutMs,
    shell: process.platform === 'win32'
  })
  if (answer.error) throw new Error(`${command} could not be run: ${answer.error.message}`, { cause: answer.error })
  if (answer.status !== 0) {
    throw new Error(
      `${command} ${argumentsOfIt.join(' ')} failed (exit ${answer.status ?? answer.signal}); see its messages above. The first run needs the network.`
    )
  }
}
