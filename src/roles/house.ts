// What every role stands on: the database, the vault, the directory of partners and their channels' keys, composed by hand.
import type { Adapter, PartnerKeys } from '../../adapters/contract.ts'
import type { Clock } from '../domain/clock.ts'
import { forbidden } from '../domain/disclosure.ts'
import { isPartnerRole } from '../domain/disclosure-matrix.ts'
import { openDirectory, type Partner } from '../flow/directory.ts'
import type { Gateway } from '../flow/gateway.ts'
import { readsOf } from '../flow/projection.ts'
import { openVault, type Vault } from '../flow/vault.ts'
import { openDatabase, type Tx } from '../store/database.ts'
import { addSigningKey, listSigningKeys, type SigningKeyRow } from '../store/keys.ts'
import { applicationRole, assertMigrated } from '../store/migrate.ts'
import { clientKeyLoader, type RegisteredJwk } from '../trust/client-keys.ts'
import { generateSigningKey, loadSigningKey, type SigningKey } from '../trust/keys.ts'
import type { Keyring } from '../trust/master-key.ts'
import { partnerKeys } from '../trust/partner-keys.ts'
import { open, seal } from '../trust/seal.ts'

export interface HouseOptions {
  databaseUrl: string
  application: string
  keyring: Keyring
  clock: Clock
  adapters: ReadonlyMap<string, Adapter>
  log: Gateway['log']
  failed: Gateway['failed']
  connectionsMax?: number
}

export interface House extends Gateway {
  keys: OwnKeys
  close(): Promise<void>
}

/** Our own signing keys in use. */
export interface OwnKeys {
  set: SigningKey
  token: SigningKey
  published: readonly SigningKey[]
}

/**
 * Opens the house. Signing keys are drawn at the first start and kept sealed; there is no default key.
 * @throws Error when a migration is pending, or a partner is configured with what its adapter or role does not allow.
 */
export const openHouse = async (options: HouseOptions): Promise<House> => {
  const database = openDatabase({
    url: options.databaseUrl,
    application: options.application,
    role: applicationRole,
    connectionsMax: options.connectionsMax ?? 10,
    onConnectionLost: error => options.failed('database', error)
  })
  await assertMigrated(database)
  const vault = await openVault(database, options.keyring)
  const keys = await ownKeys(database, vault)
  const directory = await openDirectory(database, options.adapters)
  for (const partner of directory.partners()) refuseOverreach(partner)
  const cache = new Map<string, { partner: Partner; keys: PartnerKeys }>()
  return {
    database,
    vault,
    directory,
    keys,
    clock: options.clock,
    adapters: options.adapters,
    log: options.log,
    failed: options.failed,
    partnerKeys: partner => {
      const known = cache.get(partner.id)
      if (known?.partner === partner) return known.keys
      const made = channelOf(partner, keys.set, vault, options.clock)
      cache.set(partner.id, { partner, keys: made })
      return made
    },
    close: async () => {
      await directory.close()
      await database.close()
    }
  }
}

/** A partner may not be set to fields that its role may not have: the house does not open. */
export const refuseOverreach = (partner: Partner): void => {
  if (!isPartnerRole(partner.role))
    throw new Error(`partner ${partner.id} has the role ${partner.role}, which the disclosure matrix does not know`)
  const excess = forbidden(readsOf(partner), partner.role)
  if (excess.length > 0) {
    throw new Error(
      `partner ${partner.id} (role ${partner.role}) would be given what the role may not have: ${excess.join(', ')}; choose other fields or another role`
    )
  }
}

const ownKeys = async (database: Tx, vault: Vault): Promise<OwnKeys> => {
  let rows = await listSigningKeys(database)
  for (const use of ['set', 'token'] as const) {
    if (rows.some(row => row.use === use && row.retiredAt === null)) continue
    const { key, privateJwk } = await generateSigningKey('ES256')
    const privateKey = seal(vault.key('gateway'), privateJwk, { table: 'signing_key', column: 'private_key', row: key.kid })
    await addSigningKey(
      database,
      {
        kid: key.kid,
        use,
        algorithm: 'ES256',
        privateKey,
        publicJwk: { ...key.jwk },
        partnerId: null,
        certificate: null,
        activeFrom: new Date()
      },
      'jisr'
    )
  }
  rows = await listSigningKeys(database)
  const load = async (row: SigningKeyRow) => loadSigningKey(openPrivate(vault, row))
  const current = async (use: 'set' | 'token') => {
    const row = rows.find(r => r.use === use && r.retiredAt === null && r.activeFrom.getTime() <= Date.now())
    if (row === undefined) throw new Error(`no ${use} key is in use; add one with: jisr keys rotate ${use}`)
    return load(row)
  }
  const published = await Promise.all(rows.filter(row => row.use === 'set' || row.use === 'token').map(load))
  return { set: await current('set'), token: await current('token'), published }
}

const loadKeys = clientKeyLoader()

const openPrivate = (vault: Vault, row: SigningKeyRow): string =>
  open(vault.key('gateway'), row.privateKey, { table: 'signing_key', column: 'private_key', row: row.kid }).toString('utf8')

const channelOf = (partner: Partner, setKey: SigningKey, vault: Vault, clock: Clock): PartnerKeys =>
  partnerKeys({
    privateKeyPem: partner.channel === null ? null : openPrivate(vault, partner.channel),
    certificatePem: partner.channel?.certificate ?? null,
    partnerCertificates: partner.certificates,
    partnerKeys: partner.jwks === null ? [] : loadKeys(partner.jwks as { keys: RegisteredJwk[] }),
    setKey,
    now: () => clock.wall()
  })
