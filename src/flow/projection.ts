// What a partner may see of an event: the fields its adapter reads, narrowed to this partner, and nothing else.
import type { Projected } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import type { FieldPath } from '../../schemas/field.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { project } from '../domain/disclosure.ts'
import type { Partner } from './directory.ts'

/** The fields this partner's messages are made of. */
export const readsOf = (partner: Partner): readonly FieldPath[] => {
  const { outbound } = partner.code
  if (outbound === undefined) return []
  return outbound.narrow?.(partner.settings) ?? outbound.reads
}

/** Projects one event for one partner, with the record as of the version published with it. */
export const projectFor = (
  partner: Partner,
  event: {
    id: string
    type: EventType
    effectiveAt: string
    delivery: string
    subId: string
    version: { number: number; after: { record: Partial<MigrantRecord> } }
    subject: { campaign: number | null }
  }
): Projected => ({
  delivery: event.delivery,
  eventId: event.id,
  type: event.type,
  subId: event.subId,
  version: event.version.number,
  campaign: event.subject.campaign ?? 0,
  effectiveAt: event.effectiveAt,
  record: project(event.version.after.record, readsOf(partner))
})
