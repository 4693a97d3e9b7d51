// Clients, partners and subscriptions, held in memory and read again when they change: every request and every event asks for them.
import type { Adapter } from '../../adapters/contract.ts'
import { fits, type Scope } from '../domain/scope.ts'
import type { Database } from '../store/database.ts'
import { listSigningKeys, type SigningKeyRow } from '../store/keys.ts'
import { type ClientRow, listClients, listPartners, listSubscriptions, type PartnerRow, type SubscriptionRow } from '../store/parties.ts'
import { keepFresh } from './keep-fresh.ts'

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
 * Opens the directory and keeps it fresh; what goes wrong then is told to `failed`, and tried again.
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
    // Before the partners: one that this version cannot read must not keep the suspension of a client from counting.
    clients = new Map((await listClients(database)).map(row => [row.id, row]))
    const [rows, subscriptions, keys] = [await listPartners(database), await listSubscriptions(database), await listSigningKeys(database)]
    const channelOf = (id: string) => keys.find(key => key.use === 'channel' && key.partnerId === id && key.retiredAt === null) ?? null
    partners = new Map(rows.map(row => [row.id, { ...understand(row, adapters), channel: channelOf(row.id) }]))
    byType = Map.groupBy(subscriptions, s => s.eventType)
  }
  await read()
  const { refresh, close } = await keepFresh(database, read, { channel: partiesChannel, failed })

  return {
    partners: () => [...partners.values()],
    partner: id => partners.get(id),
    client: id => clients.get(id),
    subscribers: (type, columns) => {
      const owed = new Set((byType.get(type) ?? []).filter(s => fits(scopeOf(s), columns)).map(s => s.partnerId))
      return [...owed].flatMap(id => partners.get(id) ?? []).filter(p => p.status !== 'disabled')
    },
    refresh,
    close
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
