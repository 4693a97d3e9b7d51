// The first word of every npm script: installs what is missing, then runs the rest of the command line with the project's own Node.
// Plain JavaScript for Node 20. A shell's `a && b` would not do: it remembers where it found `node` before the project's was installed.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { ensureInstalled } from './ensure-installed.mjs'

const [script, ...rest] = process.argv.slice(2)
if (script === undefined) {
  console.error('usage: node scripts/run.mjs <script> [arguments]')
  process.exit(2)
}

let node
try {
  node = ensureInstalled()
} catch (error) {
  console.error(`jisr: ${error.message}`)
  process.exit(1)
}

const modules = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..', 'node_modules')
const binaries = path.join(modules, '.bin')
// Keeps what Node made of the sources: every process after the first starts in two thirds of the time. A folder that cannot be written is no error.
const compiled = process.env.NODE_COMPILE_CACHE ?? path.join(modules, '.cache', 'compiled')
let child

// A terminal's Ctrl-C reaches the child by itself, and npm sends it on to us besides: passing it on would count as a second one.
process.on('SIGINT', () => process.stdin.isTTY || child?.kill('SIGINT'))
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal))

child = spawn(node, [script, ...rest], {
  stdio: 'inherit',
  env: { ...process.env, NODE_COMPILE_CACHE: compiled, PATH: [path.dirname(node), binaries, process.env.PATH].join(path.delimiter) }
})

child.on('error', error => {
  console.error(`jisr: ${node} could not be run: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  // It was still being read: the words are those with which src/roles/demo/stopped.ts ends it later.
  if (rest[0] === 'demo' && ['SIGINT', 'SIGTERM', 'SIGHUP'].includes(signal)) {
    console.error('\nStopped before the end. Everything is kept: the same command goes on where this one was.')
    process.exit(130)
  }
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0))
})
