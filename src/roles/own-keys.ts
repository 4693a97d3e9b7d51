// Our own signing keys as they are now: a key that was rotated in takes over at its hour, in every process, without a restart.
import { partiesChannel } from '../flow/directory.ts'
import { keepFresh } from '../flow/keep-fresh.ts'
import { drawKey, type SigningUse, signingUses } from '../flow/rotate-keys.ts'
import type { Vault } from '../flow/vault.ts'
import type { Database } from '../store/database.ts'
import { addSigningKey, listSigningKeys, type SigningKeyRow } from '../store/keys.ts'
import { accessTokenLifeSeconds } from '../trust/access-token.ts'
import { loadSigningKey, type SigningAlgorithm, type SigningKey } from '../trust/keys.ts'
import { type LogKey, loadLogKey } from '../trust/log-key.ts'
import { open } from '../trust/seal.ts'

export interface OwnKeys {
  /** Signs what goes out, unless a receiver asked for another algorithm. */
  readonly set: SigningKey
  /** Signs for streams of this algorithm; null when there is no such key in use. */
  setFor(algorithm: SigningAlgorithm): SigningKey | null
  /** Signs access tokens. */
  readonly token: SigningKey
  /** Access tokens signed by any of these are taken. */
  readonly tokens: readonly SigningKey[]
  /** Signs the evidence log's checkpoints. */
  readonly log: LogKey
  /** All that ever signed a checkpoint, each with the time it served: old checkpoints are checked still. */
  readonly logs: readonly DatedLogKey[]
  /** What jwks.json shows: those in use, those about to be, and those retired so lately that their signatures are still about. */
  readonly published: readonly SigningKey[]
}

export interface DatedLogKey extends LogKey {
  activeFrom: Date
  retiredAt: Date | null
}

/** How long a retired key is still shown, and longer while something that it signed is not acknowledged (`neededUntil`). */
const shownForMs = 30 * 86_400_000
/** Twice a token's life: clocks differ. */
const tokensForMs = 2 * accessTokenLifeSeconds * 1_000

/** Opens the keys, drawing those that there are none of, and keeps them fresh. */
export const openOwnKeys = async (
  database: Database,
  vault: Vault,
  failed: (station: string, error: unknown) => void
): Promise<OwnKeys & { close(): Promise<void> }> => {
  await drawMissing(database, vault)
  let keys = await loadKeys(database, vault)
  const { close } = await keepFresh(
    database,
    async () => {
      keys = await loadKeys(database, vault)
    },
    { channel: partiesChannel, failed: error => failed('keys.loaded', error) }
  )
  const signsNow = (row: SigningKeyRow): boolean => {
    const now = Date.now()
    return row.activeFrom.getTime() <= now && row.compromisedAt === null && !isRetired(row, now)
  }
  const inUse = (use: SigningUse, algorithm: SigningAlgorithm): SigningKey | null =>
    keys.signing.find(({ row }) => row.use === use && row.algorithm === algorithm && signsNow(row))?.key ?? null
  const currentLog = (): LogKey => {
    const found = keys.log.find(({ row }) => signsNow(row))
    if (found === undefined) throw new Error('no log key is in use; a start draws one')
    return found.key
  }
  const current = (use: SigningUse): SigningKey => {
    const found = inUse(use, 'ES256')
    if (found === null) throw new Error(`no ${use} key is in use; a start draws one`)
    return found
  }
  const shown = (uses: readonly string[], isOver: (row: SigningKeyRow, now: number) => boolean) => {
    const now = Date.now()
    return keys.signing.filter(({ row }) => uses.includes(row.use) && row.compromisedAt === null && !isOver(row, now)).map(({ key }) => key)
  }
  refuseEarlier([...keys.signing, ...keys.log].map(({ row }) => row))
  current('set')
  current('token')
  currentLog()
  return {
    get set() {
      return current('set')
    },
    setFor: algorithm => inUse('set', algorithm),
    get token() {
      return current('token')
    },
    get tokens() {
      return shown(['token'], (row, now) => isRetired(row, now - tokensForMs))
    },
    get log() {
      return currentLog()
    },
    get logs() {
      return keys.log.map(({ row, key }) => ({ ...key, activeFrom: row.activeFrom, retiredAt: row.compromisedAt ?? row.retiredAt }))
    },
    get published() {
      return shown(
        ['set', 'token'],
        (row, now) => isRetired(row, now - shownForMs) && (row.neededUntil === null || row.neededUntil.getTime() <= now)
      )
    },
    close
  }
}

interface Loaded<Key> {
  row: SigningKeyRow
  key: Key
}

/** Newest first, as the store lists them. */
const loadKeys = async (database: Database, vault: Vault): Promise<{ signing: Loaded<SigningKey>[]; log: Loaded<LogKey>[] }> => {
  const rows = await listSigningKeys(database)
  const signing = rows.filter(row => row.use === 'set' || row.use === 'token')
  return {
    signing: await Promise.all(signing.map(async row => ({ row, key: await loadSigningKey(openPrivate(vault, row)) }))),
    log: rows.filter(row => row.use === 'log').map(row => ({ row, key: loadLogKey(openPrivate(vault, row)) }))
  }
}

/** A key is in use from when it was drawn: where none is yet, this machine's clock tells a time before that. @throws Error that says what to do */
const refuseEarlier = (rows: readonly SigningKeyRow[]): void => {
  const now = Date.now()
  for (const use of signingUses) {
    const begins = rows
      .filter(row => row.use === use && row.algorithm === 'ES256' && row.compromisedAt === null)
      .map(row => row.activeFrom.getTime())
    const first = Math.min(...begins)
    if (first <= now || begins.length === 0) continue
    throw new Error(
      `This machine tells ${new Date(now).toISOString()}, but the ${use} key is in use from ${new Date(first).toISOString()} only: set its clock right, then start again.`
    )
  }
}

const isRetired = ({ retiredAt }: SigningKeyRow, at: number) => retiredAt !== null && retiredAt.getTime() <= at

const drawMissing = async (database: Database, vault: Vault): Promise<void> => {
  const rows = await listSigningKeys(database)
  for (const use of signingUses) {
    if (rows.some(row => row.use === use && row.algorithm === 'ES256' && !isRetired(row, Date.now()))) continue
    await addSigningKey(database, await drawKey(vault, use, 'ES256', new Date()), 'jisr', 'there was none that signs')
  }
}

/** The private half of a key of ours. */
export const openPrivate = (vault: Vault, row: SigningKeyRow): string =>
  open(vault.key('gateway'), row.privateKey, { table: 'signing_key', column: 'private_key', row: row.kid }).toString('utf8')
