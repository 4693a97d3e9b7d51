// The sample file of registrations: three rows are bad, each where it says, and the others make the events their workers have.
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { generateCampaign } from '../../samples/campaign.ts'
import { registrationFile, toCsv, toNdjson } from '../../samples/registration-file.ts'
import { toXlsx } from '../../samples/spreadsheet.ts'
import { eventPayload } from '../../schemas/event.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { registrationColumns, registrationRow, toRegistration } from '../../schemas/registration-row.ts'
import { sampleFiles } from '../../scripts/generate-samples.ts'
import { rowBytesMax } from '../../src/flow/import/frames.ts'
import { readSheet } from '../../src/flow/import/sheet/read-sheet.ts'

const campaign = generateCampaign({ workers: 200, seed: 3, newShare: 0.5, campaignStart: '2025-11-03' })
const file = registrationFile(campaign)
if (file === null) throw new Error('the campaign has no registrations by file')

describe('a file of registrations', () => {
  it('has exactly the bad rows it names, each wrong in the column it names', () => {
    const found = file.rows.flatMap((row, place) => {
      const parsed = registrationRow.safeParse(row)
      return parsed.success ? [] : [{ place, columns: parsed.error.issues.map(issue => issue.path.join('.')) }]
    })
    expect(found).toEqual(file.bad.map(({ place, column }) => ({ place, columns: [column] })))
    expect(found).toHaveLength(3)
  })

  it('has one good row for each worker who is registered by file, and it makes the event of her message', () => {
    const byFile = [...campaign.workers()].filter(worker => worker.registeredBy === 'file')
    const made = file.rows.flatMap(row => {
      const parsed = registrationRow.safeParse(row)
      return parsed.success ? [toRegistration(parsed.data)] : []
    })
    expect(made.map(registration => registration.about)).toEqual(byFile.map(worker => worker.id))
    for (const [place, registration] of made.entries()) {
      expect(eventPayload('candidate.registered').safeParse(registration.payload).error).toBeUndefined()
      const person = (byFile[place]?.phaseA[0]?.payload as Partial<MigrantRecord> | undefined)?.person
      expect(registration.payload.person).toMatchObject({ name: person?.name, identifiers: person?.identifiers })
      expect(registration.effectiveAt).toBe(byFile[place]?.phaseA[0]?.effectiveAt)
    }
    expect(new Set(made.map(registration => registration.key)).size).toBe(made.length)
  })

  it('says the same as CSV, as NDJSON and as a spreadsheet', async () => {
    const fromCsv = parse(toCsv(file.rows), { columns: true }) as Record<string, string>[]
    const fromNdjson = toNdjson(file.rows)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(fromCsv).toEqual(fromNdjson)
    const { header, frames } = await readSheet({ file: toXlsx(file.rows), kinds: {}, rowsMax: 1_000, rowBytesMax })
    const texts = Buffer.from(frames.bytes)
    const fromXlsx = frames.ends.map((end, at) => JSON.parse(JSON.parse(texts.toString('utf8', at && frames.ends[at - 1], end)).text))
    expect([header, fromXlsx]).toEqual([registrationColumns, fromNdjson])
    expect(Object.keys(fromCsv[0] ?? {})).toEqual(registrationColumns)
  })

  it('is not made for a campaign without newcomers', () => {
    expect(registrationFile(generateCampaign({ ...campaign.options, newShare: 0 }))).toBeNull()
  })
})

describe('a row of registrations', () => {
  const [good] = file.rows
  it('may leave optional cells empty', () => {
    const empty = {
      ...good,
      familyNameArabic: '',
      givenNamesArabic: '',
      phone: '',
      addressLine: '',
      crop: '',
      cropMonths: '',
      spanish: '',
      birthPlace: ''
    }
    const { payload } = toRegistration(registrationRow.parse(empty))
    expect(eventPayload('candidate.registered').safeParse(payload).error).toBeUndefined()
    expect(payload.person).not.toHaveProperty('contact')
  })

  it('is refused with a column that has no place here, or without one that must be filled', () => {
    expect(registrationRow.safeParse({ ...good, maritalStatus: 'married' }).success).toBe(false)
    for (const column of ['worker', 'familyName', 'birthDate', 'sex', 'card', 'passport', 'passportExpires', 'agency'])
      expect(registrationRow.safeParse({ ...good, [column]: '' }).success, column).toBe(false)
  })

  it('takes a day for an instant', () => {
    expect(toRegistration(registrationRow.parse({ ...good, registeredAt: '2025-09-01' })).effectiveAt).toBe('2025-09-01T00:00:00Z')
  })
})

describe('the sample files', () => {
  it('are what the generator makes', () => {
    for (const [name, content] of Object.entries(sampleFiles()))
      expect(
        readFileSync(new URL(`../../samples/files/${name}`, import.meta.url)).equals(Buffer.from(content)),
        `run node scripts/generate-samples.ts (${name})`
      ).toBe(true)
  })

  it('are documented column by column', () => {
    const readme = readFileSync(new URL('../../samples/README.md', import.meta.url), 'utf8')
    const documented = readme
      .split('\n')
      .filter(line => line.startsWith('| `'))
      .flatMap(line => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(match => match[1]))
    expect(documented.toSorted()).toEqual([...registrationColumns].toSorted())
  })
})
