import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addClient, type Started, startApp, tokenOf, until } from './double.ts'

let house: Started
let token: string
beforeAll(async () => {
  house = await startApp()
  await addClient(house, 'spain', ['ssf.read'])
  await addClient(house, 'other', ['ssf.read', 'ssf.manage'])
  await addClient(house, 'pusher', ['set.push'])
  token = await tokenOf(house, 'spain')
})
beforeEach(() => {
  house.stream = { owner: 'spain', status: 'enabled', owed: [], settled: [], handedOut: 0, waiting: 0 }
})
afterAll(() => house.close())

const poll = (
  body: unknown,
  { stream = 'S1', bearer = token, signal }: { stream?: string; bearer?: string; signal?: AbortSignal } = {}
): Promise<Response> =>
  fetch(`${house.issuer}/v1/streams/${stream}/poll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : {})
  })
const jsonOf = async (response: Response) => (await response.json()) as Record<string, unknown>
const owe = (count: number) => {
  house.stream.owed = Array.from({ length: count }, (_, index) => ({ jti: `j${index}`, token: `t${index}.p.s` }))
}

describe('polling a stream', () => {
  it('returns what is owed at once, by jti, never cached', async () => {
    owe(2)
    const response = await poll({})
    expect(response.status).toBe(200)
    expect([response.headers.get('cache-control'), response.headers.get('content-type')]).toEqual(['no-store', 'application/json'])
    expect(await jsonOf(response)).toEqual({ sets: { j0: 't0.p.s', j1: 't1.p.s' } })
  })

  it('says moreAvailable only when it is true', async () => {
    owe(3)
    expect(await jsonOf(await poll({ maxEvents: 2 }))).toEqual({ sets: { j0: 't0.p.s', j1: 't1.p.s' }, moreAvailable: true })
    expect(await jsonOf(await poll({ maxEvents: 3 }))).not.toHaveProperty('moreAvailable')
  })

  it('returns at most 500 however many are asked for', async () => {
    owe(600)
    const body = (await jsonOf(await poll({ maxEvents: 10_000 }))) as { sets: object; moreAvailable: boolean }
    expect(Object.keys(body.sets)).toHaveLength(500)
    expect(body.moreAvailable).toBe(true)
  })

  it('returns an empty list at once when it may not wait', async () => {
    expect(await jsonOf(await poll({ returnImmediately: true }))).toEqual({ sets: {} })
    expect(await jsonOf(await poll({ returnImmediately: true, maxEvents: 0 }))).toEqual({ sets: {} })
  })

  it('waits for something to return, and returns it as soon as it is there', async () => {
    const answer = poll({})
    await until(() => house.stream.waiting === 1)
    owe(1)
    house.wake()
    expect(await jsonOf(await answer)).toEqual({ sets: { j0: 't0.p.s' } })
  })

  it('goes on waiting when it was woken for nothing', async () => {
    const answer = poll({})
    await until(() => house.stream.waiting === 1)
    house.wake()
    await until(() => house.stream.waiting === 1 && house.stream.handedOut === 2)
    owe(1)
    house.wake()
    expect(await jsonOf(await answer)).toHaveProperty('sets.j0')
  })

  it('waits and returns none when asked for none', async () => {
    const answer = poll({ maxEvents: 0 })
    await until(() => house.stream.waiting === 1)
    owe(1)
    house.wake()
    expect(await jsonOf(await answer)).toEqual({ sets: {}, moreAvailable: true })
  })

  it('returns nothing at once from a paused stream, and still takes acknowledgements', async () => {
    owe(1)
    house.stream.status = 'paused'
    expect(await jsonOf(await poll({ ack: ['a'] }))).toEqual({ sets: {} })
    expect(house.stream.settled).toEqual([{ ack: ['a'], refused: [] }])
    expect(house.stream.waiting).toBe(0)
  })

  it('ignores members it does not know, misspelt ones too', async () => {
    expect((await poll({ returnImmediately: true, maxEvent: 'x', acks: {}, moreAvailable: false })).status).toBe(200)
  })
})

describe('acknowledging', () => {
  it('leaves out what can be no jti of ours, and settles the rest', async () => {
    const answer = await poll({ ack: ['\u0000', 'a', 'é'], setErrs: { 'x\u0000': { err: 'jwtIss' } }, returnImmediately: true })
    expect(answer.status).toBe(200)
    expect(house.stream.settled).toEqual([{ ack: ['a'], refused: [] }])
  })

  it('settles before it returns anything; what is both acknowledged and refused is refused', async () => {
    await poll({
      ack: ['a', 'b'],
      setErrs: { b: { err: 'invalid_state', description: 'no' }, c: { err: 'jwtIss' } },
      returnImmediately: true
    })
    expect(house.stream.settled).toEqual([
      {
        ack: ['a'],
        refused: [
          { jti: 'b', err: 'invalid_state', description: 'no' },
          { jti: 'c', err: 'jwtIss', description: '' }
        ]
      }
    ])
  })

  it('counts even when the caller hangs up while waiting, and then takes nothing for nobody', async () => {
    const hangUp = new AbortController()
    const answer = poll({ ack: ['a'] }, { signal: hangUp.signal })
    await until(() => house.stream.waiting === 1)
    hangUp.abort()
    await expect(answer).rejects.toThrow()
    await until(() => house.stream.waiting === 0)
    expect(house.stream.settled).toEqual([{ ack: ['a'], refused: [] }])
    const taken = house.stream.handedOut
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(house.stream.handedOut).toBe(taken)
  })

  it("keeps a receiver's words on one line and within 500 characters", async () => {
    const description = `first\r\nsecond\u2028third\u202e\u0000${'x'.repeat(600)}`
    await poll({ setErrs: { a: { err: 'x\n{"level":30}', description } }, returnImmediately: true })
    const [refused] = house.stream.settled[0]?.refused ?? []
    expect(refused?.err).toBe('x {"level":30}')
    expect(refused?.description).toMatch(/^first second third x{10}/)
    expect(refused?.description).toHaveLength(500)
  })

  const bad: [string, unknown, string][] = [
    ['a negative maxEvents', { maxEvents: -1 }, '/maxEvents'],
    ['a fractional maxEvents', { maxEvents: 1.5 }, '/maxEvents'],
    ['maxEvents as text', { maxEvents: '10' }, '/maxEvents'],
    ['returnImmediately as text', { returnImmediately: 'true' }, '/returnImmediately'],
    ['ack that is no array', { ack: 'j' }, '/ack'],
    ['10,000 acks', { ack: Array.from({ length: 10_000 }, (_, index) => `j${index}`) }, '/ack'],
    ['a number among the acks', { ack: ['a', 7] }, '/ack/1'],
    ['setErrs that are no object', { setErrs: ['j'] }, '/setErrs'],
    ['a setErr without err', { setErrs: { AB1234567: { description: 'no' } } }, '/setErrs'],
    [
      '1,001 setErrs',
      { setErrs: Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`j${index}`, { err: 'x' }])) },
      '/setErrs'
    ],
    ['an array', [], ''],
    ['null', null, '']
  ]
  it.each(bad)('is refused as a whole with %s, where and why but not what', async (_, body, pointer) => {
    const response = await poll(body)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    const problem = await response.text()
    expect(JSON.parse(problem)).toMatchObject({ type: `${house.issuer}/problems/validation`, errors: [{ pointer }] })
    expect(problem).not.toContain('AB1234567')
    expect(house.stream.settled).toEqual([])
  })

  const notJson: [string, string][] = [
    ['broken JSON', '{"ack":["AB1234567"'],
    ['nothing', ''],
    ['a nest of 100,000 arrays', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['a member __proto__', '{"__proto__":{"maxEvents":1}}']
  ]
  it.each(notJson)('is refused with 400 when it is %s', async (_, body) => {
    const response = await poll(body)
    expect(response.status).toBe(400)
    expect(await response.text()).not.toContain('AB1234567')
    expect(({} as Record<string, unknown>).maxEvents).toBeUndefined()
  })

  it('is refused with 413 beyond 256 KiB', async () => {
    expect((await poll({ ack: ['x'.repeat(257 * 1024)] })).status).toBe(413)
  })
})

describe('whose stream it is', () => {
  it('is not there for another client, for nobody, and for a client without the scope it is forbidden', async () => {
    const bodies: Record<string, unknown>[] = []
    for (const response of [
      await poll({ ack: ['a'] }, { bearer: await tokenOf(house, 'other') }),
      await poll({ ack: ['a'] }, { stream: 'S2' })
    ]) {
      expect(response.status).toBe(404)
      const { instance: _, ...body } = await jsonOf(response)
      bodies.push(body)
    }
    expect(bodies[0]).toEqual(bodies[1])
    expect((await poll({}, { bearer: await tokenOf(house, 'pusher') })).status).toBe(403)
    expect(house.stream.settled).toEqual([])
  })

  it('lets four wait at once and sends the fifth away; when one leaves, another may come', async () => {
    const leave = new AbortController()
    const waiting = [poll({}, { signal: leave.signal }), poll({}), poll({}), poll({})]
    await until(() => house.stream.waiting === 4)
    const fifth = await poll({ ack: ['a'] })
    expect(fifth.status).toBe(429)
    expect(Number(fifth.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await jsonOf(fifth)).toMatchObject({ type: expect.stringContaining('iana.org'), 'violated-policies': ['polls-per-stream'] })
    leave.abort()
    await expect(waiting[0]).rejects.toThrow()
    await until(() => house.stream.waiting === 3)
    expect((await poll({ returnImmediately: true })).status).toBe(200)
    owe(1)
    house.wake()
    const answers = await Promise.all(waiting.slice(1))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('leaves nobody waiting after hundreds hung up', async () => {
    for (let round = 0; round < 60; round++) {
      const hangUp = new AbortController()
      const answers = Array.from({ length: 4 }, () => poll({}, { signal: hangUp.signal }).catch(() => 'hung up'))
      await until(() => house.stream.waiting > 0)
      hangUp.abort()
      await Promise.all(answers)
      await until(() => house.stream.waiting === 0)
    }
    expect((await poll({ returnImmediately: true })).status).toBe(200)
  })

  it('lets go of who waits when the server closes', async () => {
    const closing = await startApp()
    await addClient(closing, 'spain', ['ssf.read'])
    const bearer = await tokenOf(closing, 'spain')
    const answer = fetch(`${closing.issuer}/v1/streams/S1/poll`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: '{}'
    })
    await until(() => closing.stream.waiting === 1)
    const start = performance.now()
    await closing.close()
    expect(await (await answer).json()).toEqual({ sets: {} })
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
