// The double of the consulate: it counts for itself, decides when it is time, and tells until it is heard, over kill -9.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { consulate } from '../../adapters/consulate/index.ts'
import type { ConsulateSettings } from '../../adapters/consulate/map.ts'
import { startSandbox } from '../../adapters/consulate/sandbox.ts'
import type { CanonicalEvent, Context, JournalEntry, Outcome, Parcel, Projected, Sandbox } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { type Channel, contextFor, newChannel } from './channel.ts'
import { deliveryId, parcelId } from './contract-mapping.ts'
import { fullRecord, only } from './people.ts'

const { outbound, inbound } = consulate
if (outbound === undefined || inbound === undefined) throw new Error('the consulate adapter speaks both ways')

const monday = '2026-01-12T09:00:00.000Z'
let directory: string
let channel: Channel
let sandbox: Sandbox | undefined
let settings: ConsulateSettings
let context: Context<ConsulateSettings>
let gateway: { server: Server; url: string; bodies: string[]; busy: number }
let parcels = 0

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jisr-consulate-'))
  channel = await newChannel()
  gateway = await listenAsGateway()
})
afterEach(async () => {
  await sandbox?.close()
  sandbox = undefined
  gateway.server.closeAllConnections()
  await new Promise(resolve => gateway.server.close(resolve))
  await rm(directory, { recursive: true, force: true })
})

