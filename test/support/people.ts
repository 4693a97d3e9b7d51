// People and their events from the sample campaign, for tests that need one at a time.
import { generateCampaign } from '../../samples/campaign.ts'
import type { CampaignMessage } from '../../samples/worker.ts'

const campaign = generateCampaign({ workers: 500, seed: 7, newShare: 1, campaignStart: '2026-01-05' })

/** Workers without a planted edge case. */
const plain = [...campaign.workers()].filter(worker => worker.edgeCases.length === 0)

/** The messages of the n-th ordinary new worker. */
export const messagesOf = (n: number): readonly CampaignMessage[] => {
  const worker = plain[n]
  if (worker === undefined) throw new Error(`the sample has ${plain.length} ordinary workers`)
  return [...worker.phaseA, ...worker.phaseB(new Date('2026-02-01T09:00:00Z'))]
}

/** The payload of the n-th worker's registration. */
export const registration = (n: number): Record<string, unknown> =>
  messagesOf(n).find(message => message.type === 'candidate.registered')?.payload as Record<string, unknown>
