// The conformance suite: what every adapter must do, whatever its partner speaks. An adapter's own test calls `testAdapter` and adds
// what only its partner does. docs: adapters/reference/README.md says how to begin.
import { describe } from 'vitest'
import type { Adapter, Message, Outcome, Parcel, PartnerKeys, Sandbox, SandboxOptions, Verified } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import type { PartnerRole } from '../../src/domain/disclosure.ts'
import { testDelivery } from './contract-delivery.ts'
import { testInbound } from './contract-inbound.ts'
import { testMapping } from './contract-mapping.ts'

/** Both ends of the channel. */
export interface AdapterChannel {
  /** What the gateway's context holds. */
  keys: PartnerKeys
  /** As `keys`, but signing with a key the partner does not know. */
  strangerKeys: PartnerKeys
  /** What the double needs: its own keys and ours. */
  sandboxSettings: Record<string, unknown>
}

export interface AdapterUnderTest<Settings> {
  adapter: Adapter<Settings>
  /** The role its partners have; decides which fields it may read. */
  role: PartnerRole
  /** A partner's settings as an operator writes them, for the double at `url`. */
  settings(url: string): Record<string, unknown>
  startSandbox(options: SandboxOptions): Promise<Sandbox>
  openChannel(): Promise<AdapterChannel> | AdapterChannel
  /** The folder with `outbound/` and `inbound/`: pairs <name>.in.json and <name>.out.*. */
  fixtures: URL
  samples: {
    /** The event that the delivery tests send; every accepted type is mapped. */
    event: EventType
    /** What the double's journal calls a row that had its business effect. */
    effect: string
    /** A code the double can refuse a parcel with, where the protocol has its own. */
    parcelCode?: string
    /** Changes the full record where this partner's message needs it otherwise. */
    adjust?(record: MigrantRecord): MigrantRecord
  }
  /** Parses a draft's body; throws when it is malformed. JSON when absent. */
  read?(body: string): unknown
  /** True when row answers come later, by ticket: then the double refuses rows in what it answers later, not in `send`. */
  byTicket?: true
  inbound?: InboundSamples
  additionalTests?(): void
}

export interface InboundSamples {
  /** A message as the partner of this channel sends it; `rows` are in its own terms. `byStranger` signs with another key. */
  message(channel: AdapterChannel, rows: readonly unknown[], byStranger?: true): Promise<Message> | Message
  /** The content that `authenticate` would give, for tests of `map` alone. */
  content(rows: readonly unknown[]): Verified
  /** A row that can be read, about a delivery. */
  good(delivery: string, index: number): unknown
  /** Rows that cannot be read, each with what is wrong with it. Values that must not come back in a reason stand in `secrets`. */
  hostile: readonly { what: string; row: unknown }[]
  secrets: readonly string[]
  /** What may stand in the place of the rows of a message that makes no sense as a whole; none where the protocol's schema forbids it. */
  senseless?: readonly unknown[]
}

export const testAdapter = <Settings>(subject: AdapterUnderTest<Settings>): void => {
  describe(`the adapter ${subject.adapter.name}`, () => {
    if (subject.adapter.outbound !== undefined) {
      testMapping(subject)
      testDelivery(subject)
    }
    if (subject.inbound !== undefined) testInbound(subject, subject.inbound)
    subject.additionalTests?.()
  })
}

export type SendAnswer = readonly Outcome[] | { refused: 'parcel'; code: string; reason: string }
export type AnyParcel = Parcel<unknown>
