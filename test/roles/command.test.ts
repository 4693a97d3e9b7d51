// The jisr command, run as an operator runs it: parties, keys, and what waits for a person.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importJWK, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { receive } from '../../src/flow/receive.ts'
import { version } from '../../src/roles/version.ts'
import { sql } from '../../src/store/database.ts'
import { environmentOf, run, scratch } from '../support/command.ts'
import { privateJwk, referencePartner, testHouse, until } from '../support/house.ts'

const t = await testHouse()
const folder = await scratch()
const environment = await environmentOf(t, folder)
const jisr = (...words: string[]) => run(environment, ...words)
const json = async <T>(...words: string[]): Promise<T> => {
  const { code, stdout, stderr } = await jisr(...words, '--json')
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as T
}
const audit = (about: string) =>
  t.house.database.query<{ actor: string; action: string; reason: string | null }>(
    sql`select actor, action, reason from audit where about = ${about} order by id`
  )

interface Waiting {
  id: string
  kind: string
  state: string
  partnerId: string | null
  reason: string
  behind: number
  commands: string[]
}
const why = ['--reason', 'agreement'] as const
const waiting = (...filter: string[]) => json<Waiting[]>('waiting', 'list', ...filter)

const registration = (family: string, more: object = {}) => ({
  campaign: 2026,
  person: { name: { latin: { family, given: 'NAIMA' } }, birthDate: '1985-06-01', sex: 2, nationalities: ['MAR'], ...more },
  registration: { agency: 'ANP-KEN-01', registeredAt: '2025-11-03' }
})
const register = (person: string, payload: Record<string, unknown>, source = 'anapec') =>
  t.submit({ source, person, type: 'candidate.registered', at: '2026-01-05T09:00:00Z', payload })

const ofKenitra = ['--role', 'origin-agency', '--agency', 'ANP-KEN-01']

