// Files of registrations of any length, for imports: made-up people, each with papers of her own.
import { generateCampaign } from '../../samples/campaign.ts'
import { type FileRow, registrationFile } from '../../samples/registration-file.ts'

const sample = registrationFile(generateCampaign({ workers: 300, seed: 5, newShare: 1, campaignStart: '2026-01-05' }))
if (sample === null) throw new Error('the campaign has no registrations by file')
const bad = new Set(sample.bad.map(({ place }) => place))
const models = sample.rows.filter((_, place) => !bad.has(place))

/** `count` rows of an agency; `from` numbers them, so that two files can have different people. */
export const registrations = (count: number, from = 0, agency = 'ANP-BEM-01'): FileRow[] =>
  Array.from({ length: count }, (_, i) => {
    const n = String(from + i).padStart(7, '0')
    return { ...(models[i % models.length] as FileRow), worker: `w-${n}`, agency, passport: `QB${n}`, card: `QX${n.slice(1)}` }
  })
