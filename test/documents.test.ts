// What the documents say of the project, held against the project: files, npm scripts, options, states, leases.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { defaultLeases } from '../src/flow/leases.ts'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const documents = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...['docs', 'adapters', 'samples'].flatMap(folder =>
    (readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }) as string[])
      .filter(name => name.endsWith('.md'))
      .map(name => path.posix.join(folder, name.replaceAll(path.sep, '/')))
  )
]
/** What stands in backticks, a line each, code blocks left out. */
const quoted = (file: string) =>
  [
    ...read(file)
      .replace(/```[\s\S]*?```/g, '')
      .matchAll(/`([^`\n]+)`/g)
  ].map(match => match[1] ?? '')

test('every file and folder that a document names is there', () => {
  const gone = documents.flatMap(file =>
    quoted(file)
      .filter(name => /^(?:adapters|bench|docs|examples|openapi|samples|schemas|scripts|src|test)\/[\w./-]+$/.test(name))
      .filter(name => !existsSync(path.join(root, name)))
      .map(name => `${file}: ${name}`)
  )
  expect(gone).toEqual([])
})

test('every npm script that a document names exists', () => {
  const named = documents.flatMap(file => [...read(file).matchAll(/npm run ([\w:]+)/g)].map(match => ({ file, script: match[1] ?? '' })))
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter(({ script }) => !(script in manifest.scripts))).toEqual([])
})

test('ARCHITECTURE.md has a row for each state that the database knows of a delivery, and for no other', () => {
  const [, constraint = ''] =
    /constraint delivery_state check \(state in \(([^)]*)\)/.exec(read('src/store/migrations/0001_first.sql')) ?? []
  const known = [...constraint.matchAll(/'(\w+)'/g)].map(match => match[1])
  const section = read('ARCHITECTURE.md').split('\n## States of a delivery\n')[1]?.split('\nThe lane waits')[0] ?? ''
  expect([...section.matchAll(/^\| `(\w+)`/gm)].map(match => match[1]).toSorted()).toEqual(known.toSorted())
  expect(known.length).toBeGreaterThan(10)
})

test('ARCHITECTURE.md tells how long rows belong to whoever took them', () => {
  const { dispatchMs, attemptMs, answerMs } = defaultLeases
  const text = read('ARCHITECTURE.md')
  expect(text).toContain(`${dispatchMs / 1000} s lease; looked at`)
  expect(text).toContain(`answer within ${answerMs / 1000} s, lease ${attemptMs / 1000} s`)
})

test('the README explains every option of the demo and every member of its accounts', () => {
  const readme = read('README.md')
  const help = execFileSync(process.execPath, [path.join(root, 'src/main.ts'), 'demo', '--help'], { encoding: 'utf8', timeout: 30_000 })
  const options = [...help.matchAll(/--[\w-]+/g)].map(match => match[0]).filter(option => option !== '--help')
  const members = [
    ...(/export interface Accounts \{([\s\S]*?)\n\}/.exec(read('src/roles/demo/accounts.ts'))?.[1] ?? '').matchAll(/^ {2}(\w+):/gm)
  ]
  expect(options.length).toBeGreaterThan(4)
  expect(options.filter(option => !readme.includes(`\`${option}`))).toEqual([])
  expect(members.length).toBeGreaterThan(10)
  expect(members.map(match => match[1] ?? '').filter(member => !readme.includes(`\`${member}\``))).toEqual([])
})
