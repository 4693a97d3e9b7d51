// The conformance suite, third part: what a partner sends is checked, then read row by row; hostile rows are told apart and never throw.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Context, type Message, NotAuthentic, type Verified } from '../../adapters/contract.ts'
import { eventPayload } from '../../schemas/event.ts'
import { aloneInDocument, cutDocument, type Frame } from '../../src/trust/frame.ts'
import { contextFor } from './channel.ts'
import type { AdapterChannel, AdapterUnderTest, InboundSamples } from './contract.ts'
import { deliveryId } from './contract-mapping.ts'

export const testInbound = <Settings>(subject: AdapterUnderTest<Settings>, samples: InboundSamples): void => {
  const { adapter, fixtures } = subject
  const { inbound } = adapter
  if (inbound === undefined) throw new Error('samples of messages are given for an adapter that takes none in')
  const settings = adapter.settings.parse(subject.settings('http://127.0.0.1:9'))
  let channel: AdapterChannel
  let context: Context<Settings>
  beforeAll(async () => {
    channel = await subject.openChannel()
    context = contextFor(settings, channel.keys)
  })
  const goodRows = (count: number) => Array.from({ length: count }, (_, index) => samples.good(deliveryId(index), index))
  const map = (rows: readonly unknown[]) => inbound.map(samples.content(rows), settings)

  describe('believes', () => {
    test('a message that the partner signed, and reads the same rows from it as from its content', async () => {
      const verified = await inbound.authenticate(await samples.message(channel, goodRows(3)), context)
      expect(inbound.map(verified, settings)).toEqual(map(goodRows(3)))
    })

    test('a stored message as much, read again without its keys', async () => {
      const message = await samples.message(channel, goodRows(3))
      if (inbound.reopen) expect(inbound.reopen(message, settings)).toEqual(await inbound.authenticate(message, context))
    })

    test('and says where each row of it stands, so that it can be kept for its person alone', async () => {
      const { reopen, rowsOf } = inbound
      if (rowsOf === undefined) return
      if (reopen === undefined) throw new Error('an adapter that tells rows apart must read a stored message again: reopen')
      const { message, content } = await inbound.authenticate(await samples.message(channel, goodRows(3)), context)
      const cut = rowsOf({ message, content })
      const payload = () => Buffer.from(message.body.split('.')[1] ?? '', 'base64url').toString()
      const text = cut?.within === 'jws' ? payload() : (cut?.signed?.body ?? message.body)
      const rows = cut?.rows.map(({ from, to }) => text.slice(from, to)) ?? []
      expect(rows).toHaveLength(3)
      rows.forEach((row, index) => {
        for (const other of [0, 1, 2]) expect([deliveryId(other), `"k-${other}"`].some(mark => row.includes(mark))).toBe(other === index)
      })
      for (const body of spoilt(message)) expect(() => rowsOf({ message: { ...message, body }, content })).not.toThrow()
    })

    test('and what is kept around the rows is the same whatever a row says, so it confirms no guess; one row of it is read alone', async () => {
      const { reopen, rowsOf } = inbound
      if (rowsOf === undefined || reopen === undefined) return
      const kept = async (rows: readonly unknown[]) => {
        const message = await samples.message(channel, rows)
        const cut = rowsOf(await inbound.authenticate(message, context))
        return { message, ...cutDocument(message.body, cut ?? expect.fail('the rows are not told apart')) }
      }
      const [first, second] = [goodRows(3), goodRows(3).with(1, samples.good(deliveryId(7), 7))]
      const [one, other] = [await kept(first), await kept(second)]
      // Times, and numbers that are drawn, may differ.
      const plain = ({ before, text, after }: Frame) => [before, ...text, after].join(' ').replace(/\d+/g, '0')
      expect(plain(one.frame)).toBe(plain(other.frame))
      expect(one.around).not.toEqual(other.around)
      const alone = { ...one.message, headers: {}, body: aloneInDocument(one.frame, one.rows[1]?.text ?? '') }
      const [read] = inbound.map(reopen(alone, settings), settings)
      expect(read).toEqual({ ...map(first)[1], row: 0 })
    })

    test('nothing that another key signed', async () => {
      await expect(inbound.authenticate(await samples.message(channel, goodRows(1), true), context)).rejects.toBeInstanceOf(NotAuthentic)
    })

    test('nothing that was changed on its way', async () => {
      const message = await samples.message(channel, goodRows(1))
      for (const body of spoilt(message))
        await expect(inbound.authenticate({ ...message, body }, context), body.slice(0, 20)).rejects.toBeInstanceOf(NotAuthentic)
    })
  })

  describe('understands', () => {
    test('each fixture as exactly the events beside it, fit for the canonical language', async () => {
      const folder = new URL('inbound/', fixtures)
      const names = readdirSync(folder).filter(name => name.endsWith('.in.json'))
      expect(names.length).toBeGreaterThan(0)
      for (const name of names) {
        const input = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { settings: unknown; content: unknown }
        const verified: Verified = { ...samples.content([]), content: input.content }
        const events = inbound.map(verified, adapter.settings.parse(input.settings))
        const expected = fileURLToPath(new URL(name.replace('.in.', '.out.'), folder))
        expect(existsSync(expected), `${name} has an output beside it`).toBe(true)
        await expect(`${JSON.stringify(events, null, 2)}\n`).toMatchFileSnapshot(expected)
        for (const event of events)
          if ('type' in event) expect(eventPayload(event.type).safeParse(event.payload).error, `${name} row ${event.row}`).toBeUndefined()
      }
    })

    test('every row once, in order, under a key of its own that stays when the message is sent again', () => {
      const first = map(goodRows(50))
      expect(first.map(event => event.row)).toEqual(Array.from({ length: 50 }, (_, row) => row))
      expect(new Set(first.map(event => ('key' in event ? event.key : event.row))).size).toBe(50)
      expect(map(goodRows(50))).toEqual(first)
      for (const event of first) if ('type' in event) expect(Number.isNaN(Date.parse(event.effectiveAt))).toBe(false)
    })
  })

  describe('tells apart', () => {
    test.each(samples.hostile.map(({ what, row }) => [what, row] as const))('%s: that row cannot be read, its neighbours can', (_, row) => {
      const events = map([samples.good(deliveryId(1), 1), row, samples.good(deliveryId(2), 2)])
      expect(events.map(event => 'unreadable' in event)).toEqual([false, true, false])
      const [, told] = events
      if (told === undefined || !('unreadable' in told)) throw new Error('unreachable')
      expect(told.row).toBe(1)
      expect(told.reason.length).toBeGreaterThan(10)
      for (const secret of samples.secrets) expect(JSON.stringify(told)).not.toContain(secret)
    })

    for (const rows of samples.senseless ?? []) {
      test(`a message the partner signed whose rows are ${JSON.stringify(rows) ?? 'missing'}: believed, kept, and told as unreadable`, async () => {
        const message = await samples.message(channel, rows as readonly unknown[])
        const events = inbound.map(await inbound.authenticate(message, context), settings)
        expect(events.map(event => 'unreadable' in event)).toEqual([true])
        for (const secret of samples.secrets) expect(JSON.stringify(events)).not.toContain(secret)
      })
    }

    test('any JSON at all: one entry per row and no throw', () => {
      fc.assert(
        fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1, maxLength: 5 }), rows => {
          expect(map(rows).map(event => event.row)).toEqual(rows.map((_, row) => row))
        })
      )
    })
  })
}

/** The message with a byte changed near its beginning, middle and end, cut short, and empty. */
const spoilt = ({ body }: Message): string[] => {
  const flip = (at: number) => `${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`
  return [flip(Math.floor(body.length / 2)), flip(body.length - 20), body.slice(0, -10), '']
}
