// The conformance suite, second part: sending to a double that behaves, and to one that does not. Where it fails decides.
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Context,
  type JournalEntry,
  type Misbehaviour,
  NotSent,
  type Outcome,
  type Parcel,
  type Sandbox
} from '../../adapters/contract.ts'
import { contextFor } from './channel.ts'
import type { AdapterChannel, AdapterUnderTest, SendAnswer } from './contract.ts'
import { mostTogether, parcelId, projected } from './contract-mapping.ts'

export const testDelivery = <Settings>(subject: AdapterUnderTest<Settings>): void => {
  const { adapter, samples } = subject
  const { outbound } = adapter
  if (outbound === undefined) return
  let directory: string
  let channel: AdapterChannel
  let sandbox: Sandbox
  let settings: Settings
  let context: Context<Settings>
  let people = 0
  let parcels = 100

  const open = async (port = 0) => {
    sandbox = await subject.startSandbox({ port, directory, speed: 1, settings: channel.sandboxSettings })
    settings = adapter.settings.parse(subject.settings(sandbox.url))
    context = contextFor(settings, channel.keys)
  }
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'jisr-sandbox-'))
    channel = await subject.openChannel()
    await open()
  })
  afterAll(async () => {
    await sandbox.close()
    await rm(directory, { recursive: true, force: true })
  })
  beforeEach(() => misbehave({ mode: 'none' }))

  const misbehave = async (conduct: Misbehaviour & { times?: number }) => {
    const answer = await fetch(`${sandbox.url}/__sandbox/misbehave`, { method: 'POST', body: JSON.stringify(conduct) })
    expect(answer.status).toBe(204)
  }
  const journal = async (parcel: Parcel): Promise<JournalEntry[]> => {
    const entries = (await (await fetch(`${sandbox.url}/__sandbox/journal`)).json()) as JournalEntry[]
    return entries.filter(entry => entry.parcel === parcel.id)
  }
  const effects = async (parcel: Parcel) => (await journal(parcel)).filter(entry => entry.effect === samples.effect)
  const newParcel = (rows: number): Parcel => {
    parcels += 1
    const id = parcelId(parcels)
    const made = Array.from({ length: rows }, () => {
      people += 1
      const event = projected(subject, people)
      return { delivery: event.delivery, fragment: outbound.map(event, settings) }
    })
    const campaignAt = '2026-01-14T09:00:00.000Z'
    return { id, rows: made, draft: outbound.assemble(made, id, settings, { now: new Date(), campaignAt }), campaignAt, attempt: 1 }
  }
  const send = (parcel: Parcel, attempt = 1): Promise<SendAnswer> => outbound.send({ ...parcel, attempt }, context)
  /** What the flow does after a lost answer: ask, or send the same again where the partner cannot be asked. */
  const settle = async (parcel: Parcel) => (outbound.ask ? outbound.ask({ ...parcel, attempt: 2 }, context) : send(parcel, 2))
  const many = Math.min(1_000, mostTogether(subject))
  const several = Math.min(7, many)

  describe('sends', () => {
    test('one row: accepted with a receipt, one effect in the journal', async () => {
      const parcel = newParcel(1)
      const outcomes = await send(parcel)
      expect(outcomes).toEqual([expect.objectContaining({ status: 'accepted', receipt: expect.stringMatching(/./) })])
      expect(await effects(parcel)).toEqual([expect.objectContaining({ delivery: parcel.rows[0]?.delivery, subId: `sub-${people}` })])
    })

    test(`${many} rows: one outcome each and one effect each`, async () => {
      const parcel = newParcel(many)
      const outcomes = (await send(parcel)) as readonly Outcome[]
      expect(outcomes.map(outcome => outcome.status)).toEqual(parcel.rows.map(() => 'accepted'))
      expect((await effects(parcel)).map(entry => entry.delivery).sort()).toEqual(parcel.rows.map(row => row.delivery).sort())
    })

    test('the same parcel again: the same answer and no second effect, at once and after a restart on the same directory', async () => {
      const parcel = newParcel(several)
      const first = await send(parcel)
      expect(statuses(await send(parcel, 2))).toEqual(statuses(first))
      await sandbox.close()
      await open()
      expect(statuses(await send(parcel, 3))).toEqual(statuses(first))
      expect(await effects(parcel)).toHaveLength(several)
      expect((await journal(parcel)).filter(entry => entry.effect === 'repeated').length).toBeGreaterThanOrEqual(2)
    })

    test('to a slow partner: accepted all the same', async () => {
      await misbehave({ mode: 'slow', delayMs: 150 })
      expect(statuses(await send(newParcel(1)))).toEqual(['accepted'])
    })
  })

  describe('does not guess', () => {
    const lost: (Misbehaviour & { stored: boolean })[] = [
      { mode: 'hang', afterStoring: true, stored: true },
      { mode: 'hang', afterStoring: false, stored: false },
      { mode: 'cut', afterStoring: true, stored: true },
      { mode: 'cut', afterStoring: false, stored: false },
      { mode: 'garbage', stored: true },
      { mode: 'bad-signature', stored: true },
      { mode: 'unavailable', status: 500, stored: false },
      { mode: 'unavailable', status: 502, stored: false },
      { mode: 'unavailable', status: 504, stored: false }
    ]
    test.each(lost.map(conduct => [JSON.stringify(conduct), conduct] as const))(
      '%s: unknown, and asking gives the truth',
      async (_, { stored, ...conduct }) => {
        await misbehave(conduct as Misbehaviour)
        const parcel = newParcel(several)
        const error = await send(parcel).then(
          answer => expect.fail(`took the answer for ${JSON.stringify(statuses(answer))}`),
          (thrown: unknown) => thrown
        )
        expect(error).toBeInstanceOf(Error)
        expect(error).not.toBeInstanceOf(NotSent)
        await misbehave({ mode: 'none' })
        expect(await effects(parcel)).toHaveLength(stored ? several : 0)
        const truth = await settle(parcel)
        if (outbound.ask && !stored) expect(truth).toBe('absent')
        else expect(statuses(truth as SendAnswer)).toEqual(parcel.rows.map(() => 'accepted'))
        expect(statuses(await send(parcel, 2))).toEqual(parcel.rows.map(() => 'accepted'))
        expect(await effects(parcel)).toHaveLength(several)
      }
    )

    test('a partner that is closed (503): asked to wait or unknown, never accepted or refused', async () => {
      await misbehave({ mode: 'unavailable', status: 503 })
      const parcel = newParcel(1)
      const answer = await send(parcel).catch((error: unknown) => error)
      if (answer instanceof Error) expect(answer).not.toBeInstanceOf(NotSent)
      else expect(statuses(answer as SendAnswer)).toEqual(['deferred'])
      expect(await journal(parcel)).toEqual([])
    })

    test('nobody listens: not sent, so that trying again is safe', async () => {
      const parcel = newParcel(1)
      const elsewhere = adapter.settings.parse(subject.settings(`http://127.0.0.1:${await closedPort()}`))
      await expect(outbound.send(parcel, contextFor(elsewhere, channel.keys))).rejects.toBeInstanceOf(NotSent)
    })

    if (outbound.ask) {
      test.each([{ mode: 'garbage' }, { mode: 'bad-signature' }, { mode: 'cut', afterStoring: false }] as const)(
        'an answer to its question spoilt by %o: the answer is not believed',
        async conduct => {
          const parcel = newParcel(1)
          await send(parcel)
          await misbehave(conduct)
          const answer = await outbound.ask?.({ ...parcel, attempt: 2 }, context).catch((error: unknown) => error)
          if (!(answer instanceof Error)) expect(answer).toBe('cannot tell')
        }
      )
    }
  })

  describe('takes a no', () => {
    if (subject.byTicket !== true && many >= 7) {
      test('row by row: the third and the sixth are refused with their code', async () => {
        await misbehave({ mode: 'refuse-rows', everyNth: 3, code: 'no-such-file' })
        const parcel = newParcel(7)
        const outcomes = (await send(parcel)) as readonly Outcome[]
        expect(statuses(outcomes)).toEqual(['accepted', 'accepted', 'refused', 'accepted', 'accepted', 'refused', 'accepted'])
        for (const outcome of outcomes) if (outcome.status === 'refused') expect(outcome.code).toBe('no-such-file')
        expect(await effects(parcel)).toHaveLength(5)
        expect(statuses(await send(parcel, 2))).toEqual(statuses(outcomes))
      })
    }

    test('as a whole: the parcel is refused with its code and has no effect', async () => {
      await misbehave({ mode: 'refuse-parcel', code: subject.samples.parcelCode ?? 'unheard-of' })
      const parcel = newParcel(several)
      expect(await send(parcel)).toEqual({
        refused: 'parcel',
        code: subject.samples.parcelCode ?? 'unheard-of',
        reason: expect.any(String)
      })
      expect(await effects(parcel)).toEqual([])
    })

    test('to a signature the partner does not know: nothing is accepted and nothing happens', async () => {
      const parcel = newParcel(1)
      const answer = await outbound.send(parcel, contextFor(settings, channel.strangerKeys)).catch((error: unknown) => error)
      if (!(answer instanceof Error)) expect(statuses(answer as SendAnswer)).not.toContain('accepted')
      expect(await effects(parcel)).toEqual([])
    })
  })
}

/** A port of this machine that was free a moment ago. */
const closedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

const statuses = (answer: SendAnswer): string[] => ('refused' in answer ? ['refused parcel'] : answer.map(outcome => outcome.status))
