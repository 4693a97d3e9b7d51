// What runs before anything is installed: it sees what is missing, and asks for nothing when nothing is.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { whatIsMissing } from '../../scripts/ensure-installed.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'jisr-install-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (file: string, content: unknown) => {
  const target = path.join(folder, file)
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content))
}

const wanted = {
  '': { name: 'jisr' },
  'node_modules/zod': { version: '4.0.0' },
  'node_modules/@scope/tool': { version: '1.0.0', dev: true },
  'node_modules/tool-darwin': { version: '1.0.0', optional: true }
}

const install = (packages: Record<string, { version: string }>) => {
  write('node_modules/.package-lock.json', { packages })
  for (const location of Object.keys(packages)) write(`${location}/package.json`, {})
}

describe('what is missing', () => {
  it('is everything in a fresh clone', () => {
    write('package-lock.json', { packages: wanted })
    expect(whatIsMissing(folder)).toBe('nothing is installed yet')
  })

  it('is nothing when all is there but an optional package for another platform', () => {
    write('package-lock.json', { packages: wanted })
    install({ 'node_modules/zod': { version: '4.0.0' }, 'node_modules/@scope/tool': { version: '1.0.0' } })
    expect(whatIsMissing(folder)).toBeNull()
  })

  it('names a package that is absent, of another version, or deleted by hand', () => {
    write('package-lock.json', { packages: wanted })
    install({ 'node_modules/zod': { version: '4.0.0' } })
    expect(whatIsMissing(folder)).toBe('@scope/tool is not installed')
    install({ 'node_modules/zod': { version: '3.9.0' }, 'node_modules/@scope/tool': { version: '1.0.0' } })
    expect(whatIsMissing(folder)).toBe('zod is installed as 3.9.0, not 4.0.0')
    install({ 'node_modules/zod': { version: '4.0.0' }, 'node_modules/@scope/tool': { version: '1.0.0' } })
    rmSync(path.join(folder, 'node_modules/zod'), { recursive: true })
    expect(whatIsMissing(folder)).toBe('zod is gone from node_modules')
  })

  it('is nothing right after npm ci, whatever else the lock file names, until that file changes', () => {
    const lock = JSON.stringify({ packages: { ...wanted, 'node_modules/left-over': { version: '1.0.0' } } })
    write('package-lock.json', lock)
    install({ 'node_modules/zod': { version: '4.0.0' }, 'node_modules/@scope/tool': { version: '1.0.0' } })
    expect(whatIsMissing(folder)).toBe('left-over is not installed')
    write('node_modules/.installed-from', createHash('sha256').update(lock).digest('hex'))
    expect(whatIsMissing(folder)).toBeNull()
    write('package-lock.json', `${lock}\n`)
    expect(whatIsMissing(folder)).toBe('left-over is not installed')
  })

  it('tells to fetch the lock file again when it cannot be read', () => {
    write('package-lock.json', 'not json')
    expect(() => whatIsMissing(folder)).toThrow(/package-lock.json is missing or unreadable/)
  })
})
