// What every role stands on: the database, the vault, the directory of partners and their channels' keys, composed by hand.
import type { Adapter, PartnerKeys } from '../../adapters/contract.ts'
import type { Clock } from '../domain/clock.ts'
import { forbidden } from '../domain/disclosure.ts'
import { isPartnerRole } from '../domain/disclosure-matrix.ts'
import { defaultStreamLimits, type StreamLimits } from '../domain/falling-behind.ts'
import { openDirectory, type Partner } from '../flow/directory.ts'
import type { Gateway } from '../flow/gateway.ts'
import { keepFresh } from '../flow/keep-fresh.ts'
import { openLedgerWatch } from '../flow/ledger-watch.ts'
import type { Lookup } from '../flow/names.ts'
import { openOutside } from '../flow/outside.ts'
import { readsOf } from '../flow/projection.ts'
import { openVault, type Vault } from '../flow/vault.ts'
import { type KeyringSource, openKeyring } from '../flow/wrapping-keys.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { goneChannel } from '../store/erasure.ts'
import { applicationRole, assertMigrated } from '../store/migrate.ts'
import { wrappingKeysChannel } from '../store/wrapping-keys.ts'
import { clientKeyLoader, type RegisteredJwk } from '../trust/client-keys.ts'
import { type Allowance, openDestinations } from '../trust/destination.ts'
import type { SigningKey } from '../trust/keys.ts'
import type { Keyring } from '../trust/master-key.ts'
import { partnerKeys } from '../trust/partner-keys.ts'
import { type OwnKeys, openOwnKeys, openPrivate } from './own-keys.ts'

export interface HouseOptions {
  databaseUrl: string
  application: string
  /** The master keys, or where they come from. */
  keyring: Keyring | KeyringSource
  clock: Clock
  adapters: ReadonlyMap<string, Adapter>
  log: Gateway['log']
  failed: Gateway['failed']
  measured?: Gateway['measured']
  connectionsMax?: number
  /** As whom events are signed; absent in a process that signs none. */
  issuer?: string
  /** What the URI of each event begins with; absent or null: the issuer and /ns/event/v1/. */
  eventNamespace?: string | null
  /** Where requests may go beside public https hosts. */
  outboundAllow?: readonly Allowance[]
  /** From which on a stream has fallen behind; those of the settings when absent. */
  streamLimits?: StreamLimits
  /** How names of hosts are looked up; the system's when absent. */
  lookup?: Lookup
}

export interface House extends Gateway {
  keys: OwnKeys
  masterKeys: {
    source: KeyringSource
    /** As they are at this moment. */
    fresh(): Promise<Keyring>
    /** Names of those that this process knows; the first is what it wraps by. */
    known(): readonly string[]
  }
  close(): Promise<void>
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
    onConnectionLost: error => options.failed('database', error),
    onRanOut: error => options.failed('database', error)
  })
  try {
    return await openOn(database, options)
  } catch (error) {
    await database.close()
    throw error
  }
}

const openOn = async (database: Database, options: HouseOptions): Promise<House> => {
  await assertMigrated(database)
  const source = sourceOf(options.keyring)
  const keyring = await openKeyring(database, source)
  const freshen = async () => Object.assign(keyring, await openKeyring(database, source))
  const vault = await openVault(database, keyring)
  const keys = await openOwnKeys(database, vault, options.failed)
  const directory = await openDirectory(database, options.adapters, error => options.failed('directory', error))
  for (const partner of directory.partners()) refuseOverreach(partner)
  const outside = openOutside(openDestinations(options.outboundAllow ?? []), options.lookup)
  const stopForgetting = await database.listen(goneChannel, personId => vault.forget(personId))
  // A key that another process drew is known before anything is wrapped by it.
  const stopWrapping =
    source.service === null
      ? async () => {}
      : (
          await keepFresh(database, async () => void (await freshen()), {
            channel: wrappingKeysChannel,
            failed: error => options.failed('master keys', error),
            // Each reading asks the key service.
            everyMs: null
          })
        ).close
  const cache = new Map<string, { partner: Partner; setKey: SigningKey; keys: PartnerKeys }>()
  return {
    database,
    vault,
    directory,
    outside,
    signing: {
      issuer: options.issuer ?? null,
      eventNamespace: options.eventNamespace ?? `${options.issuer ?? ''}/ns/event/v1/`,
      keyFor: algorithm => keys.setFor(algorithm)
    },
    keys,
    masterKeys: { source, fresh: freshen, known: () => [keyring.current, ...keyring.previous].map(({ id }) => id) },
    ledger: openLedgerWatch(database, options.log),
    streamLimits: options.streamLimits ?? defaultStreamLimits,
    clock: options.clock,
    adapters: options.adapters,
    log: options.log,
    failed: options.failed,
    ...(options.measured === undefined ? {} : { measured: options.measured }),
    partnerKeys: partner => {
      const known = cache.get(partner.id)
      const setKey = keys.set
      if (known?.partner === partner && known.setKey.kid === setKey.kid) return known.keys
      const made = channelOf(partner, setKey, vault, options.clock)
      cache.set(partner.id, { partner, setKey, keys: made })
      return made
    },
    close: async () => {
      await outside.close()
      await stopForgetting()
      await stopWrapping()
      await keys.close()
      await directory.close()
      await database.close()
    }
  }
}

const sourceOf = (keyring: Keyring | KeyringSource): KeyringSource =>
  'service' in keyring ? keyring : { own: keyring.current, former: keyring.previous, service: null }

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

const loadKeys = clientKeyLoader()

const channelOf = (partner: Partner, setKey: SigningKey, vault: Vault, clock: Clock): PartnerKeys =>
  partnerKeys({
    privateKeyPem: partner.channel === null ? null : openPrivate(vault, partner.channel),
    certificatePem: partner.channel?.certificate ?? null,
    partnerCertificates: partner.certificates,
    partnerKeys: partner.jwks === null ? [] : loadKeys(partner.jwks as { keys: RegisteredJwk[] }),
    setKey,
    now: () => clock.wall()
  })
