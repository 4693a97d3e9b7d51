// A line of a file becomes one row or one fault, never nothing.
import { expect, test } from 'vitest'
import { generateCampaign } from '../../../samples/campaign.ts'
import { registrationFile, toCsv } from '../../../samples/registration-file.ts'
import { csvReader } from '../../../src/flow/import/read-row.ts'

const file = registrationFile(generateCampaign({ workers: 60, seed: 1, newShare: 1, campaignStart: '2026-01-05' }))
const [header, ...lines] = toCsv(file?.rows.slice(0, 3) ?? [])
  .trimEnd()
  .split('\n') as [string, ...string[]]

const read = csvReader(header)

test('a good row is an event', () => {
  expect(read(lines[0] as string)).toMatchObject({ event: { type: 'candidate.registered' } })
})

test('rows hidden behind a lone carriage return are a fault of their line, with and without quotes', () => {
  const [first, second] = lines as [string, string]
  const quoted = first.replace(/^([^,]*)/, '"$1"')
  for (const line of [`${quoted}\r${second}`, `${quoted}\r${second}\r${first}`, `${first}\r${second}`]) {
    expect(read(line)).toMatchObject({ fault: { code: expect.any(String) } })
  }
})

test('a header whose lines end in carriage returns alone is refused, not swallowed', () => {
  const quoted = header.replace(/^([^,]*)/, '"$1"')
  expect(() => csvReader(`${quoted}\r${lines[0]}`)).toThrow(/first line must name the columns/)
})
