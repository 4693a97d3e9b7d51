import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { announceDeprecations } from '../../src/http/deprecation.ts'

const deprecated = {
  since: new Date('2026-03-01T00:00:00Z'),
  sunset: new Date('2027-03-01T00:00:00Z'),
  link: 'https://gateway.example/changes#old'
}

describe('an address that will go', () => {
  it('says since when, until when and where to read what to do, in refusals too, and keeps its other links', async () => {
    const app = Fastify()
    announceDeprecations(app)
    app.get<{ Querystring: { fail?: string } }>('/old', { config: { deprecated } }, async ({ query }, reply) => {
      if (query.fail !== undefined) throw Object.assign(new Error('no'), { statusCode: 404 })
      return reply.header('link', '<https://gateway.example/old?cursor=x>; rel="next"').send('old')
    })
    app.get('/new', async () => 'new')
    const [answer, refusal, other] = [await app.inject('/old'), await app.inject('/old?fail=1'), await app.inject('/new')]
    for (const { headers } of [answer, refusal])
      expect(headers).toMatchObject({
        deprecation: '@1772323200',
        sunset: 'Mon, 01 Mar 2027 00:00:00 GMT',
        link: expect.stringContaining('<https://gateway.example/changes#old>; rel="deprecation"; type="text/html"')
      })
    expect([answer.statusCode, refusal.statusCode]).toEqual([200, 404])
    expect(answer.headers.link).toMatch(/^<https:\/\/gateway\.example\/old\?cursor=x>; rel="next", </)
    expect(Object.keys(other.headers)).not.toEqual(expect.arrayContaining(['deprecation']))
    await app.close()
  })

  it('is not added when it would go within a year', () => {
    const app = Fastify()
    announceDeprecations(app)
    const soon = { ...deprecated, sunset: new Date('2027-02-28T23:59:59Z') }
    expect(() => app.get('/old', { config: { deprecated: soon } }, async () => 'old')).toThrow(/GET \/old would go less than twelve months/)
  })
})
