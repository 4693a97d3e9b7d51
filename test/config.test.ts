// The configuration: read whole, refused whole, and never with a value that protects something by default.
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError, describeConfig, type Mode, readConfig, SETTINGS } from '../src/config.ts'

const REAL = { ISSUER: 'https://gateway.example.org', MASTER_KEY_FILE: '/run/secrets/master-key' }

function refusal(environment: Record<string, string | undefined>, mode: Mode = 'start'): string {
  try {
    readConfig(environment, mode)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

test('certificates of clients are told by a header from proxies that are named: both or neither, and proxies are addresses or networks', () => {
  const told = { CLIENT_CERTIFICATE_HEADER: 'Client-Cert', TRUSTED_PROXIES: '10.0.0.5, fd00:12::/64' }
  expect(readConfig({ ...REAL, ...told }, 'start').clientCertificates).toEqual({
    header: 'client-cert',
    proxies: ['10.0.0.5', 'fd00:12::/64']
  })
  for (const [given, wrong] of [
    [{ CLIENT_CERTIFICATE_HEADER: 'client-cert' }, 'TRUSTED_PROXIES'],
    [{ ...told, TRUSTED_PROXIES: '0.0.0.0/0' }, 'TRUSTED_PROXIES'],
    [{ ...told, CLIENT_CERTIFICATE_HEADER: 'Authorization' }, 'CLIENT_CERTIFICATE_HEADER'],
    [{ ...told, TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES'],
    [{ ...told, TRUSTED_PROXIES: 'proxy.example.org' }, 'TRUSTED_PROXIES'],
    [{ ...told, CLIENT_CERTIFICATE_HEADER: 'two words' }, 'CLIENT_CERTIFICATE_HEADER']
  ] as const)
    expect(() => readConfig({ ...REAL, ...given }, 'start')).toThrow(new RegExp(`one setting is missing or wrong[^]*  ${wrong}  `))
})

describe('real use', () => {
  test('the issuer and the master key are all that must be set', () => {
    expect(readConfig(REAL, 'start')).toEqual({
      mode: 'start',
      issuer: 'https://gateway.example.org',
      eventNamespace: null,
      isTrial: false,
      host: '0.0.0.0',
      port: 8080,
      adminHost: '127.0.0.1',
      adminPort: 9090,
      databaseUrl: null,
      databaseConnections: 10,
      redisUrl: null,
      masterKeyFile: '/run/secrets/master-key',
      masterKeyCommand: null,
      formerMasterKeyCommand: null,
      formerMasterKeyFiles: [],
      dataDirectory: resolve('.data'),
      checkpointFile: resolve('.data/log/checkpoints.jsonl'),
      logLevel: 'info',
      statusToken: null,
      workerConcurrency: 10,
      callLimits: { addressPerMinute: 6_000, partnerPerMinute: 1_200 },
      streamLimits: { undelivered: 100_000, days: 90 },
      outboundAllow: [],
      trustedProxies: [],
      clientCertificates: null,
      campaign: { speed: 1, start: null }
    })
  })

  test('an empty environment is told everything that is missing, with what to set', () => {
    const text = refusal({})
    expect(text).toMatch(/^Jisr does not start: 2 settings are missing or wrong in the environment\.\n/)
    expect(text).toMatch(/ISSUER +is missing: the https address .* ISSUER=https:/)
    expect(text).toMatch(/MASTER_KEY_FILE +is missing: .* openssl rand -base64 32/)
  })

  test('a key service is named in place of the file, a former one beside it, and never both at once', () => {
    const { MASTER_KEY_FILE: _file, ...none } = REAL
    const command = { MASTER_KEY_COMMAND: '/usr/local/bin/kms' }
    expect(readConfig({ ...none, ...command }, 'start')).toMatchObject({ masterKeyFile: null, masterKeyCommand: '/usr/local/bin/kms' })
    expect(readConfig({ ...REAL, FORMER_MASTER_KEY_COMMAND: '/kms' }, 'start')).toMatchObject({ formerMasterKeyCommand: '/kms' })
    expect(refusal({ ...REAL, ...command })).toMatch(/MASTER_KEY_COMMAND +cannot be .*in place of MASTER_KEY_FILE/)
    expect(refusal({ ...none, ...command, FORMER_MASTER_KEY_COMMAND: '/kms' })).toMatch(
      /FORMER_MASTER_KEY_COMMAND +cannot be .*beside MASTER_KEY_FILE/
    )
  })

  test('a gateway that got another address keeps the names of its events', () => {
    const EVENT_NAMESPACE = 'https://former.example.org/ns/event/v1/'
    expect(readConfig({ ...REAL, EVENT_NAMESPACE }, 'start')).toMatchObject({ eventNamespace: EVENT_NAMESPACE })
    for (const wrong of [
      'https://former.example.org/ns',
      'urn:former:',
      'https://former.example.org/?a=/',
      'https://former.example.org/#/'
    ])
      expect(refusal({ ...REAL, EVENT_NAMESPACE: wrong })).toMatch(/EVENT_NAMESPACE +cannot be /)
  })

  test('all that is wrong is listed at once, one line each, in one order', () => {
    const text = refusal({
      ISSUER: 'http://gateway.example.org',
      PORT: '80a',
      REDIS_URL: 'nonsense',
      LOG_LEVEL: 'loud',
      STATUS_TOKEN: 'admin',
      WORKER_CONCURRENCY: '0'
    })
    expect(
      text
        .split('\n')
        .slice(1)
        .map(line => line.trim().split(' ')[0])
    ).toEqual(['ISSUER', 'PORT', 'REDIS_URL', 'MASTER_KEY_FILE', 'LOG_LEVEL', 'STATUS_TOKEN', 'WORKER_CONCURRENCY'])
    expect(text).toContain('PORT                cannot be "80a": the port to listen at, 1 to 65535. For example PORT=8080')
  })

  test.each(['CAMPAIGN_SPEED', 'CAMPAIGN_START'])('%s is refused, so that nobody speeds up real deadlines', name => {
    expect(refusal({ ...REAL, [name]: name === 'CAMPAIGN_SPEED' ? '1' : '2026-01-12' })).toContain(
      `${name}  must not be set: real use runs on real time`
    )
  })

  test.each([
    'http://gateway.example.org',
    'http://localhost:8080',
    'https://gateway.example.org/',
    'https://gateway.example.org/jisr',
    'https://GATEWAY.example.org',
    'https://u:p@gateway.example.org',
    'https://gateway.example.org:443',
    'gateway.example.org',
    'ftp://gateway.example.org'
  ])('the issuer %s is refused', issuer => {
    expect(refusal({ ...REAL, ISSUER: issuer })).toContain('ISSUER  cannot be')
  })
})

describe('demo and test', () => {
  test.each(['demo', 'test'] as const)('%s needs nothing and listens on this machine only', mode => {
    const config = readConfig({}, mode)
    expect(config).toMatchObject({
      issuer: null,
      masterKeyFile: null,
      host: '127.0.0.1',
      adminHost: '127.0.0.1',
      campaign: { speed: 1, start: null }
    })
  })

  test('campaign time may be sped up', () => {
    expect(readConfig({ CAMPAIGN_SPEED: '2000.5', CAMPAIGN_START: '2026-01-12' }, 'demo').campaign).toEqual({
      speed: 2000.5,
      start: '2026-01-12'
    })
  })

  test.each(['0', '-1', 'fast', 'Infinity', 'NaN', '1000001', '1,5'])('the speed %s is refused', speed => {
    expect(refusal({ CAMPAIGN_SPEED: speed }, 'demo')).toContain('CAMPAIGN_SPEED')
  })

  test.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080'])(
    'real use refuses %s unless LOOPBACK_TRIAL is set',
    issuer => {
      expect(refusal({ ...REAL, ISSUER: issuer })).toMatch(/ISSUER +cannot be .*https.*docs\/trying-it\.md/)
      expect(readConfig({ ...REAL, ISSUER: issuer, LOOPBACK_TRIAL: 'yes' }, 'start')).toMatchObject({
        issuer,
        isTrial: true,
        host: '127.0.0.1'
      })
    }
  )

  test.each<[string, Record<string, string>, string]>([
    ['an http issuer elsewhere', { ISSUER: 'http://gateway.example.org:8080' }, 'ISSUER'],
    ['an http issuer whose name only begins like loopback', { ISSUER: 'http://127.0.0.1.example.org:8080' }, 'ISSUER'],
    ['an https issuer, as real use has', {}, 'ISSUER'],
    ['the port of something else', { ISSUER: 'http://127.0.0.1:9999' }, 'ISSUER'],
    ['listening to everybody', { ISSUER: 'http://127.0.0.1:8080', HOST: '0.0.0.0' }, 'HOST'],
    ['listening to everybody in IPv6', { ISSUER: 'http://127.0.0.1:8080', HOST: '::' }, 'HOST'],
    ['showing the status page to everybody', { ISSUER: 'http://127.0.0.1:8080', ADMIN_HOST: '0.0.0.0' }, 'ADMIN_HOST'],
    ['another word than yes', { ISSUER: 'http://127.0.0.1:8080', LOOPBACK_TRIAL: 'true' }, 'LOOPBACK_TRIAL']
  ])('a trial refuses %s', (_what, environment, name) => {
    expect(refusal({ ...REAL, LOOPBACK_TRIAL: 'yes', ...environment })).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  test('an http issuer is taken on loopback and nowhere else', () => {
    expect(readConfig({ ISSUER: 'http://127.0.0.1:8080' }, 'demo').issuer).toBe('http://127.0.0.1:8080')
    expect(refusal({ ISSUER: 'http://10.0.0.1:8080' }, 'demo')).toContain('ISSUER')
  })

  test('only a test may ask for any free port', () => {
    expect(readConfig({ PORT: '0', ADMIN_PORT: '0' }, 'test').port).toBe(0)
    expect(refusal({ PORT: '0' }, 'demo')).toContain('PORT')
  })
})

test.each([
  ['PORT', '65536'],
  ['PORT', '8e3'],
  ['PORT', '-1'],
  ['HOST', 'localhost'],
  ['HOST', '256.0.0.1'],
  ['ADMIN_PORT', '8080'],
  ['DATABASE_URL', 'mysql://db/jisr'],
  ['DATABASE_URL', 'db'],
  ['DATABASE_CONNECTIONS', '1'],
  ['REDIS_URL', 'http://cache'],
  ['FORMER_MASTER_KEY_FILES', 'a,,b'],
  ['LOG_LEVEL', 'trace'],
  ['STATUS_TOKEN', 'short'],
  ['STATUS_TOKEN', 'a'.repeat(64)],
  ['STATUS_TOKEN', `${'abcdefghij'.repeat(4)} é`],
  ['CAMPAIGN_START', '12/01/2026'],
  ['CAMPAIGN_START', '2026-02-30']
])('%s=%s is refused', (name, value) => {
  const text = refusal({ [name]: value }, 'demo')
  expect(text).toContain(`  ${name} `)
  expect(text).toContain('one setting is missing or wrong')
})

test('blank settings count as none, and names that are not ours are not looked at', () => {
  expect(readConfig({ ...REAL, REDIS_URL: '', PORT: '  ', PATH: '/bin', PGPASSWORD: 'x' }, 'start')).toEqual(readConfig(REAL, 'start'))
})

test('no secret is repeated, neither when it is refused nor when the settings are described', () => {
  const secrets = { DATABASE_URL: 'mysql://u:hunter2@db', REDIS_URL: 'http://:hunter2@cache', STATUS_TOKEN: 'hunter2' }
  expect(refusal(secrets, 'demo')).not.toContain('hunter2')
  const config = readConfig(
    {
      ...REAL,
      DATABASE_URL: 'postgres://u:hunter2@db/jisr',
      REDIS_URL: 'redis://:hunter2@cache',
      STATUS_TOKEN: 'hunter2-0123456789-abcdefghijklmnop'
    },
    'start'
  )
  expect(config.databaseUrl).toContain('hunter2')
  const described = JSON.stringify(describeConfig(config))
  expect(described).not.toContain('hunter2')
  expect(described).not.toContain('/run/secrets')
})

test('the configuration cannot be changed', () => {
  const config = readConfig(REAL, 'start') as unknown as { port: number; campaign: { speed: number }; formerMasterKeyFiles: string[] }
  expect(() => {
    config.port = 1
  }).toThrow(TypeError)
  expect(() => {
    config.campaign.speed = 9
  }).toThrow(TypeError)
  expect(() => config.formerMasterKeyFiles.push('x')).toThrow(TypeError)
})

test('any environment is either read or refused with the names of known settings only', () => {
  const names = Object.keys(SETTINGS)
  const environment = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.webUrl(), fc.integer().map(String)))
  fc.assert(
    fc.property(environment, fc.constantFrom('start', 'demo', 'test'), (given, mode) => {
      try {
        expect(readConfig(given, mode as Mode).mode).toBe(mode)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        for (const line of (error as Error).message.split('\n').slice(1)) expect(names).toContain(line.trim().split(/\s/)[0])
      }
    })
  )
})
