// Writes the small sample files of samples/files from the generator; with --check it only tells which one differs.
import path from 'node:path'
import { generateCampaign } from '../samples/campaign.ts'
import { registrationFile, toCsv, toNdjson } from '../samples/registration-file.ts'
import { toXlsx } from '../samples/spreadsheet.ts'
import { writeOrCheck } from './write-or-check.ts'

const options = { seed: 2026, campaignStart: '2025-11-03' }

/** Twenty to thirty registrations, three of them bad, and all messages about one newcomer and one repeater. */
export const sampleFiles = (): Record<string, string | Buffer> => {
  const file = registrationFile(generateCampaign({ ...options, workers: 80, newShare: 1 }))
  if (file === null) throw new Error('the campaign of the sample files has no registrations by file')
  const workers = [...generateCampaign({ ...options, workers: 40, newShare: 0.5 }).workers()].filter(
    worker => worker.edgeCases.length === 0
  )
  const shown = (['new', 'repeater'] as const).map(kind => workers.find(worker => worker.kind === kind))
  const messages = shown.flatMap(worker => (worker ? [...worker.phaseA, ...worker.phaseB(new Date('2025-11-17T09:00:00Z'))] : []))
  return {
    'registrations.csv': toCsv(file.rows),
    'registrations.ndjson': toNdjson(file.rows),
    'registrations.xlsx': toXlsx(file.rows),
    'messages.ndjson': messages.map(({ client: _, ...message }) => `${JSON.stringify(message)}\n`).join('')
  }
}

if (import.meta.main) {
  const folder = path.resolve(import.meta.dirname, '..', 'samples', 'files')
  const files = Object.fromEntries(Object.entries(sampleFiles()).map(([name, content]) => [path.join(folder, name), content]))
  process.exit(writeOrCheck(files, 'node scripts/generate-samples.ts'))
}
