// Evidence files as whoever gets one judges them: by the script that shares nothing with the gateway.
import { writeEvidence } from '../../src/flow/evidence.ts'
import type { House } from '../../src/roles/house.ts'

export interface Finding {
  name: string
  kind: 'holds' | 'gone' | 'WRONG' | 'open'
  words: string
}

export const evidenceScript = new URL('../../examples/verify-evidence.mjs', import.meta.url)

export const { verifyEvidence } = (await import(evidenceScript.href)) as { verifyEvidence(file: string, logKey?: string | null): Finding[] }

/** The file of a placement, as the command writes it, by whom the demo takes for itself. */
export const evidenceOf = (house: House, placement: string, reason = 'order 12/2026 of the court') => {
  const sets = house.keys.published.map(({ jwk, kid }) => ({ ...jwk, kid }))
  return writeEvidence(house, { log: house.keys.log, logs: house.keys.logs, sets }, { placement, actor: 'demo', reason })
}

/** Names of the parts that do not hold. */
export const wrongIn = (findings: readonly Finding[]): string[] =>
  findings.filter(({ kind }) => kind === 'WRONG' || kind === 'open').map(({ name }) => name)
