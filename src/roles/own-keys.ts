// Our own signing keys as they are now: a key that was rotated in takes over at its hour, in every process, without a restart.
import { partiesChannel } from '../flow/directory.ts'
import { drawKey, type SigningUse, signingUses } from '../flow/rotate-keys.ts'
import type { Vault } from '../flow/vault.ts'
import type { Database } from '../store/database.ts'
import { addSigningKey, listSigningKeys, type SigningKeyRow } from '../store/keys.ts'
import { accessTokenLifeSeconds } from '../trust/access-token.ts'
import { loadSigningKey, type SigningKey } from '../trust/keys.ts'
import { open } from '../trust/seal.ts'

export interface OwnKeys {
  /** Signs what goes out. */
  readonly set: SigningKey
  /** Signs access tokens. */
  readonly token: SigningKey
  /** Access tokens signed by any of these are taken. */
  readonly tokens: readonly SigningKey[]
  /** What jwks.json shows: those in use, those about to be, and those retired so lately that their signatures are still about. */
  readonly published: readonly SigningKey[]
}

/** How long a retired key is still shown. */
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
  const current = (use: SigningUse): SigningKey => {
    const now = Date.now()
    const found = keys.find(({ row }) => row.use === use && row.activeFrom.getTime() <= now && !isRetired(row, now))
    if (found === undefined) throw new Error(`no ${use} key is in use; add one with: jisr keys rotate ${use} --now`)
    return found.key
  }
  const shown = (uses: readonly string[], forMs: number) =>
    keys.filter(({ row }) => uses.includes(row.use) && !isRetired(row, Date.now() - forMs)).map(({ key }) => key)
  current('set')
  current('token')
  return {
    get set() {
      return current('set')
    },
    get token() {
      return current('token')
    },
    get tokens() {
      return shown(['token'], tokensForMs)
    },
    get published() {
      return shown(signingUses, shownForMs)
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
    if (rows.some(row => row.use === use && !isRetired(row, Date.now()))) continue
    await addSigningKey(database, await drawKey(vault, use, new Date()), 'jisr')
  }
}

/** The private half of a key of ours. */
export const openPrivate = (vault: Vault, row: SigningKeyRow): string =>
  open(vault.key('gateway'), row.privateKey, { table: 'signing_key', column: 'private_key', row: row.kid }).toString('utf8')
