// L13: selection is free for the worker, and the fee for the work authorization is the employer's: any pact otherwise is void.
import type { Rule } from './rule.ts'

export const workerCharge: Rule = {
  id: 'L13',
  validFrom: '2000-02-01',
  citation: 'RD 1155/2024 art 113.2; organic law 4/2000 art 46.2'
}

/** Model 790: 062 is the fee for the work authorization. The visa fee may be the worker's own. */
const workFeeCode = '062'

/**
 * The pointer (RFC 6901) to a charge that the worker may not bear in a payload, or null. Every fee of the request is the employer's; at the
 * consulate only the work fee is.
 */
export const chargeOnWorker = (payload: Readonly<Record<string, unknown>>): string | null => {
  const proof = fee(payload, 'request', 'feeProof')
  if (proof?.paidBy === 'WORKER') return '/request/feeProof/paidBy'
  const visaFee = fee(payload, 'visa', 'fee')
  if (visaFee?.paidBy === 'WORKER' && visaFee.code === workFeeCode) return '/visa/fee/paidBy'
  return null
}

const fee = (
  payload: Readonly<Record<string, unknown>>,
  section: string,
  member: string
): { paidBy?: unknown; code?: unknown } | undefined => {
  const value = (payload[section] as Readonly<Record<string, unknown>> | null | undefined)?.[member]
  return typeof value === 'object' && value !== null ? value : undefined
}
