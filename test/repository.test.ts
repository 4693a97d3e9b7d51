// What must hold of the repository as a whole: what it may not name, how long its files are, that its documents hang together.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { missingEntries } from '../scripts/complete-lock.ts'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
/** Every file that is not ignored; read from the disk, since a machine need not have git. */
const filesUnder = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const file = path.posix.join(folder, entry.name)
    if (/^(?:\.git|node_modules|\.data|coverage|secrets)$|\.log$/.test(file)) return []
    return entry.isDirectory() ? filesUnder(file) : [file]
  })
const files = filesUnder('')
const isText = (file: string) => !/\.(?:png|jpg|ico|woff2?|xlsx|pdf)$/.test(file)
const isGenerated = (file: string) =>
  /^(?:package-lock\.json|LICENCE|schemas\/json\/|openapi\/|samples\/files\/|src\/store\/schema\.sql)|\/fixtures\/|\/wire\.d\.ts$/.test(
    file
  )

describe('every file', () => {
  it('names no host of a package registry and no folder of the machine it was written on', () => {
    // In parts, since this file is read as well.
    const hosts = [
      ['registry', 'npmjs'],
      ['registry', 'yarnpkg'],
      ['npm', 'pkg', 'github'],
      ['npmmirror', 'com'],
      ['pypi', 'org'],
      ['deb', 'debian', 'org']
    ]
    const forbidden = new RegExp(`${hosts.map(parts => parts.join('\\.')).join('|')}|(?<![\\w.-])/(?:work|root|home)/\\w`, 'i')
    const found = files.filter(isText).flatMap(file =>
      read(file)
        .split('\n')
        .flatMap((line, place) => (forbidden.test(line) ? [`${file}:${place + 1}`] : []))
    )
    expect(found).toEqual([])
  })

  it('is at most 400 lines long (a list of tests or styles 600), unless it is generated or a fixture', () => {
    // A migration that was applied is never touched again, so it cannot be cut in two either.
    const long = files
      .filter(file => isText(file) && !isGenerated(file) && !file.startsWith('src/store/migrations/'))
      .map(file => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > (/\.(test\.ts|css)$/.test(file) ? 600 : 400))
    expect(long).toEqual([])
  })

  it('that checks evidence offline is short enough to be read before it is trusted, and needs nothing but Node', () => {
    const script = read('examples/verify-evidence.mjs')
    expect(script.split('\n').length - 1).toBeLessThan(200)
    expect([...script.matchAll(/ from '([^']+)'/g)].map(([, from]) => from).filter(from => !from?.startsWith('node:'))).toEqual([])
  })

  it('of our code says in its first line what it is for', () => {
    // A test says it in its names.
    const silent = files
      .filter(file => /\.(?:ts|mjs)$/.test(file) && !/\.(?:test|config|d)\.m?ts$/.test(file) && !isGenerated(file))
      .filter(file => {
        const lines = read(file).split('\n')
        return !/^\/\/ \S/.test((lines[0]?.startsWith('#!') ? lines[1] : lines[0]) ?? '')
      })
    expect(silent).toEqual([])
  })
})

describe('the documents', () => {
  const documents = files.filter(file => file.endsWith('.md'))
  const linksOf = (file: string) =>
    [...read(file).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
      .map(match => match[1] ?? '')
      .filter(link => !/^[a-z]+:/.test(link))
      .map(link => path.posix.join(path.posix.dirname(file), decodeURIComponent(link)))

  it('link only to what exists', () => {
    const broken = documents.flatMap(file =>
      linksOf(file)
        .filter(link => !existsSync(path.join(root, link)))
        .map(link => `${file} -> ${link}`)
    )
    expect(broken).toEqual([])
  })

  it('under docs can all be reached from the README or from the index of the documentation', () => {
    const reached = new Set(['README.md', 'docs/README.md'].filter(file => documents.includes(file)))
    for (const file of reached) for (const link of linksOf(file)) if (link.endsWith('.md')) reached.add(link)
    expect(documents.filter(file => file.startsWith('docs/') && !reached.has(file))).toEqual([])
  })
})

describe('package.json', () => {
  const lock = JSON.parse(read('package-lock.json'))

  it('keeps its scripts in order, each started by the script that installs what is missing', () => {
    const names = Object.keys(manifest.scripts)
    expect(names).toEqual(names.toSorted())
    for (const [name, script] of Object.entries(manifest.scripts)) expect(script, name).toMatch(/^node scripts\/run\.mjs /)
  })

  it('pins every dependency and says of each install script whether it may run', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+/)
    const withScripts = Object.entries(lock.packages as Record<string, { hasInstallScript?: boolean }>)
      .filter(([location, entry]) => location !== '' && entry.hasInstallScript)
      .map(([location]) => location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length))
    expect([...new Set(withScripts)].filter(name => !(name in manifest.allowScripts))).toEqual([])
  })

  it('has a lock file that npm ci takes on every platform', () => {
    expect(Object.keys(missingEntries(lock))).toEqual([])
    const cut = structuredClone(lock)
    for (const location of ['node_modules/@biomejs/cli-darwin-arm64', 'node_modules/@biomejs/cli-linux-x64-musl'])
      delete cut.packages[location]
    expect(missingEntries(cut)).toEqual({
      'node_modules/@biomejs/cli-darwin-arm64': expect.objectContaining({ cpu: ['arm64'], os: ['darwin'], optional: true, dev: true }),
      'node_modules/@biomejs/cli-linux-x64-musl': expect.objectContaining({ cpu: ['x64'], libc: ['musl'], os: ['linux'] })
    })
  })
})
