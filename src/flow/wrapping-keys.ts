// The master keys of a process: from files, or wrapped by a key service (KMS) that is asked at the start and never while we seal.
import { DomainError } from '../domain/errors.ts'
import type { Database } from '../store/database.ts'
import {
  addWrappingKey,
  ageOfNext,
  announceWrappingKeys,
  listWrappingKeys,
  promoteNextKey,
  type WrappingKeyRow
} from '../store/wrapping-keys.ts'
import { drawMasterKey, type Keyring, type MasterKey, parseMasterKey } from '../trust/master-key.ts'

/** Holds a key that never leaves it. */
export interface KeyService {
  /** What it is called in messages to the operator. */
  name: string
  /** @returns the bytes, wrapped: printable, without blanks. @throws Error that says what went wrong and what to do. */
  wrap(bytes: Buffer): Promise<string>
  unwrap(wrapped: string): Promise<Buffer>
}

export interface KeyringSource {
  /** From a file. Null: the service holds the current one. */
  own: MasterKey | null
  former: readonly MasterKey[]
  service: KeyService | null
}

/** All keys of a process. At the first start with a key service one is drawn. @throws Error when the service does not give back what it wrapped. */
export const openKeyring = async (database: Database, source: KeyringSource): Promise<Keyring> => {
  const { own, former, service } = source
  if (service === null) {
    if (own === null) throw new Error('there is neither a master key nor a key service')
    return { current: own, previous: former }
  }
  const rows = await listWrappingKeys(database)
  if (own === null && !rows.some(row => row.state === 'current')) {
    // Of two processes that start for the first time one has its key taken, and both use that.
    await addWrappingKey(database, await newKey(service, 'current'), 'jisr', 'there was none that wraps')
    await announceWrappingKeys(database)
    rows.splice(0, rows.length, ...(await listWrappingKeys(database)))
  }
  const keys = await Promise.all(rows.map(async row => ({ row, key: await unwrapped(service, row) })))
  const current = own ?? keys.find(({ row }) => row.state === 'current')?.key
  if (current === undefined) throw new Error('no wrapping key is in use: start again')
  return { current, previous: [...keys.map(({ key }) => key).filter(key => key.id !== current.id), ...former] }
}

const unwrapped = async (service: KeyService, { id, wrapped }: WrappingKeyRow): Promise<MasterKey> => {
  const bytes = await service.unwrap(wrapped)
  try {
    const key = parseMasterKey(bytes.toString('base64'))
    if (key.id === id) return key
  } catch {
    // Neither the bytes nor what is wrong with them is told.
  }
  throw new Error(`${service.name} gave other bytes than were wrapped (key ${id}): is it the service that wrapped them?`)
}

/** Draws a key, has it wrapped, and unwrapped again: what cannot be opened is never stored. */
const newKey = async (service: KeyService, state: WrappingKeyRow['state']): Promise<WrappingKeyRow> => {
  const text = drawMasterKey()
  const { id } = parseMasterKey(text)
  const row: WrappingKeyRow = { id, wrapped: await service.wrap(Buffer.from(text, 'base64')), state }
  await unwrapped(service, row)
  return row
}

/**
 * Draws the next wrapping key. Every process hears of it and can open what it wraps; it wraps nothing until `useNextKey`.
 * @throws DomainError `conflict` when the master key is in a file, or there is a next one.
 */
export const drawNextKey = async (database: Database, source: KeyringSource, actor: string, reason: string): Promise<string> => {
  if (source.service === null || source.own !== null)
    throw new DomainError('conflict', 'the master key is in a file: draw another with jisr keys master')
  const key = await newKey(source.service, 'next')
  if (!(await addWrappingKey(database, key, actor, reason)))
    throw new DomainError('conflict', 'there is a next key already: jisr keys rewrap makes it the current one')
  await announceWrappingKeys(database)
  return key.id
}

/** Until a new key may be used: by then every process that runs has heard of it. */
const knownAfterSeconds = 30

/** The next key becomes the current one, where there is one. @throws DomainError `conflict` while others may not know it. */
export const useNextKey = async (database: Database, actor: string, reason: string): Promise<void> => {
  const age = await ageOfNext(database)
  if (age === null) return
  if (age < knownAfterSeconds)
    throw new DomainError(
      'conflict',
      `the next key is ${Math.floor(age)} s old, and not every process may know it: try again in half a minute`
    )
  await database.transaction(tx => promoteNextKey(tx, actor, reason))
  await announceWrappingKeys(database)
}
