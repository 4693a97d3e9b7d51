// REDIS_URL is read in all its forms, and a wrong one is refused without repeating it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRedisUrl } from '../../src/queue/redis-url.ts'

describe('REDIS_URL', () => {
  test.each([
    ['redis://localhost', { kind: 'single', tls: false, host: 'localhost', port: 6379, database: 0 }],
    ['redis://localhost:6380/3', { kind: 'single', tls: false, host: 'localhost', port: 6380, database: 3 }],
    [
      'rediss://:p%40ss%3A@cache.example/',
      { kind: 'single', tls: true, password: 'p@ss:', host: 'cache.example', port: 6379, database: 0 }
    ],
    [
      'redis://jisr:secret@[::1]:7000',
      { kind: 'single', tls: false, username: 'jisr', password: 'secret', host: '::1', port: 7000, database: 0 }
    ],
    [
      'redis+sentinel://:secret@s1,s2:26380/queues/2?sentinelPassword=other',
      {
        kind: 'sentinel',
        tls: false,
        password: 'secret',
        sentinelPassword: 'other',
        master: 'queues',
        database: 2,
        nodes: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 26380 }
        ]
      }
    ],
    [
      'rediss+cluster://jisr:secret@c1,c2:7001',
      {
        kind: 'cluster',
        tls: true,
        username: 'jisr',
        password: 'secret',
        nodes: [
          { host: 'c1', port: 6379 },
          { host: 'c2', port: 7001 }
        ]
      }
    ]
  ])('%s is read', (url, place) => {
    expect(parseRedisUrl(url)).toEqual(place)
  })

  test.each([
    ['', 'is none of'],
    ['localhost:6379', 'is none of'],
    ['http://localhost', 'is none of'],
    ['redis://', 'host that cannot be read'],
    ['redis://a b', 'host that cannot be read'],
    ['redis://localhost:0', 'between 1 and 65535'],
    ['redis://localhost:99999', 'between 1 and 65535'],
    ['redis://localhost/one', 'not one number'],
    ['redis://localhost/1/2', 'not one number'],
    ['redis://a,b', 'names several hosts'],
    ['redis://hunter2@localhost', 'no password'],
    ['redis://:hunter2%zz@localhost', 'encodes nothing'],
    ['redis://:hunter2@localhost?tls=true', 'parameter "tls"'],
    ['redis+sentinel://s1,s2', "lacks the master's name"],
    ['redis+sentinel://s1/queues/x', 'not one number'],
    ['redis+cluster://c1/1', 'no database number'],
    [`redis+cluster://${Array.from({ length: 51 }, (_, index) => `c${index}`).join()}`, 'more than 50']
  ])('%s is refused with what is wrong', (url, reason) => {
    expect(() => parseRedisUrl(url)).toThrow(reason)
    expect(() => parseRedisUrl(url)).toThrow('REDIS_URL')
    expect(() => parseRedisUrl(url)).not.toThrow('hunter2')
  })

  test('any user, password and list of nodes that is encoded comes out as it went in', () => {
    const text = fc.string({ minLength: 1, maxLength: 30 }).filter(value => value.isWellFormed())
    const node = fc.record({ host: fc.domain(), port: fc.integer({ min: 1, max: 65_535 }) })
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.array(node, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (username, password, master, nodes, tls) => {
          const hosts = nodes.map(({ host, port }) => `${host}:${port}`).join(',')
          const url = `redis${tls ? 's' : ''}+sentinel://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${hosts}/${encodeURIComponent(master)}`
          expect(parseRedisUrl(url)).toEqual({ kind: 'sentinel', tls, username, password, nodes, master, database: 0 })
        }
      )
    )
  })
})