test('it says which version it is, without any setting', async () => {
  expect(await run({}, '--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('a client with a drawn key is known to a running gateway, and the private key is in a file for its owner alone', async () => {
  const file = join(folder, 'agency.jwk')
  const words = ['clients', 'add', 'agency-one', '--name', 'Agency', ...ofKenitra, '--scope', 'set.push', 'ssf.read', ...why]
  const { code, stdout } = await jisr(...words, '--generate-key', file, '--by', 'fatima')
  expect([code, stdout]).toEqual([0, `The client agency-one is registered; hand ${file} over, then delete it.\n`])
  const key = JSON.parse(await readFile(file, 'utf8')) as { d: string; kid: string }
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await until('the running house knows it', async () => t.house.directory.client('agency-one'))
  const stored = t.house.directory.client('agency-one')?.jwks.keys
  expect(stored?.map(one => one.kid)).toEqual([key.kid])
  expect(JSON.stringify(stored)).not.toContain(key.d)
  expect(await audit('agency-one')).toEqual([{ actor: 'fatima', action: 'client.added', reason: 'agreement' }])
  const [again, elsewhere] = [
    await jisr(...words, '--generate-key', file),
    await jisr(...words, '--generate-key', join(folder, 'other.jwk'))
  ]
  expect([again.code, again.stderr]).toEqual([2, `jisr: ${file} is there already; nothing is written over a key: name another file\n`])
  expect([elsewhere.code, elsewhere.stderr]).toMatchObject([
    1,
    expect.stringMatching(/^jisr: the client id agency-one or its issuer is taken/)
  ])
  await expect(stat(join(folder, 'other.jwk'))).rejects.toThrow('ENOENT')
})

test('a client is listed, suspended, resumed and given new keys, each act with its reason', async () => {
  await jisr('clients', 'suspend', 'agency-one', '--reason', 'laptop lost', '--by', 'omar')
  expect(await json<object[]>('clients', 'list')).toMatchObject([
    { id: 'agency-one', status: 'suspended', scopes: ['set.push', 'ssf.read'] }
  ])
  await jisr('clients', 'rotate-keys', 'agency-one', '--generate-key', join(folder, 'new.jwk'), '--reason', 'laptop lost', '--by', 'omar')
  // Who comes by sudo is named, and not the account of the gateway.
  await run({ ...environment, SUDO_USER: 'amina' }, 'clients', 'resume', 'agency-one', '--reason', 'new keys')
  const { stdout } = await jisr('clients', 'list')
  expect(stdout).toMatch(/^client +status .*\n─.*\nagency-one +active +origin-agency +set\.push ssf\.read +ANP-KEN-01 /)
  expect((await audit('agency-one')).slice(1)).toEqual([
    { actor: 'omar', action: 'client.suspended', reason: 'laptop lost' },
    { actor: 'omar', action: 'client.keys', reason: 'laptop lost' },
    { actor: 'amina', action: 'client.active', reason: 'new keys' }
  ])
})

const unusable: [string, string[], number, RegExp][] = [
  [
    'no key at all',
    ['clients', 'add', 'x1', '--name', 'X', ...ofKenitra, '--scope', 'set.push', ...why],
    2,
    /either --jwks <file> .* or --generate-key/
  ],
  ['no reason', ['clients', 'suspend', 'agency-one'], 2, /required option '--reason <text>' not specified/],
  [
    'no reason for an addition',
    ['clients', 'add', 'x0', '--name', 'X', '--role', 'authority', '--scope', 'ssf.read', '--generate-key', 'K'],
    2,
    /required option '--reason <text>' not specified\n\(jisr clients add --help/
  ],
  ['a reason of nothing', ['keys', 'compromised', 'kid', '--reason', ' '], 2, /say why, on one line/],
  [
    'a scope that does not exist',
    ['clients', 'add', 'x2', '--name', 'X', ...ofKenitra, '--scope', 'everything', '--generate-key', 'K', ...why],
    1,
    /unknown scopes/
  ],
  [
    'a file that is not there',
    ['clients', 'add', 'x3', '--name', 'X', ...ofKenitra, '--scope', 'set.push', '--jwks', 'nowhere', ...why],
    2,
    /jisr: \/.+\/nowhere cannot be read \(ENOENT\)/
  ],
  [
    'an origin agency of which nobody says for whom it speaks',
    ['clients', 'add', 'x4', '--name', 'X', '--role', 'origin-agency', '--scope', 'set.push', '--generate-key', 'K', ...why],
    2,
    /--agency <code>, as ANP-KEN-01, or --every-agency/
  ],
  ['an act of nobody', ['clients', 'suspend', 'agency-one', ...why, '--by', ' '], 2, /say who does it, on one line of at most 100 char/],
  ['a day that there is not', ['persons', 'due', '--on', '2026-02-31'], 2, /give a day that there is, as YYYY-MM-DD/],
  ['a group of no state', ['redeliver', '--partner', 'office', ...why], 2, /--partner needs --state, one of parked, dead, held, refused/],
  ['ids and a group', ['redeliver', 'abc', '--partner', 'office', ...why], 2, /either ids or --partner, not both/],
  ['neither ids nor a group', ['redeliver', ...why], 2, /give ids, or a group: --partner <id> --state <state>/],
  ['an id of nothing', ['redeliver', 'abc', '--reason', 'r'], 1, /abc is no delivery that is parked/],
  [
    'a subscription to nothing',
    [
      'streams',
      'add',
      ...why,
      's1',
      '--client',
      'agency-one',
      '--role',
      'origin-agency',
      '--audience',
      'a',
      '--field',
      'authorization.decision',
      '--subscribe',
      'visa.granted'
    ],
    2,
    /visa\.granted: give an event type/
  ],
  [
    'a scope of nothing',
    [
      'streams',
      'add',
      ...why,
      's1',
      '--client',
      'agency-one',
      '--role',
      'origin-agency',
      '--audience',
      'a',
      '--field',
      'authorization.decision',
      '--subscribe',
      'visa.issued:town=Huelva'
    ],
    2,
    /“town=Huelva” must be one of employer, agency/
  ],
  [
    'a field that the role may not have',
    [
      'streams',
      'add',
      ...why,
      's1',
      '--client',
      'agency-one',
      '--role',
      'statistics',
      '--audience',
      'a',
      '--field',
      'authorization.nie',
      '--subscribe',
      'visa.issued'
    ],
    1,
    /may not have: authorization\.nie/
  ]
]
test.each(unusable)('%s is one line that says what to do', async (_what, words, code, text) => {
  const ended = await run({ ...environment }, ...words.map(word => (word === 'K' ? join(folder, 'unused.jwk') : word)))
  expect([ended.code, ended.stdout]).toEqual([code, ''])
  expect(ended.stderr).toMatch(text)
  expect(ended.stderr).not.toMatch(/\n +at /)
})

test('a private key given as a public one is refused, and stands in no output', async () => {
  const file = join(folder, 'private.jwk')
  const key = privateJwk()
  await writeFile(file, JSON.stringify(key))
  const { code, stdout, stderr } = await jisr(
    'clients',
    'add',
    'careless',
    '--name',
    'X',
    '--role',
    'r',
    '--scope',
    'set.push',
    '--jwks',
    file,
    ...why
  )
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).not.toContain(String(key.d))
})

test('a partner and a stream are made from files and words, shown, paused and resumed', async () => {
  const settings = join(folder, 'partner.json')
  await writeFile(settings, JSON.stringify({ endpoint: 'https://partner.invalid' }))
  const words = [
    'partners',
    'add',
    'far-office',
    '--name',
    'Far',
    '--adapter',
    'reference',
    '--role',
    'reference',
    '--settings',
    settings,
    ...why
  ]
  const { stdout } = await jisr(
    ...words,
    '--subscribe',
    'visa.issued:employer=A28000001,agency=ANP-KEN-01',
    'visa.refused',
    '--draw-certificate',
    join(folder, 'far.pem')
  )
  expect(stdout).toContain('The partner far-office is registered; hand the certificate')
  expect(await readFile(join(folder, 'far.pem'), 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/)
  expect(await json('partners', 'show', 'far-office')).toMatchObject({
    adapter: 'reference',
    subscriptions: ['visa.issued:employer=A28000001,agency=ANP-KEN-01', 'visa.refused']
  })
  await jisr('partners', 'pause', 'far-office', '--reason', 'holiday')
  expect(await json<object[]>('partners', 'list')).toMatchObject([{ id: 'far-office', status: 'paused' }])
  await jisr('partners', 'resume', 'far-office', '--reason', 'back')
  const stream = [
    'streams',
    'add',
    'grants',
    '--client',
    'agency-one',
    '--role',
    'origin-agency',
    '--audience',
    'https://agency.example',
    ...why
  ]
  expect((await jisr(...stream, '--field', 'authorization.decision', '--subscribe', 'authorization.granted:agency=ANP-KEN-01')).code).toBe(
    0
  )
  expect(await json<object[]>('streams', 'list')).toMatchObject([{ id: 'grants', status: 'active', isPulled: true }])
  expect((await jisr('partners', 'pause', 'grants', '--reason', 'x')).stderr).toContain('use jisr streams pause')
})

test('a rotated key is published now and signs later; one that got out makes way at once', async () => {
  const before = t.house.keys.set.kid
  const later = await json<{ kid: string }>('keys', 'rotate', 'set', '--reason', 'yearly')
  await until('it is published', async () => t.house.keys.published.some(key => key.kid === later.kid))
  expect(t.house.keys.set.kid).toBe(before)
  const now = await json<{ kid: string }>('keys', 'compromised', before, '--reason', 'it got out', '--by', 'omar')
  await until('it signs', async () => t.house.keys.set.kid === now.kid)
  expect(t.house.keys.published.map(key => key.kid)).not.toContain(before)
  expect((await audit(before)).at(-1)).toMatchObject({ actor: 'omar', action: 'key.compromised', reason: 'it got out' })
  expect((await jisr('keys', 'compromised', 'unknown', '--reason', 'x')).stderr).toContain('see jisr keys list')
  expect((await jisr('keys', 'rotate', 'set', '--algorithm', 'RS256', '--reason', 'x')).stderr).toContain('ES256, PS256, EdDSA')
})

test('a delivery that cannot be written waits with its reason, is sent again, and is settled as the partner said', async () => {
  const office = await referencePartner(t, 'office', [{ type: 'candidate.registered' }, { type: 'candidate.preselected' }], {
    mandatory: ['fileNumber']
  })
  await t.startWorker()
  await register('w-1', registration('ALAMI'))
  await t.submit({ person: 'w-1', type: 'candidate.preselected', at: '2026-01-06T09:00:00Z', payload: { campaign: 2026 } })
  const [parked] = await until('it is parked', async () => {
    const rows = await waiting()
    return rows.length > 0 && rows
  })
  expect(parked).toMatchObject({ kind: 'delivery', state: 'parked', partnerId: 'office', behind: 1 })
  expect(parked?.reason).toContain("insists on 'fileNumber'")
  const id = parked?.id as string
  const { stdout } = await jisr('waiting', 'show', id)
  expect(stdout).toContain(`jisr redeliver ${id} --reason`)
  expect(stdout).not.toContain('ALAMI')
  const again = ['--state', 'parked', '--code', 'cannot-be-mapped', '--reason', 'thought it was mended', '--by', 'fatima']
  expect((await jisr('redeliver', '--partner', 'office', ...again)).stdout).toContain(
    '1 of office that was parked (cannot-be-mapped) goes out again.'
  )
  await until('it is parked again, in another round', async () => {
    const [row] = await t.house.database.query<{ round: number }>(sql`select round from delivery where id = ${id} and state = 'parked'`)
    return row?.round === 2
  })
  await jisr('settle', id, '--as', 'accepted', '--reason', 'they wrote it down by phone', '--by', 'fatima')
  expect(await audit(id)).toEqual([
    { actor: 'fatima', action: 'delivery.redelivered', reason: 'thought it was mended' },
    { actor: 'fatima', action: 'delivery.accepted', reason: 'they wrote it down by phone' }
  ])
  const [next] = await until('the one behind it came forward', async () => {
    const rows = await waiting('--partner', 'office')
    return rows[0]?.id !== id && rows.length === 1 && rows
  })
  expect((await jisr('settle', next?.id as string, '--as', 'settled', '--reason', 'r')).stderr).toContain('--as accepted or --as refused')
  await jisr('discard', next?.id as string, '--reason', 'not needed')
  expect(await waiting()).toEqual([])
  expect(await office.journal()).toEqual([])
})

test('a row in quarantine is applied once its reason is mended, and not before', async () => {
  const passport = { scheme: 'PASSPORT', value: 'KH1234567', country: 'MAR' }
  const office = await referencePartner(t, 'second-office', [], {})
  const row = {
    key: 'k-1',
    fact: 'candidate.preselected',
    about: { passport: passport.value, country: 'MAR' },
    at: '2026-01-07T09:00:00Z',
    patch: { campaign: 2026 }
  }
  const key = privateJwk()
  const { d: _secret, ...publicKey } = key
  const file = join(folder, 'office.jwks')
  await writeFile(file, JSON.stringify({ keys: [publicKey] }))
  expect((await jisr('partners', 'rotate-keys', office.id, '--jwks', file, '--reason', 'test')).code).toBe(0)
  await until('the house knows the key', async () => t.house.directory.partner(office.id)?.jwks?.keys[0]?.kid === key.kid)
  const body = await new SignJWT({ message: 'm-1', rows: [row] })
    .setProtectedHeader({ alg: 'ES256', typ: 'message+jwt', kid: key.kid })
    .setIssuedAt()
    .sign(await importJWK(key, 'ES256'))
  const partner = t.house.directory.partner(office.id)
  if (partner === undefined) throw new Error('the partner is gone')
  await receive(t.house, t.queues, partner, { id: 'm-1', contentType: 'application/jose', headers: {}, body }, { by: 'push' })
  const [held] = await until('it is in quarantine', async () => {
    const rows = await waiting('--kind', 'quarantine')
    return rows.length > 0 && rows
  })
  const id = held?.id as string
  const early = await jisr('apply', id, '--reason', 'let us see')
  expect([early.code, early.stderr]).toMatchObject([1, expect.stringContaining('still cannot be applied (unknown-reference)')])
  await register('w-2', registration('BENALI', { identifiers: [passport] }))
  expect((await jisr('apply', id, '--reason', 'registered since', '--by', 'omar')).stdout).toBe(`${id} is applied.\n`)
  expect(await t.house.database.query(sql`select type from event where source = ${office.id}`)).toEqual([{ type: 'candidate.preselected' }])
  expect((await audit(id)).at(-1)).toEqual({ actor: 'omar', action: 'quarantine.applied', reason: 'registered since' })
  expect((await jisr('apply', id, '--reason', 'again')).stderr).toContain('is no row in quarantine')
  expect(await waiting('--kind', 'quarantine')).toEqual([])
})

test('a held person is released by the case that holds it, and what was held goes on', async () => {
  const card = { identifiers: [{ scheme: 'MA-CNIE', value: 'AB123456', country: 'MAR' }] }
  await register('w-3', registration('CHAFIK', card))
  await register('x-3', { ...registration('CHAFIK', card), registration: { agency: 'ANP-BEN-02', registeredAt: '2025-12-03' } }, 'kenitra')
  const cases = await waiting('--kind', 'case')
  expect(cases).toMatchObject([{ state: 'held', reason: expect.stringContaining('another registration') }])
  const id = cases[0]?.id as string
  expect(cases[0]?.commands[0]).toBe(`jisr release ${id} --reason "…"`)
  const delivery = () => waiting('--kind', 'delivery')
  await jisr('release', id, '--reason', 'two sisters, said the agencies', '--by', 'fatima')
  expect(await waiting('--kind', 'case')).toEqual([])
  expect((await audit(id)).at(-1)).toEqual({ actor: 'fatima', action: 'case.settled', reason: 'two sisters, said the agencies' })
  expect(await t.house.database.query(sql`select id from person where held is not null`)).toEqual([])
  await until('both people’s deliveries were tried', async () => (await delivery()).length === 2 || (await delivery()).length === 3)
  expect((await jisr('release', id, '--reason', 'again')).code).toBe(1)
})

test('a case of nobody held is settled, and a case is not accepted', async () => {
  const id = crypto.randomUUID()
  await t.house.database.query(
    sql`insert into case_file (id, kind, reason) values (${id}, 'acted-on-corrected', 'a partner acted on what was corrected')`
  )
  expect((await jisr('settle', id, '--as', 'accepted', '--reason', 'r')).code).toBe(1)
  const another = crypto.randomUUID()
  const third = crypto.randomUUID()
  await t.house.database.query(
    sql`insert into case_file (id, kind, reason) values (${another}, 'acted-on-corrected-2', 'x'), (${third}, 'acted-on-corrected-3', 'x')`
  )
  expect((await jisr('waiting', 'list', '--kind', 'case', '--limit', '1')).stdout).toContain('2 more wait, later ones: --limit 3 shows all')
  // One that is not there keeps none of the others from being settled, each with its own line in the audit.
  const some = await jisr('settle', id, crypto.randomUUID(), another, '--as', 'settled', '--reason', 'called them', '--by', 'omar')
  expect([some.code, some.stderr]).toEqual([
    1,
    expect.stringMatching(/2 of 3 done\. Not done: .* is neither an open case nor an open ticket/)
  ])
  for (const settled of [id, another])
    expect(await audit(settled)).toEqual([{ actor: 'omar', action: 'case.settled', reason: 'called them' }])
  expect((await jisr('settle', third, '--as', 'settled', '--reason', 'called them')).stdout).toBe(`${third} is settled as settled.\n`)
  expect(await waiting('--kind', 'case')).toEqual([])
})

test('what a partner wrote does not command the operator’s terminal, and comes whole to whoever parses it', async () => {
  const name = 'Office\u001b[2J\u009b31m\nAll is well\u202e.'
  await t.house.database.query(sql`update client set name = ${name} where id = 'agency-one'`)
  const [line, ...rest] = (await jisr('clients', 'list')).stdout.split('\n').filter(one => one.includes('Office'))
  expect([line, rest]).toEqual([expect.stringContaining('Office?[2J?31m?All is well?.'), []])
  const { stdout } = await jisr('clients', 'list', '--json')
  expect(stdout.trimEnd()).not.toMatch(/[\p{Cc}\u202e]/u)
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ id: 'agency-one', name }))
})

test('data keys wrapped by a former master key are wrapped anew, and the former key is no longer needed', async () => {
  const file = join(folder, 'next-master-key')
  const drawn = await run({}, 'keys', 'master')
  await writeFile(file, drawn.stdout, { mode: 0o600 })
  const next = { ...environment, MASTER_KEY_FILE: file, FORMER_MASTER_KEY_FILES: environment.MASTER_KEY_FILE as string }
  const { FORMER_MASTER_KEY_FILES: _former, ...alone } = next
  expect((await run(alone, 'clients', 'list')).code).toBe(1)
  const { stdout, code } = await run(next, 'keys', 'rewrap', '--reason', 'yearly', '--json')
  expect(code).toBe(0)
  expect((JSON.parse(stdout) as { rewrapped: number }).rewrapped).toBeGreaterThan(3)
  expect((await run(alone, 'clients', 'list')).code).toBe(0)
  expect(JSON.parse((await run(alone, 'keys', 'rewrap', '--reason', 'twice', '--json')).stdout)).toMatchObject({ rewrapped: 0 })
})
