// The doctor's look at what is trusted: our keys and their age, certificates that end, and where partners are.
import type { Adapter } from '../../../adapters/contract.ts'
import { checkLog } from '../../flow/check-log.ts'
import { endpointsOf } from '../../flow/endpoints.ts'
import { expiriesOf, expiryText, nearing } from '../../flow/expiries.ts'
import { LogBroken } from '../../flow/log-tree.ts'
import type { Outside } from '../../flow/outside.ts'
import { signingUses } from '../../flow/rotate-keys.ts'
import { openVault } from '../../flow/vault.ts'
import { type KeyringSource, openKeyring } from '../../flow/wrapping-keys.ts'
import { NotFiled } from '../../store/checkpoint-file.ts'
import type { Database } from '../../store/database.ts'
import { findGatewayKey, listSigningKeys, type SigningKeyRow, wrappedByOthers, wrappingTables } from '../../store/keys.ts'
import { certifiedClients, listPartners, type PartnerRow } from '../../store/parties.ts'
import { listWrappingKeys } from '../../store/wrapping-keys.ts'
import { loadLogKey } from '../../trust/log-key.ts'
import type { Keyring } from '../../trust/master-key.ts'
import { NotOpened, rewrapKey } from '../../trust/seal.ts'
import { openPrivate } from '../own-keys.ts'
import { bad, type Finding, look, ok } from './finding.ts'

const ageDaysMax = 400
const dayMs = 86_400_000

/** The master keys, unwrapped by the key service where there is one. The first start has it wrap one: that is not done here. */
export const lookAtKeyring = async (
  database: Database,
  source: KeyringSource | null
): Promise<{ keyring: Keyring | null; findings: Finding[] }> => {
  if (source === null) return { keyring: null, findings: [] }
  if (source.own === null && !(await listWrappingKeys(database)).some(row => row.state === 'current'))
    return { keyring: null, findings: [ok('key service', 'has wrapped no key yet: the first start, or a rewrap, has it do so')] }
  try {
    const keyring = await openKeyring(database, source)
    return { keyring, findings: source.service === null ? [] : [ok('key service', 'gives back what it wrapped')] }
  } catch (error) {
    return { keyring: null, findings: [bad('key service', (error as Error).message, 'see what it says: nothing starts until it answers')] }
  }
}

/** Whether the master key opens what is sealed, and which keys sign. */
export const lookAtKeys = async (database: Database, keyring: Keyring): Promise<Finding[]> => [
  ...(await lookAtWrapping(database, keyring)),
  ...signing(await listSigningKeys(database), new Date())
]

const lookAtWrapping = async (database: Database, keyring: Keyring): Promise<Finding[]> => {
  const own = await findGatewayKey(database)
  if (own === undefined) return [ok('sealing', 'no data key yet: the first start draws it')]
  try {
    rewrapKey(keyring, own.wrappedKey, own.id)
  } catch {
    const toDo =
      'name the key that the data was made with in MASTER_KEY_FILE (or its key service in MASTER_KEY_COMMAND), or in FORMER_MASTER_KEY_FILES if it was replaced'
    return [bad('sealing', 'the data in this database was sealed under another master key', toDo)]
  }
  const former = []
  for (const table of wrappingTables) {
    const [first] = await wrappedByOthers(
      database,
      table,
      Buffer.from(keyring.current.id, 'hex'),
      '00000000-0000-0000-0000-000000000000',
      1
    )
    if (first !== undefined) former.push(table)
  }
  if (former.length === 0) return [ok('sealing', 'everything is sealed under the current master key')]
  const says = `keys in ${former.join(', ')} are wrapped by a former master key`
  return [look('sealing', says, 'jisr keys rewrap --reason "…"; until it says 0, the former key is still needed')]
}

const signing = (rows: readonly SigningKeyRow[], now: Date): Finding[] =>
  signingUses.map(use => {
    const name = `signing key (${use})`
    const left = rows.filter(row => row.use === use && (row.retiredAt === null || row.retiredAt > now))
    const current = left.find(row => row.activeFrom <= now)
    if (current === undefined && rows.every(row => row.use !== use)) return ok(name, 'none yet: the first start draws it')
    if (current === undefined) return bad(name, 'none is in use: nothing can be signed', 'start the gateway: it draws one')
    const days = Math.floor((now.getTime() - current.activeFrom.getTime()) / dayMs)
    const next = left.find(row => row.activeFrom > now)
    const says = `${current.kid.slice(0, 16)}… signs since ${current.activeFrom.toISOString().slice(0, 10)}`
    if (next !== undefined) return ok(name, `${says}; the next takes over at ${next.activeFrom.toISOString()}`)
    return days > ageDaysMax ? look(name, `${says}, ${days} days`, `jisr keys rotate ${use} --reason "yearly"`) : ok(name, says)
  })

