// Streams that have fallen behind: which, by how much, whose, and what to do. Told by measurements, log, page, readiness and doctor alike.
import { type BehindBy, behindBy, daysOf, type Held, type StreamLimits } from '../domain/falling-behind.ts'
import type { Tx } from '../store/database.ts'
import { countOwed } from '../store/standing.ts'
import type { Partner } from './directory.ts'
import { resumeCommand } from './failing.ts'

/** What is needed of a partner that is a stream. */
export interface Stream {
  id: string
  clientId: string | null
  status: Partner['status']
}

export interface StreamBehind extends Stream {
  undelivered: number
  oldestSeconds: number
  by: readonly BehindBy[]
}

/** What each of these streams holds at this time. */
export const heldBy = async (tx: Tx, streams: readonly Stream[], at: Date): Promise<ReadonlyMap<string, Held>> => {
  const ids = streams.map(({ id }) => id)
  const owed = ids.length === 0 ? [] : await countOwed(tx, ids)
  return new Map(
    owed.map(({ partnerId, count, oldest }) => [
      partnerId,
      { undelivered: count, oldestSeconds: Math.max(0, Math.round((at.getTime() - oldest.getTime()) / 1_000)) }
    ])
  )
}

/** What a stream holds that nobody told of. */
export const nothingHeld: Held = { undelivered: 0, oldestSeconds: null }

/** The one that holds most first. Of a disabled stream it was decided that nobody waits for it. */
export const streamsBehind = (streams: readonly Stream[], held: ReadonlyMap<string, Held>, limits: StreamLimits): StreamBehind[] =>
  streams
    .filter(({ status }) => status !== 'disabled')
    .map(({ id, clientId, status }) => {
      const holds = held.get(id) ?? nothingHeld
      return { id, clientId, status, undelivered: holds.undelivered, oldestSeconds: holds.oldestSeconds ?? 0, by: behindBy(holds, limits) }
    })
    .filter(({ by }) => by.length > 0)
    .toSorted((a, b) => b.undelivered - a.undelivered || a.id.localeCompare(b.id))

/** Looks at once which of these have fallen behind. */
export const readBehind = async (tx: Tx, streams: readonly Stream[], limits: StreamLimits, at: Date): Promise<StreamBehind[]> =>
  streamsBehind(streams, await heldBy(tx, streams, at), limits)

/** One sentence for the operator, in its two halves: what is, and what to do. */
export const behindText = ({ id, clientId, status, undelivered, oldestSeconds }: StreamBehind): { says: string; toDo: string } => ({
  says: `the stream ${id} holds ${undelivered} events that its receiver has not taken, the oldest for ${daysOf(oldestSeconds)} days`,
  toDo: `${status === 'paused' ? `it is paused: ${resumeCommand({ id, isStream: true })}, or ` : ''}ask ${clientId ?? 'its receiver'} why; all of it is kept until it is taken. One that nobody needs any more: ${disableCommand(id)}`
})

export const disableCommand = (id: string): string => `jisr streams disable ${id} --reason "…"`
