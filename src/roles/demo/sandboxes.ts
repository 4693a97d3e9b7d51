// The partners' doubles of the demo: each a process of its own with its books on disk.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JournalEntry, SandboxOptions } from '../../../adapters/contract.ts'
import { generateCampaign } from '../../../samples/campaign.ts'
import { holidays } from '../../domain/holidays.ts'
import { loadSigningKey } from '../../trust/keys.ts'
import type { House } from '../house.ts'
import { type Child, startChild } from './children.ts'
import { openLogFile } from './log-files.ts'
import { issuerOf } from './parties.ts'
import { type DemoState, type SandboxName, sandboxNames } from './state.ts'

const adapterOf: Record<SandboxName, string> = {
  'si-gecco': 'gecco',
  'consulate-tangier': 'consulate',
  'consulate-casablanca': 'consulate',
  'employer-1': 'reference',
  'employer-2': 'reference',
  'employer-3': 'reference'
}

export interface Sandboxes {
  journal(name: SandboxName): Promise<JournalEntry[]>
  /** Rejects when one of them has died too often. */
  broken: Promise<never>
  close(): Promise<void>
}

/** Starts all doubles on the ports and books of this demo. */
export const startSandboxes = async (
  directory: string,
  house: House,
  state: DemoState,
  note: (text: string) => void
): Promise<Sandboxes> => {
  const gatewayKey = { ...house.keys.set.jwk, kid: house.keys.set.kid }
  const children: Child[] = await Promise.all(
    sandboxNames.map(async name => {
      const script = fileURLToPath(new URL(`../../../adapters/${adapterOf[name]}/sandbox.ts`, import.meta.url))
      const options: SandboxOptions = {
        port: state.sandboxPorts[name],
        directory: join(directory, 'sandboxes', name),
        gateway: issuerOf(state),
        speed: state.speed,
        settings: await settingsOf(name, house, state, gatewayKey)
      }
      return startChild(directory, name, script, options, { note, log: openLogFile(directory, name).log })
    })
  )
  const url = (name: SandboxName) => `http://127.0.0.1:${state.sandboxPorts[name]}`
  return {
    journal: name => readJournal(url(name)),
    broken: Promise.race(children.map(child => child.broken)),
    close: async () => {
      await Promise.all(children.map(child => child.close()))
    }
  }
}

const settingsOf = async (name: SandboxName, house: House, state: DemoState, gatewayKey: object): Promise<Record<string, unknown>> => {
  if (name === 'si-gecco') {
    const { grantedFor, wrongNieFor } = generateCampaign({ ...state.options, campaignStart: state.campaignStart }).authority()
    const certificate = house.directory.partner(name)?.channel?.certificate
    return {
      partner: name,
      privateKey: state.authority.privateKeyPem,
      certificate: state.authority.certificatePem,
      gatewayCertificates: [certificate],
      waitingHours: 24,
      seed: String(state.options.seed),
      refusedShare: 0.02,
      grantedFor,
      wrongNieFor
    }
  }
  const key = JSON.parse(state.sandboxKeys[name]) as Record<string, unknown>
  const { kid } = await loadSigningKey(state.sandboxKeys[name])
  const common = { partner: name, key: { ...key, kid }, gatewayKeys: [gatewayKey] }
  if (!name.startsWith('consulate')) return common
  return {
    ...common,
    issuing: name === 'consulate-tangier' ? 'TANGIER' : 'CASABLANCA',
    weekly: state.options.weeklyVisas,
    holidays: [...new Set(holidays.map(holiday => holiday.day))],
    seed: String(state.options.seed)
  }
}

/** The whole journal, page by page. */
const readJournal = async (url: string): Promise<JournalEntry[]> => {
  const entries: JournalEntry[] = []
  for (;;) {
    const answer = await fetch(`${url}/__sandbox/journal?from=${entries.length}`)
    if (!answer.ok) throw new Error(`the double at ${url} answered ${answer.status} to a question for its journal`)
    const page = (await answer.json()) as JournalEntry[]
    if (page.length === 0) return entries
    entries.push(...page)
  }
}
