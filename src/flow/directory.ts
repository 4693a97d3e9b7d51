// Clients, partners and subscriptions, held in memory and read again when they change: every request and every event asks for them.
import { setTimeout as pause } from 'node:timers/promises'
import type { Adapter } from '../../adapters/contract.ts'
import { fits, type Scope } from '../domain/scope.ts'
import type { Database } from '../store/database.ts'
import { listSigningKeys, type SigningKeyRow } from '../store/keys.ts'
import { type ClientRow, listClients, listPartners, listSubscriptions, type PartnerRow, type SubscriptionRow } from '../store/parties.ts'

/** A partner with its adapter and its settings as the adapter understands them. */
export interface Partner extends Omit<PartnerRow, 'settings'> {
  settings: unknown
  code: Adapter
  /** How it gets security event tokens, where it is a stream. */
  stream: 'poll' | 'push' | null
  /** Our key and certificate for this partner's channel, the private half sealed. */
  channel: SigningKeyRow | null
}

/** The clear columns of a subject, by which a subscription's scope is judged. */
export interface ScopeColumns {
  employer: string | null
  agency: string | null
  consulate: string | null
  offer: string | null
}

export interface Directory {
  partners(): readonly Partner[]
  partner(id: string): Partner | undefined
  client(id: string): ClientRow | undefined
  /** The partners that are owed an event of this type about a subject with these columns. */
  subscribers(type: string, columns: ScopeColumns): Partner[]
  /** Reads everything again. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** The channel on which whoever changes a partner or subscription says so. */
export const partiesChannel = 'jisr_parties'

/**
 * Opens the directory and keeps it fresh by NOTIFY; what goes wrong then is told to `failed`, and tried again.
 * @throws Error when a partner names an adapter that does not exist or has settings its adapter refuses: the message says which and why.
 */
export const openDirectory = async (
  database: Database,
  adapters: ReadonlyMap<string, Adapter>,
  failed: (error: unknown) => void = () => {}
): Promise<Directory> => {
  let partners = new Map<string, Partner>()
  let clients = new Map<string, ClientRow>()
  let byType = new Map<string, SubscriptionRow[]>()

  const read = async () => {
    const clientRows = await listClients(database)
    const [rows, subscriptions, keys] = [await listPartners(database), await listSubscriptions(database), await listSigningKeys(database)]
    const channelOf = (id: string) => keys.find(key => key.use === 'channel' && key.partnerId === id && key.retiredAt === null) ?? null
    partners = new Map(rows.map(row => [row.id, { ...understand(row, adapters), channel: channelOf(row.id) }]))
    clients = new Map(clientRows.map(row => [row.id, row]))
    byType = Map.groupBy(subscriptions, s => s.eventType)
  }
  const { once: refresh, ended } = oneAtATime(read)
  await refresh()
  let closed = false
  /** Until it succeeds: a partner that was paused would get messages, were the old word to stand. */
  const heard = async () => {
    for (let waitMs = retryFirstMs; !closed; waitMs = Math.min(waitMs * 2, retryMostMs)) {
      try {
        return await refresh()
      } catch (error) {
        failed(error)
        await pause(waitMs, undefined, { ref: false })
      }
    }
  }
  const stop = await database.listen(partiesChannel, () => void heard())

  return {
    partners: () => [...partners.values()],
    partner: id => partners.get(id),
    client: id => clients.get(id),
    subscribers: (type, columns) => {
      const owed = new Set((byType.get(type) ?? []).filter(s => fits(scopeOf(s), columns)).map(s => s.partnerId))
      return [...owed].flatMap(id => partners.get(id) ?? []).filter(p => p.status !== 'disabled')
    },
    refresh,
    close: async () => {
      closed = true
      await stop()
      await ended()
    }
  }
}

const retryFirstMs = 250
const retryMostMs = 30_000

/** Whoever asks while one is under way gets the one after it, so an older reading never takes the place of a newer one. */
const oneAtATime = (work: () => Promise<void>): { once(): Promise<void>; ended(): Promise<void> } => {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return {
    once: () => {
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined
          running = work()
          return running
        })
      return next
    },
    ended: async () => {
      await next?.catch(() => {})
      await running.catch(() => {})
    }
  }
}

const scopeOf = ({ employer, agency, consulate, offer }: SubscriptionRow): Scope => ({
  ...(employer === null ? {} : { employer }),
  ...(agency === null ? {} : { agency }),
  ...(consulate === null ? {} : { consulate }),
  ...(offer === null ? {} : { offer })
})

const understand = (row: PartnerRow, adapters: ReadonlyMap<string, Adapter>): Omit<Partner, 'channel'> => {
  const code = adapters.get(row.adapter)
  if (code === undefined) {
    throw new Error(
      `partner ${row.id} names the adapter "${row.adapter}", which does not exist; there are: ${[...adapters.keys()].join(', ')}`
    )
  }
  const settings = code.settings.safeParse(row.settings)
  if (!settings.success) {
    const faults = settings.error.issues.map(issue => `${issue.path.join('.') || '(settings)'}: ${issue.message}`)
    throw new Error(`partner ${row.id}: the ${row.adapter} adapter refuses its settings: ${faults.join('; ')}`)
  }
  return { ...row, settings: settings.data, code, stream: code.stream?.(settings.data) ?? null }
}