/** Whether the evidence log is still what was signed, in the database and in the file outside of it. */
export const lookAtLog = async (database: Database, keyring: Keyring, file: string): Promise<Finding[]> => {
  const rows = (await listSigningKeys(database)).filter(({ use }) => use === 'log')
  if (rows.length === 0) return [ok('evidence log', 'none yet: the first start begins it')]
  try {
    const vault = await openVault(database, keyring)
    const { size } = await checkLog(database, { file, keys: rows.map(row => loadLogKey(openPrivate(vault, row))) })
    return [ok('evidence log', `${size} leaves, as signed; every one of them is looked at by jisr verify-log`)]
  } catch (error) {
    if (error instanceof LogBroken || error instanceof NotFiled)
      return [bad('evidence log', error.message, 'docs/operations.md, “The evidence log”')]
    if (error instanceof NotOpened)
      return [bad('evidence log', 'its keys do not open', 'as for sealing: name the master key that the data was made with')]
    throw error
  }
}

/** Certificates and keys that end within a month. */
export const lookAtExpiries = async (database: Database): Promise<Finding[]> => {
  const keys = await listSigningKeys(database)
  const partners = (await listPartners(database)).map(partner => ({
    ...partner,
    channel: keys.find(key => key.use === 'channel' && key.partnerId === partner.id && key.retiredAt === null) ?? null
  }))
  const expiries = expiriesOf(partners, keys, new Date(), await certifiedClients(database))
  const near = nearing(expiries)
  if (near.length > 0)
    return near.map(one => {
      const [says = '', ...toDo] = expiryText(one).split(': ')
      return (one.warning === 'ended' || one.warning === 3 ? bad : look)('certificates', says, toDo.join(': '))
    })
  const [first] = expiries
  return [ok('certificates', first === undefined ? 'none that ends' : `the first ends in ${first.days} days (${first.whose})`)]
}

/** Whether partners may be reached where they are; with `ask`, whether their hosts are found and answer at all. */
export const lookAtPartners = async (
  database: Database,
  adapters: ReadonlyMap<string, Adapter>,
  outside: Outside,
  ask: boolean
): Promise<Finding[]> => {
  const findings: Finding[] = []
  let places = 0
  for (const partner of (await listPartners(database)).filter(({ status }) => status !== 'disabled')) {
    const endpoints = endpointsOrFinding(partner, adapters)
    if ('check' in endpoints) {
      findings.push(endpoints)
      continue
    }
    for (const url of endpoints) {
      places++
      const refused = outside.refuse(url)
      const why = refused === null ? (ask ? await outside.examine(url) : null) : { because: refused, notFound: false }
      if (why !== null)
        findings.push(
          bad(
            'partners',
            `${partner.id} ${why.notFound ? 'cannot' : 'may not'} be reached at ${hostOf(url)}: ${why.because}`,
            why.notFound
              ? 'correct its address, or mend the DNS that this machine asks'
              : 'correct its address, or allow it by name in OUTBOUND_ALLOW'
          )
        )
      else if (ask) findings.push(await call(partner.id, url, outside))
    }
  }
  if (findings.length > 0) return findings
  return [ok('partners', `${places} addresses, all allowed${ask ? '' : '; whether they answer: --ask-partners'}`)]
}

const endpointsOrFinding = (partner: PartnerRow, adapters: ReadonlyMap<string, Adapter>): readonly string[] | Finding => {
  const code = adapters.get(partner.adapter)
  const settings = code?.settings.safeParse(partner.settings)
  if (code !== undefined && settings?.success) return endpointsOf(code, settings.data)
  return bad(
    'partners',
    `the settings of ${partner.id} are refused by its adapter ${partner.adapter}: the gateway does not start`,
    'read the release notes of the adapter, and correct the settings'
  )
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'its address')

const callTimeoutMs = 10_000

/** Any answer will do: it says that name, route, port and TLS are right. Nothing of anybody is sent. */
const call = async (id: string, url: string, outside: Outside): Promise<Finding> => {
  try {
    const { status } = await outside.fetch(url, { method: 'GET' }, AbortSignal.timeout(callTimeoutMs))
    return ok('partners', `${id} answers at ${hostOf(url)} (${status})`)
  } catch (error) {
    const { code } = ((error as Error).cause ?? error) as { code?: string }
    return bad(
      'partners',
      `${id} does not answer at ${hostOf(url)}${code === undefined ? '' : ` (${code})`}`,
      'is it up, is its certificate in order, and may this machine reach it?'
    )
  }
}