/** Takes messages as POST /v1/inbound/<partner> would; answers 503 while `busy` is above 0. */
const listenAsGateway = async () => {
  const state = { bodies: [] as string[], busy: 0 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      state.busy -= 1
      state.bodies.push(Buffer.concat(chunks).toString('utf8'))
      response.writeHead(state.busy >= 0 ? 503 : 202).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

const sandboxSettings = (more: Record<string, unknown>) => ({
  key: channel.partnerKey,
  gatewayKeys: channel.gatewayPublicKeys,
  refusalShare: 0,
  noShowShare: 0,
  ...more
})
const use = (url: string) => {
  settings = consulate.settings.parse({ endpoint: `${url}/v1`, consulate: { lodging: 'RABAT', issuing: 'TANGIER' } })
  context = contextFor(settings, channel.keys)
}
/** A speed of 1e9: five campaign days are half a millisecond. */
const start = async (more: Record<string, unknown> = {}, speed = 1e9) => {
  sandbox = await startSandbox({ port: 0, directory, gateway: gateway.url, speed, settings: sandboxSettings(more) })
  use(sandbox.url)
}

interface Person {
  n: number
  type?: EventType
  delivery?: string
  change?: (record: MigrantRecord) => void
}
const parcelOf = (people: readonly (number | Person)[], campaignAt = monday): Parcel => {
  const rows = people.map(value => {
    const { n, type = 'visa.requested', delivery = deliveryId(n), change }: Person = typeof value === 'number' ? { n: value } : value
    const record = fullRecord(n)
    change?.(record)
    const event: Projected = {
      delivery,
      eventId: record.id,
      type,
      subId: `sub-${n}`,
      version: 7,
      campaign: 2026,
      effectiveAt: monday,
      record: only(record, outbound.reads)
    }
    return { delivery, fragment: outbound.map(event, settings) }
  })
  parcels += 1
  const id = parcelId(parcels)
  return { id, rows, draft: outbound.assemble(rows, id, settings, { now: new Date(), campaignAt }), campaignAt, attempt: 1 }
}
const file = async (people: readonly (number | Person)[], campaignAt = monday) =>
  (await outbound.send(parcelOf(people, campaignAt), context)) as readonly Outcome[]
const journal = async () => (await (await fetch(`${sandbox?.url}/__sandbox/journal`)).json()) as JournalEntry[]
const told = async () => {
  const events: (CanonicalEvent & { type: string })[] = []
  for (const body of gateway.bodies) {
    const verified = await inbound.authenticate({ id: '', contentType: 'application/jose', headers: {}, body }, context)
    for (const event of inbound.map(verified, settings)) if ('type' in event) events.push(event)
  }
  return events
}
const until = async (what: string, isDone: () => boolean | Promise<boolean>) => {
  const deadline = Date.now() + 10_000
  while (!(await isDone())) {
    if (Date.now() > deadline) expect.fail(`did not come within ten seconds: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

describe('the double counts', () => {
  test('an application beyond the week’s places is asked to wait and stands in the journal as an overrun; the next week has room', async () => {
    await start({ weekly: 3 }, 1)
    const outcomes = await file([1, 2, 3, 4])
    expect(outcomes.map(outcome => outcome.status)).toEqual(['accepted', 'accepted', 'accepted', 'deferred'])
    expect(outcomes[3]).toMatchObject({ code: 'capacity-exceeded', reason: expect.stringContaining('2026-W03') })
    expect((await journal()).map(({ effect, week }) => [effect, week])).toEqual([
      ['lodged', '2026-W03'],
      ['lodged', '2026-W03'],
      ['lodged', '2026-W03'],
      ['overrun', '2026-W03']
    ])
    expect((await file([4], '2026-01-18T22:59:00Z'))[0]?.status).toBe('deferred')
    expect((await file([4], '2026-01-18T23:00:00Z'))[0]?.status).toBe('accepted')
  })

  test('a holiday takes a fifth of the week', async () => {
    await start({ weekly: 5, holidays: ['2026-01-14'] })
    expect((await file([1, 2, 3, 4, 5])).filter(outcome => outcome.status === 'accepted')).toHaveLength(4)
  })

  test('over a restart it still knows the places used', async () => {
    await start({ weekly: 2 })
    await file([1])
    await sandbox?.close()
    await start({ weekly: 2 })
    expect((await file([2, 3])).map(outcome => outcome.status)).toEqual(['accepted', 'deferred'])
  })
})

describe('the double lodges', () => {
  test('row by row: a passport of less than a year is refused, and so is a second application for the same passport and file', async () => {
    await start()
    const expiring = (record: MigrantRecord) => {
      for (const document of record.documents ?? []) if (document.type === 'PASSPORT') document.expiryDate = '2027-01-11'
    }
    const lasting = (record: MigrantRecord) => {
      for (const document of record.documents ?? []) if (document.type === 'PASSPORT') document.expiryDate = '2027-01-12'
    }
    const outcomes = await file([1, { n: 2, change: expiring }, { n: 3, change: lasting }, { n: 1, delivery: deliveryId(901) }])
    expect(outcomes.map(outcome => ('code' in outcome ? outcome.code : outcome.status))).toEqual([
      'accepted',
      'passport-validity',
      'accepted',
      'duplicate-application'
    ])
  })

  test('a delivery once, whatever parcel it comes in', async () => {
    await start({ weekly: 2 }, 1)
    const [first] = await file([1])
    const [again] = await file([1, 2])
    expect(again).toEqual(first)
    expect((await journal()).map(entry => entry.effect)).toEqual(['lodged', 'repeated', 'lodged'])
  })

  test('only for the consulate it is: Casablanca’s applications are refused as a whole, and never mapped for Tangier’s partner', async () => {
    await start({ issuing: 'CASABLANCA' })
    expect(await outbound.send(parcelOf([1]), context)).toMatchObject({ refused: 'parcel', code: 'other-consulate' })
    expect(() =>
      parcelOf([{ n: 2, change: record => Object.assign(record.visa ?? {}, { consulate: { lodging: 'RABAT', issuing: 'CASABLANCA' } }) }])
    ).toThrow(/another consulate/)
    expect(await journal()).toEqual([])
  })

  test('and tells where one application stands', async () => {
    await start({}, 1)
    const [outcome] = await file([1])
    const number = outcome?.status === 'accepted' ? outcome.receipt : ''
    const unsigned = await fetch(`${settings.endpoint}/applications/${number}`)
    expect(unsigned.status).toBe(401)
    const token = await channel.keys.signJws('request+jwt', {
      htm: 'GET',
      htu: `/v1/applications/${number}`,
      digest: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
      iat: Math.floor(Date.now() / 1000)
    })
    const answer = await fetch(`${settings.endpoint}/applications/${number}`, { headers: { 'request-signature': token } })
    expect(await answer.json()).toMatchObject({ applicationNumber: number, reference: deliveryId(1), outcome: 'LODGED' })
  })
})

describe('the double decides', () => {
  test('lodged first, issued later, by signed messages that the gateway can read', async () => {
    await start()
    await file([1, 2])
    await until('four facts', async () => (await told()).length === 4)
    const events = await told()
    expect(events.map(event => event.type)).toEqual(['visa.lodged', 'visa.lodged', 'visa.issued', 'visa.issued'])
    const issued = events[2]
    expect(issued?.about).toEqual({ delivery: deliveryId(1) })
    expect(issued?.effectiveAt).toBe('2026-01-17T09:00:00.000Z')
    expect(issued?.payload).toMatchObject({ visa: { outcome: 'ISSUED' }, documents: [{ type: 'VISA', country: 'ESP' }] })
  })

  test('the waiting time is the partner’s, divided by the speed', async () => {
    await start({ decisionDays: 5 }, (5 * 86_400) / 0.4)
    const before = Date.now()
    await file([1])
    await until('the decision', async () => (await told()).some(event => event.type === 'visa.issued'))
    expect(Date.now() - before).toBeGreaterThanOrEqual(400)
  })

  test('a message that was not taken comes again, byte for byte, and in its order', async () => {
    gateway.busy = 3
    await start()
    await file([1])
    await until('both facts', () => gateway.bodies.length === 5)
    expect(new Set(gateway.bodies.slice(0, 4)).size).toBe(1)
    expect((await told()).map(event => event.type)).toEqual(['visa.lodged', 'visa.lodged', 'visa.lodged', 'visa.lodged', 'visa.issued'])
  })

  test('refusals and missed interviews are a share settled by the seed', async () => {
    await start({ refusalShare: 0.3, noShowShare: 0.2, seed: 'seven' })
    await file(Array.from({ length: 200 }, (_, n) => n))
    await until('every decision', async () => (await told()).length === 400)
    const outcomes = Object.groupBy(await told(), event => event.type)
    expect(outcomes['visa.refused']?.length).toBeGreaterThan(35)
    expect(outcomes['visa.withdrawn']?.length).toBeGreaterThan(20)
    const refused = outcomes['visa.refused']?.map(event => JSON.stringify(event.about)).sort()
    await sandbox?.close()
    await rm(directory, { recursive: true })
    gateway.bodies.length = 0
    await start({ refusalShare: 0.3, noShowShare: 0.2, seed: 'seven' })
    await file(Array.from({ length: 200 }, (_, n) => n))
    await until('every decision again', async () => (await told()).length === 400)
    expect(
      (await told())
        .filter(event => event.type === 'visa.refused')
        .map(event => JSON.stringify(event.about))
        .sort()
    ).toEqual(refused)
  })

  test('appearances travel 500 to a message and verify the return by passport', async () => {
    await start()
    const appearances = Array.from({ length: 501 }, (_, n) => ({
      passport: { number: `AB${String(n).padStart(7, '0')}`, country: 'MAR' },
      activityYear: 2026
    }))
    await fetch(`${sandbox?.url}/__sandbox/appearances`, { method: 'POST', body: JSON.stringify({ appearances }) })
    await until('both messages', () => gateway.bodies.length === 2)
    const events = await told()
    expect(events).toHaveLength(501)
    expect(events[500]).toMatchObject({
      type: 'return.verified',
      about: { identifier: { scheme: 'PASSPORT', value: 'AB0000500' }, campaign: 2026 }
    })
  })

  test('killed with -9 it goes on where it was: no application twice, every decision told', async () => {
    const path = join(directory, 'options.json')
    const options = {
      port: 0,
      directory: join(directory, 'books'),
      gateway: gateway.url,
      speed: (5 * 86_400) / 1.5,
      settings: sandboxSettings({ weekly: 300 })
    }
    await writeFile(path, JSON.stringify(options))
    gateway.busy = 1_000_000
    const first = await spawnSandbox(path)
    use(first.url)
    const parcel = parcelOf(Array.from({ length: 200 }, (_, n) => n))
    const answer = (await outbound.send(parcel, context)) as readonly Outcome[]
    expect(answer.every(outcome => outcome.status === 'accepted')).toBe(true)
    await kill(first.process)
    gateway.busy = 0
    gateway.bodies.length = 0
    const second = await spawnSandbox(path)
    try {
      use(second.url)
      expect(await outbound.ask?.(parcel, context)).toEqual(answer)
      expect(await outbound.send({ ...parcel, attempt: 2 }, context)).toEqual(answer)
      await until('every decision', async () => (await told()).length === 400)
      const issued = (await told()).filter(event => event.type === 'visa.issued')
      expect(new Set(issued.map(event => event.key)).size).toBe(200)
      const entries = (await (await fetch(`${second.url}/__sandbox/journal`)).json()) as JournalEntry[]
      expect(entries.filter(entry => entry.effect === 'lodged')).toHaveLength(200)
      expect(entries.filter(entry => entry.effect === 'issued')).toHaveLength(200)
    } finally {
      await kill(second.process)
    }
  })
})

describe('the double hears of what ended', () => {
  test('an application that waits is closed and gets no decision; who has none here is no error', async () => {
    await start({ decisionDays: 5 }, (5 * 86_400) / 0.3)
    await file([1, 2])
    const outcomes = await file([
      { n: 1, type: 'candidate.withdrew', delivery: deliveryId(801) },
      { n: 3, type: 'worker.died', delivery: deliveryId(803) }
    ])
    expect(outcomes.map(outcome => (outcome.status === 'accepted' ? outcome.receipt.split(' ')[0] : outcome.status))).toEqual([
      'withdrawn',
      'nothing-to-withdraw'
    ])
    await until('the other’s decision', async () => (await told()).some(event => event.type === 'visa.issued'))
    expect((await told()).map(event => JSON.stringify([event.type, event.about]))).toEqual([
      JSON.stringify(['visa.lodged', { delivery: deliveryId(1) }]),
      JSON.stringify(['visa.lodged', { delivery: deliveryId(2) }]),
      JSON.stringify(['visa.issued', { delivery: deliveryId(2) }])
    ])
  })

  test('a visa already issued is revoked when its authorisation is extinguished, and that is told', async () => {
    await start()
    await file([1])
    await until('the visa', async () => (await told()).some(event => event.type === 'visa.issued'))
    const [outcome] = await file([{ n: 1, type: 'authorization.extinguished', delivery: deliveryId(801) }])
    expect(outcome).toMatchObject({ status: 'accepted', receipt: expect.stringMatching(/^revoked /) })
    await until('the revocation', async () => (await told()).some(event => event.type === 'visa.revoked'))
    expect((await told()).at(-1)?.about).toEqual({ delivery: deliveryId(1) })
  })

  test('withdrawals and applications never share a parcel', () => {
    use('http://127.0.0.1:1')
    const by = (type: EventType, n: number, change?: (record: MigrantRecord) => void) => {
      const record = fullRecord(n)
      change?.(record)
      return outbound.gather?.by(
        {
          delivery: '',
          eventId: '',
          type,
          subId: '',
          version: 1,
          campaign: 2026,
          effectiveAt: monday,
          record: only(record, outbound.reads)
        },
        settings
      )
    }
    expect(by('visa.requested', 1)).toBe(by('visa.requested', 2))
    expect(by('visa.requested', 1)).not.toBe(by('candidate.withdrew', 1))
    expect(by('candidate.withdrew', 1)).toBe(by('worker.died', 2))
    expect(by('visa.requested', 1)).not.toBe(
      by('visa.requested', 1, record => Object.assign(record.visa ?? {}, { representative: 'ASAJA' }))
    )
    expect(by('visa.requested', 1)).not.toBe(
      by('visa.requested', 1, record => Object.assign(record.selection ?? {}, { employer: { cif: 'J99216582', name: 'OTHER' } }))
    )
  })
})

const spawnSandbox = (options: string): Promise<{ process: ChildProcess; url: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['adapters/consulate/sandbox.ts', options], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the sandbox ended with ${code}`)))
    child.stdout.once('data', (line: Buffer) =>
      resolve({ process: child, url: (JSON.parse(line.toString('utf8')) as { url: string }).url })
    )
  })

const kill = (child: ChildProcess) =>
  new Promise(resolve => {
    child.once('exit', resolve)
    child.kill('SIGKILL')
  })
