// The container files: valid for docker-compose, without a default password or key, and for an unprivileged user.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { needs } from './support/skip.ts'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n')
  it('runs the gateway as an unprivileged user on Node 24', () => {
    expect(lines.find(line => line.startsWith('FROM'))).toMatch(/^FROM node:24-slim$/)
    expect(lines.findLast(line => line.startsWith('USER'))).toBe('USER node')
    expect(lines.findIndex(line => line.startsWith('USER'))).toBeLessThan(lines.findIndex(line => line.startsWith('CMD')))
  })

  it('copies only what is in the repository, and nothing that holds a secret', () => {
    const copied = lines.filter(line => line.startsWith('COPY')).flatMap(line => line.split(' ').slice(1, -1))
    for (const name of copied) expect(existsSync(path.join(root, name)), name).toBe(true)
    expect(copied).not.toContain('.')
    expect(lines).toContain('COPY container/jisr /usr/local/bin/jisr')
    expect(JSON.parse(lines.findLast(line => line.startsWith('CMD'))?.slice(4) ?? '')).toEqual(['jisr', 'start'])
    for (const name of ['secrets', '.data', '.git']) expect(read('.dockerignore').split('\n')).toContain(name)
    expect(read('.gitignore').split('\n')).toContain('secrets/')
  })
})

describe('jisr in the container', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'jisr-container-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(path.join(folder, 'node'), '#!/bin/sh\necho "$PGPASSWORD|$@"\n', { mode: 0o755 })
  writeFileSync(path.join(folder, 'password'), 'of the file\n')
  const jisr = (env: Record<string, string>) =>
    spawnSync(path.join(root, 'container/jisr'), ['waiting', 'list'], {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, ...env }
    })

  it('hands the password of a file to PostgreSQL’s client, and the words to the program', () => {
    const { status, stdout } = jisr({ PGPASSWORD_FILE: path.join(folder, 'password') })
    expect([status, stdout]).toEqual([0, 'of the file|/app/src/main.ts waiting list\n'])
    expect(jisr({ PGPASSWORD: 'given' }).stdout).toBe('given|/app/src/main.ts waiting list\n')
  })

  it('starts nothing when the file cannot be read', () => {
    const { status, stdout, stderr } = jisr({ PGPASSWORD_FILE: path.join(folder, 'none') })
    expect([status === 0, stdout, stderr]).toEqual([false, '', expect.stringContaining(path.join(folder, 'none'))])
  })
})

describe.skipIf(!needs('docker-compose'))('docker-compose.yml', () => {
  const config = (env: Record<string, string>) =>
    spawnSync('docker-compose', ['config'], { cwd: root, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env } })

  it('is accepted by docker-compose once the issuer is said, and not before', () => {
    expect(config({ ISSUER: 'https://gateway.example.org' })).toMatchObject({ status: 0 })
    const silent = config({})
    expect(silent.status).not.toBe(0)
    expect(silent.stderr).toContain('say who you are')
  })

  it('takes passwords and keys from files that nobody wrote for you', () => {
    const { stdout } = config({ ISSUER: 'https://gateway.example.org' })
    expect(stdout).not.toMatch(/PASSWORD: |_KEY: |password=/i)
    for (const name of ['postgres-password', 'master-key']) expect(stdout).toContain(`secrets/${name}`)
    expect(existsSync(path.join(root, 'secrets', 'master-key')), 'secrets/ is not committed').toBe(false)
  })

  it('shows the master key to the gateway alone, migrates every day, and waits for the database by the way that the gateway takes', () => {
    const written = read('docker-compose.yml')
    const service = (name: string) => new RegExp(`^ {2}${name}:.*\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(written)?.[1] ?? ''
    const holders = ['postgres', 'migrate', 'daily', 'gateway', 'redis'].filter(name => service(name).includes('master-key'))
    expect(holders).toEqual(['gateway'])
    expect(service('daily')).toContain('while jisr migrate; do sleep 86400; done')
    expect(service('postgres')).toContain('pg_isready --host 127.0.0.1')
  })

  it('starts Redis only when asked, and publishes nothing beyond this machine by itself', () => {
    // Read as it is written: the releases of docker-compose print it each in their own way.
    const written = read('docker-compose.yml')
    expect(/^ {2}redis:\n((?: {4}.*\n)+)/m.exec(written)?.[1]).toContain('profiles: [redis]')
    const published = [...written.matchAll(/^ {4}ports:\n((?: {6}.*\n)+)/gm)].flatMap(match =>
      (match[1] ?? '').split('\n').filter(line => / - /.test(line))
    )
    expect(published.length).toBe(2)
    for (const line of published) expect(line).toMatch(/- "(?:\$\{PUBLISH:-)?127\.0\.0\.1:/)
  })
})
