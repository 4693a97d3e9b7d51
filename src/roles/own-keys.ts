// Our own signing keys as they are now: a key that was rotated in takes over at its hour, in every process, without a restart.
import { partiesChannel } from '../flow/directory.ts'
import { drawKey, type SigningUse, signingUses } from '../flow/rotate-keys.ts'
import type { Vault } from '../flow/vault.ts'
import type { Database } from '../store/database.ts'
import { addSigningKey, listSigningKeys, type SigningKeyRow } from '../store/keys.ts'
import { accessTokenLifeSeconds } from '../trust/access-token.ts'
import { loadSigningKey, type SigningAlgorithm, type SigningKey } from '../trust/keys.ts'
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
  /** What jwks.json shows: those in use, those about to be, and those retired so lately that their signatures are still about. */
  readonly published: readonly SigningKey[]
}

/** How long a retired key is still shown, and longer while something that it signed is not acknowledged (`neededUntil`). */
const shownForMs = 30 * 86_400_000
/** Twice a token's life: clocks differ. */
const tokensForMs = 2 * accessTokenLifeSeconds * 1_000

/** Opens the keys, drawing those that there are none of, and keeps them fresh by NOTIFY. */
export const openOwnKeys = async (
  database: Database,
  vault: Vault,
  failed: (station: string, error: unknown) => void
): Promise<OwnKeys & { close(): Promise<void> }> => {
  await drawMissing(database, vault)
  let keys = await loadKeys(database, vault)
  let isClosing = false
  let loading = Promise.resolve()
  const load = async () => {
    if (!isClosing) keys = await loadKeys(database, vault)
  }
  const stop = await database.listen(partiesChannel, () => {
    loading = loading.then(load).catch(error => failed('keys.loaded', error))
  })
  const inUse = (use: SigningUse, algorithm: SigningAlgorithm): SigningKey | null => {
    const now = Date.now()
    const is = ({ row }: Loaded) =>
      row.use === use &&
      row.algorithm === algorithm &&
      row.activeFrom.getTime() <= now &&
      row.compromisedAt === null &&
      !isRetired(row, now)
    return keys.find(is)?.key ?? null
  }
  const current = (use: SigningUse): SigningKey => {
    const found = inUse(use, 'ES256')
    if (found === null) throw new Error(`no ${use} key is in use; a start draws one`)
    return found
  }
  const shown = (uses: readonly string[], isOver: (row: SigningKeyRow, now: number) => boolean) => {
    const now = Date.now()
    return keys.filter(({ row }) => uses.includes(row.use) && row.compromisedAt === null && !isOver(row, now)).map(({ key }) => key)
  }
  current('set')
  current('token')
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
    get published() {
      return shown(
        signingUses,
        (row, now) => isRetired(row, now - shownForMs) && (row.neededUntil === null || row.neededUntil.getTime() <= now)
      )
    },
    close: async () => {
      isClosing = true
      await stop()
      await loading
    }
  }
}

interface Loaded {
  row: SigningKeyRow
  key: SigningKey
}

/** Newest first, as the store lists them. */
const loadKeys = async (database: Database, vault: Vault): Promise<Loaded[]> => {
  const rows = (await listSigningKeys(database)).filter(row => row.use === 'set' || row.use === 'token')
  return Promise.all(rows.map(async row => ({ row, key: await loadSigningKey(openPrivate(vault, row)) })))
}

const isRetired = ({ retiredAt }: SigningKeyRow, at: number) => retiredAt !== null && retiredAt.getTime() <= at

const drawMissing = async (database: Database, vault: Vault): Promise<void> => {
  const rows = await listSigningKeys(database)
  for (const use of signingUses) {
    if (rows.some(row => row.use === use && row.algorithm === 'ES256' && !isRetired(row, Date.now()))) continue
    await addSigningKey(database, await drawKey(vault, use, 'ES256', new Date()), 'jisr')
  }
}

/** The private half of a key of ours. */
export const openPrivate = (vault: Vault, row: SigningKeyRow): string =>
  open(vault.key('gateway'), row.privateKey, { table: 'signing_key', column: 'private_key', row: row.kid }).toString('utf8')
