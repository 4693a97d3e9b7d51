// The consulate's contract: its generated types are those in the repository, a public linter has nothing to say, and what we send fits it.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { decide } from '../../adapters/consulate/sandbox-decisions.ts'
import type { Application } from '../../adapters/consulate/sandbox-office.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const contract = 'openapi/partners/consulate.yaml'
const run = (script: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [script, ...args], {
    cwd: root,
    timeout: 60_000,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off' }
  })

let folder: string
let schemas: Record<string, unknown>
const redocly = 'node_modules/@redocly/cli/bin/cli.js'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jisr-contract-'))
  await run(redocly, 'bundle', contract, '--dereferenced', '--ext', 'json', '-o', join(folder, 'consulate.json'))
  schemas = (JSON.parse(await readFile(join(folder, 'consulate.json'), 'utf8')) as { components: { schemas: Record<string, unknown> } })
    .components.schemas
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const misfits = (name: string, value: unknown) => z.fromJSONSchema(schemas[name] as never).safeParse(value).error?.issues ?? []

describe('the contract of the consulate', () => {
  test('gives exactly the types in wire.d.ts', async () => {
    await expect(run('scripts/generate-wire.ts', '--check')).resolves.toMatchObject({ stderr: '' })
  })

  test('passes a public linter without an error or a warning', async () => {
    const { stdout, stderr } = await run(redocly, 'lint', contract, '--format', 'json')
    expect(JSON.parse(stdout.slice(stdout.indexOf('{'))), stderr).toMatchObject({ totals: { errors: 0, warnings: 0 } })
  })

  test('holds every draft among the fixtures', async () => {
    const outbound = new URL('../../adapters/consulate/fixtures/outbound/', import.meta.url)
    const drafts = (await readdir(outbound)).filter(name => name.includes('.out.'))
    expect(drafts.length).toBeGreaterThan(2)
    for (const name of drafts) {
      const draft = JSON.parse(await readFile(new URL(name, outbound), 'utf8')) as object
      expect(misfits('withdrawals' in draft ? 'WithdrawalRequest' : 'JointApplication', draft), name).toEqual([])
    }
  })

  test('holds every decision the double makes', () => {
    const application: Application = {
      reference: '01JD0000000000000000000001',
      applicationNumber: 'TAN-2026-000001',
      subId: 'sub-1',
      parcel: '01JG0000000000000000000001',
      passport: 'AB0000001',
      fileNumber: '21002026000000001',
      filedAt: '2026-01-14T09:00:00.000Z',
      week: '2026-W03',
      storedAt: 0,
      outcome: 'LODGED',
      since: '2026-01-14T09:00:00.000Z'
    }
    for (const outcome of ['LODGED', 'ISSUED', 'REFUSED', 'WITHDRAWN', 'RENOUNCED', 'REVOKED', 'ANNULLED'] as const)
      expect(misfits('Decision', decide(application, outcome, new Date('2026-01-19T09:00:00Z'))), outcome).toEqual([])
  })

  test('refuses what must not travel: a birth date that was invented, a row without file number, a sticker for a visa of type C', () => {
    const applicant = { surname: 'X', givenNames: 'Y', nationality: 'MAR' }
    expect(misfits('Applicant', { ...applicant, birthDate: '1975' })).not.toEqual([])
    expect(
      misfits('VisaApplication', {
        reference: 'D',
        personReference: 's',
        applicant: { ...applicant, birthDate: '1975-XX-XX' },
        passport: {}
      })
    ).not.toEqual([])
    expect(misfits('Visa', { stickerNumber: 'TAN26000001', type: 'C', validFrom: '2026-02-02', validTo: '2026-06-15' })).not.toEqual([])
  })
})
