// SCSP's asynchronous exchange with SI GECCO, beyond what every adapter must do.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CanonicalEvent, Context, JournalEntry, Message, Outcome, Parcel, Sandbox, Unreadable } from '../../adapters/contract.ts'
import { gecco } from '../../adapters/gecco/index.ts'
import { startSandbox } from '../../adapters/gecco/sandbox.ts'
import type { GeccoSettings } from '../../adapters/gecco/settings.ts'
import type { Solicitud } from '../../adapters/gecco/wire.ts'
import { type ScspCode, scspCodes } from '../../adapters/lib/scsp/codes.ts'
import { formatTime } from '../../adapters/lib/scsp/times.ts'
import { writeConfirmacionPeticion, writeFaultDetail } from '../../adapters/lib/scsp/write.ts'
import { soapEnvelope, soapFault } from '../../adapters/lib/soap.ts'
import { signEnvelope } from '../../adapters/lib/ws-security-sign.ts'
import type { EventType } from '../../schemas/event.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { keysOf, newHolder } from './certificates.ts'
import { contextFor } from './channel.ts'
import { askingSettings } from './gecco-samples.ts'
import { fullRecord, only } from './people.ts'

const [ours, theirs] = await Promise.all([newHolder('jisr'), newHolder('si-gecco')])
const keys = keysOf(ours, [theirs])
const { outbound, inbound } = gecco
if (!outbound?.ask || !inbound?.collect) throw new Error('the adapter lost a half')
const sandboxSettings = { privateKey: theirs.privateKeyPem, certificate: theirs.certificatePem, gatewayCertificates: [ours.certificatePem] }

const contextAt = (url: string): Context<GeccoSettings> => contextFor(gecco.settings.parse({ asking: askingSettings(url) }), keys)

let serial = 0
const parcelOf = (
  people: readonly number[],
  type: EventType = 'authorization.requested',
  change = (record: MigrantRecord) => record
): Parcel => {
  const settings = gecco.settings.parse({ asking: askingSettings('http://127.0.0.1:9') })
  const rows = people.map(number => {
    serial += 1
    const delivery = `01JD${String(serial).padStart(22, '0')}`
    const record = only(change(fullRecord(number)), outbound.reads)
    const event = {
      delivery,
      eventId: '',
      type,
      subId: `sub-${number}`,
      version: 1,
      campaign: 2026,
      effectiveAt: '2026-01-14T09:00:00.000Z',
      record
    }
    return { delivery, fragment: outbound.map(event, settings) }
  })
  const id = `01JG${String(serial).padStart(22, '0')}`
  return { id, rows, draft: outbound.assemble(rows, id, settings, times()), campaignAt, attempt: 1 }
}

const campaignAt = '2026-01-14T09:00:00.000Z'
const times = () => ({ now: new Date(), campaignAt })

const ticketOf = (answer: Awaited<ReturnType<typeof outbound.send>>): string => {
  const [first] = answer as readonly Outcome[]
  if (first?.status !== 'accepted' || first.collect === undefined) throw new Error(`no ticket: ${JSON.stringify(answer)}`)
  return first.collect.ticket
}

const eventsOf = async (message: Message | { retryAfterSeconds: number } | undefined, context: Context<GeccoSettings>) => {
  if (message === undefined || 'retryAfterSeconds' in message) throw new Error('the answer is not ready')
  return inbound.map(await inbound.authenticate(message, context), context.settings)
}

/** Sends and fetches the answer of a double that does not let one wait. */
const exchange = async (parcel: Parcel, context: Context<GeccoSettings>): Promise<readonly (CanonicalEvent | Unreadable)[]> =>
  eventsOf(await inbound.collect?.(ticketOf(await outbound.send(parcel as Parcel<Solicitud>, context)), context), context)

const types = (events: readonly (CanonicalEvent | Unreadable)[]) => events.map(event => ('type' in event ? event.type : event.unreadable))
const granted = (events: readonly (CanonicalEvent | Unreadable)[]) =>
  events.flatMap(event => ('type' in event ? [(event.payload.authorization ?? {}) as Record<string, unknown>] : []))

describe('with the double', () => {
  const opened: Sandbox[] = []
  const folders: string[] = []
  const open = async (settings: Record<string, unknown>, speed = 1): Promise<{ context: Context<GeccoSettings>; url: string }> => {
    const directory = await mkdtemp(join(tmpdir(), 'jisr-gecco-'))
    folders.push(directory)
    const sandbox = await startSandbox({ port: 0, directory, speed, settings: { ...sandboxSettings, ...settings } })
    opened.push(sandbox)
    return { context: contextAt(sandbox.url), url: sandbox.url }
  }
  afterAll(async () => {
    await Promise.all(opened.map(sandbox => sandbox.close()))
    await Promise.all(folders.map(folder => rm(folder, { recursive: true })))
  })
  const misbehave = (url: string, conduct: unknown) =>
    fetch(`${url}/__sandbox/misbehave`, { method: 'POST', body: JSON.stringify(conduct) })
  const journal = async (url: string) => (await (await fetch(`${url}/__sandbox/journal`)).json()) as JournalEntry[]

  test('a request waits its campaign hours, says how many are left, and is then resolved at the campaign time it was filed plus those', async () => {
    const { context } = await open({ waitingHours: 24 }, 24 * 3_600)
    const parcel = parcelOf([1, 2]) as Parcel<Solicitud>
    const answer = (await outbound.send(parcel, context)) as readonly Outcome[]
    expect(answer[0]).toMatchObject({ collect: { ticket: `${parcel.id}/2`, afterSeconds: 24 * 3_600 } })
    const early = await inbound.collect?.(ticketOf(answer), context)
    expect(early).toEqual({ retryAfterSeconds: expect.any(Number) })
    expect((early as { retryAfterSeconds: number }).retryAfterSeconds).toBeLessThanOrEqual(24 * 3_600)
    const events = await expect
      .poll(async () => inbound.collect?.(ticketOf(answer), context), { timeout: 10_000 })
      .toHaveProperty('body')
      .then(async () => eventsOf(await inbound.collect?.(ticketOf(answer), context), context))
    expect(types(events)).toEqual(['authorization.granted', 'authorization.granted'])
    expect(events.map(event => 'effectiveAt' in event && event.effectiveAt)).toEqual([
      '2026-01-15T09:00:00.000Z',
      '2026-01-15T09:00:00.000Z'
    ])
    expect(events.map(event => 'about' in event && event.about)).toEqual(parcel.rows.map(({ delivery }) => ({ delivery })))
    expect(granted(events)[0]).toMatchObject({
      decision: 'GRANTED',
      validFrom: '2026-02-02',
      validTo: '2030-02-01',
      resolutionDate: '2026-01-15'
    })
  })

  test('a receipt is the signed envelope where that is about nobody; of one with the rows it is what the head says, and no digest of them', async () => {
    const { context } = await open({ waitingHours: 0 })
    const parcel = parcelOf([1, 2]) as Parcel<Solicitud>
    const receipts = (answer: unknown) =>
      (answer as Outcome[]).map(outcome => (outcome.status === 'accepted' ? outcome.receipt : outcome.status))
    for (const receipt of receipts(await outbound.send(parcel, context)))
      expect(receipt).toMatch(/ConfirmacionPeticion.*<\/soap:Envelope>/s)
    const asked = receipts(await outbound.ask?.(parcel, context))
    expect(asked.map(receipt => JSON.parse(receipt))).toEqual(
      Array(2).fill({ idPeticion: parcel.id, timeStamp: expect.any(String), estado: expect.objectContaining({ codigo: '0003' }) })
    )
  })

  test('the same seed decides the same; refusals, inadmissible and defective ones come in their shares and are told row by row', async () => {
    const shares = { waitingHours: 0, refusedShare: 0.2, inadmissibleShare: 0.2, defectiveShare: 0.2 }
    const people = Array.from({ length: 60 }, (_, index) => index)
    const [one, other, another] = await Promise.all(['a', 'a', 'b'].map(seed => open({ ...shares, seed })))
    const [first, second, third] = await Promise.all(
      [one, other, another].map(async desk =>
        types(await exchange(parcelOf(people), (desk as { context: Context<GeccoSettings> }).context))
      )
    )
    expect(second).toEqual(first)
    expect(third).not.toEqual(first)
    expect(new Set(first)).toEqual(
      new Set(['authorization.granted', 'authorization.refused', 'authorization.inadmissible', 'authorization.defective'])
    )
  })

  test('a defective request that was mended is granted', async () => {
    const { context } = await open({ waitingHours: 0, defectiveShare: 1 })
    expect(types(await exchange(parcelOf([1]), context))).toEqual(['authorization.defective'])
    expect(types(await exchange(parcelOf([1], 'authorization.mended'), context))).toEqual(['authorization.granted'])
  })

  test('a call-back is approved under its own file number and NIE, with the period of the call', async () => {
    const { context } = await open({ waitingHours: 0 })
    const { callback } = fullRecord(5)
    const [event] = await exchange(parcelOf([5], 'callback.filed'), context)
    expect(event).toMatchObject({
      type: 'callback.approved',
      payload: { callback: { response: { outcome: 'APPROVED' } }, authorization: { fileNumber: callback?.fileNumber, nie: callback?.nie } }
    })
  })

  test('a withdrawal is taken note of and says nothing new', async () => {
    const { context, url } = await open({ waitingHours: 0 })
    expect(await exchange(parcelOf([1], 'candidate.withdrew'), context)).toEqual([])
    expect((await journal(url)).map(entry => entry.detail?.tipo)).toEqual(['DESISTIMIENTO'])
  })

  test('a NIE given once is given again for the same passport, in another request and after a restart (edge 19)', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'jisr-gecco-'))
    folders.push(directory)
    const start = () => startSandbox({ port: 0, directory, speed: 1, settings: { ...sandboxSettings, waitingHours: 0 } })
    const withoutNie = (record: MigrantRecord): MigrantRecord => ({ ...record, person: { ...record.person, identifiers: undefined } })
    const nies = async (sandbox: Sandbox, people: number[]) =>
      granted(await exchange(parcelOf(people, 'authorization.requested', withoutNie), contextAt(sandbox.url))).map(({ nie }) => nie)
    const before = await start()
    const [first, second] = await nies(before, [1, 2])
    expect(first).not.toBe(second)
    expect(await nies(before, [2, 3, 1])).toEqual([second, expect.any(String), first])
    await before.close()
    const after = await start()
    opened.push(after)
    expect(await nies(after, [2, 1])).toEqual([second, first])
    const known = fullRecord(9).person?.identifiers?.find(({ scheme }) => scheme === 'ES-NIE')?.value
    expect(granted(await exchange(parcelOf([9]), contextAt(after.url)))[0]?.nie).toBe(known)
  })

  test('a NIE with a wrong letter costs its own row and no other (edge 20)', async () => {
    const { context, url } = await open({ waitingHours: 0, wrongNieEveryNth: 3 })
    const events = await exchange(parcelOf([1, 2, 3, 4, 5, 6, 7]), context)
    expect(types(events)).toEqual(Array.from({ length: 7 }, (_, row) => ((row + 1) % 3 === 0 ? 'value' : 'authorization.granted')))
    await fetch(`${url}/__sandbox/wrong-nie`, { method: 'POST', body: '{"everyNth":0}' })
    expect(new Set(types(await exchange(parcelOf([11, 12, 13]), context)))).toEqual(new Set(['authorization.granted']))
  })

  test('an id of ours that SI GECCO has though we never sent it is settled by asking, not believed', async () => {
    const { context } = await open({})
    const parcel = parcelOf([1]) as Parcel<Solicitud>
    await outbound.send(parcel, context)
    await expect(outbound.send(parcel, context)).rejects.toThrow(/already, though it was never sent/)
    expect(await outbound.send({ ...parcel, attempt: 2 }, context)).toEqual([expect.objectContaining({ status: 'accepted' })])
  })

  test('a row that comes again under another parcel id is not resolved twice', async () => {
    const { context, url } = await open({ waitingHours: 0 })
    const parcel = parcelOf([1])
    const first = await exchange(parcel, context)
    const id = '01JGZZZZZZZZZZZZZZZZZZZZZZ'
    const again = await exchange({ ...parcel, id, draft: outbound.assemble(parcel.rows as never, id, context.settings, times()) }, context)
    expect(granted(again)).toEqual(granted(first))
    expect((await journal(url)).map(entry => entry.effect)).toEqual(['requested', 'repeated'])
  })

  const expectedOf = ({ treatment }: ScspCode, code: string): unknown => {
    switch (treatment) {
      case 'again':
        return [{ status: 'deferred', retryAfterSeconds: 60 }]
      case 'channel':
        return [{ status: 'deferred', retryAfterSeconds: 900, code, reason: expect.any(String) }]
      case 'document':
        return { refused: 'parcel', code, reason: expect.any(String) }
      default:
        return null
    }
  }
  test('each code of SCSP is either waited for or a refusal of the document, and a refusal has no effect', async () => {
    const { context, url } = await open({})
    for (const [code, entry] of Object.entries(scspCodes)) {
      const expected = expectedOf(entry, code)
      if (expected === null) continue
      await misbehave(url, { mode: 'refuse-parcel', code })
      expect(await outbound.send(parcelOf([1]) as Parcel<Solicitud>, context), code).toEqual(expected)
    }
    expect(await journal(url)).toEqual([])
  })

  test('a certificate that SI GECCO does not know has the rows wait for a person, with its code as reason', async () => {
    const { context } = await open({ gatewayCertificates: [theirs.certificatePem] })
    expect(await outbound.send(parcelOf([1]) as Parcel<Solicitud>, context)).toEqual([
      { status: 'deferred', retryAfterSeconds: 900, code: '0301', reason: 'the requester is not authorized for this service' }
    ])
  })

  test('rows refused come back as refusals with their code', async () => {
    const { context, url } = await open({ waitingHours: 0 })
    await misbehave(url, { mode: 'refuse-rows', everyNth: 2, code: 'LISTA-INCOMPLETA', times: 1 })
    const events = await exchange(parcelOf([1, 2, 3, 4]), context)
    expect(types(events)).toEqual(['authorization.granted', 'authorization.refused', 'authorization.granted', 'authorization.refused'])
    expect(granted(events)[1]).toMatchObject({ reasonCode: 'LISTA-INCOMPLETA', appeal: { body: expect.stringContaining('Huelva') } })
  })

  test('with a clock of ours that is days off, nothing is taken for accepted', async () => {
    const { context, url } = await open({})
    const behind = { ...context, now: () => new Date(Date.now() - 3 * 86_400_000) }
    await expect(outbound.send(parcelOf([1]) as Parcel<Solicitud>, behind)).rejects.toThrow(/check the clocks/)
    expect(await journal(url)).toEqual([])
  })

  test('a document that breaks the schema never leaves: it is refused as SI GECCO would refuse it', async () => {
    const { context, url } = await open({})
    const parcel = parcelOf([1]) as Parcel<Solicitud>
    const spoilt = {
      ...parcel,
      draft: { ...parcel.draft, body: parcel.draft.body.replace(/<Nombre>[^<]*/g, `<Nombre>${'X'.repeat(51)}`) }
    }
    expect(await outbound.send(spoilt, context)).toEqual({
      refused: 'parcel',
      code: '0401',
      reason: expect.stringMatching(/^(?!.*XXX).*Nombre: its value breaks the rule maxLength/)
    })
    expect(await journal(url)).toEqual([])
  })

  test('a request that SI GECCO had taken and no longer knows becomes a message for a person, once SI GECCO has signed that', async () => {
    const { context } = await open({})
    const message = await inbound.collect?.('01JG0000000000000000000001/1', context)
    expect(await eventsOf(message, context)).toEqual([
      { row: 0, unreadable: 'document', reason: expect.stringContaining('0244, the issuer has no such request') }
    ])
    expect(inbound.map(inbound.reopen?.(message as Message, context.settings) ?? expect.fail(), context.settings)).toHaveLength(1)
  })

  test('killed -9 after it answered, the double knows the request, and resolves it as before', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'jisr-gecco-'))
    folders.push(directory)
    const options = join(directory, 'options.json')
    await writeFile(options, JSON.stringify({ port: 0, directory, speed: 1, settings: { ...sandboxSettings, waitingHours: 0 } }))
    const start = async () => {
      const child = spawn(process.execPath, ['adapters/gecco/sandbox.ts', options], { stdio: ['ignore', 'pipe', 'inherit'] })
      const line = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', data => resolve(String(data)))
        child.once('exit', code => reject(new Error(`the double ended with ${code}`)))
      })
      return { child, url: (JSON.parse(line) as { url: string }).url }
    }
    const first = await start()
    const parcel = parcelOf([1, 2, 3]) as Parcel<Solicitud>
    const ticket = ticketOf(await outbound.send(parcel, contextAt(first.url)))
    first.child.kill('SIGKILL')
    await new Promise(resolve => first.child.once('exit', resolve))
    expect((await readFile(join(directory, 'journal.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(3)
    const second = await start()
    try {
      const context = contextAt(second.url)
      expect(await outbound.ask?.({ ...parcel, attempt: 2 }, context)).toEqual(
        parcel.rows.map(() => expect.objectContaining({ status: 'accepted' }))
      )
      const events = await eventsOf(await inbound.collect?.(ticket, context), context)
      expect(types(events)).toEqual(parcel.rows.map(() => 'authorization.granted'))
      expect((await journal(second.url)).filter(entry => entry.effect === 'requested')).toHaveLength(3)
    } finally {
      second.child.kill('SIGTERM')
      await new Promise(resolve => second.child.once('exit', resolve))
    }
  })
})

describe('an answer that', () => {
  let server: Server
  let url: string
  let answer: { status: number; body: string; headers?: Record<string, string> }
  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(answer.status, answer.headers ?? {})
      response.end(answer.body)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise(resolve => server.close(resolve)))

  const signedByThem = (payload: ReturnType<typeof soapFault>) =>
    signEnvelope(payload, { keys: keysOf(theirs, []), algorithm: 'rsa-sha256', now: new Date() })
  const confirmation = (idPeticion: string, codigo: string) =>
    signedByThem(
      writeConfirmacionPeticion({
        atributos: {
          idPeticion,
          numElementos: 1,
          timeStamp: formatTime(new Date()),
          estado: { codigo, literal: 'x' },
          codigoCertificado: 'GECCOAUTORIZACIONWS01'
        }
      })
    )
  const cases: [string, (id: string) => typeof answer][] = [
    ['is a fault without SCSP code', () => ({ status: 500, body: soapEnvelope(soapFault('Server', 'java.lang.NullPointerException')) })],
    ['is about another request', () => ({ status: 200, body: confirmation('01JGOTHER0000000000000000X', '0002') })],
    ['has a state nobody knows', id => ({ status: 200, body: confirmation(id, '7777') })],
    ['is a state of none', id => ({ status: 200, body: confirmation(id, '0244') })],
    [
      'is a document of another protocol',
      () => ({ status: 200, body: signedByThem(soapFault('Client', 'x').replaceAll('Fault', 'Vault') as never) })
    ],
    ['is not signed', id => ({ status: 200, body: confirmation(id, '0002').replace(/<wsse:Security.*<\/wsse:Security>/s, '') })],
    ['is an HTML page', () => ({ status: 200, body: '<html><body>Mantenimiento</body></html>' })],
    ['is 500 without a fault', id => ({ status: 500, body: confirmation(id, '0002') })],
    ['is a redirection', () => ({ status: 302, body: '', headers: { location: 'http://127.0.0.1:9/' } })],
    ['is 404', () => ({ status: 404, body: 'no' })]
  ]
  test.each(cases)('%s tells nothing: unknown, not accepted and not refused', async (_, make) => {
    const parcel = parcelOf([1]) as Parcel<Solicitud>
    answer = make(parcel.id)
    await expect(outbound.send(parcel, contextAt(url))).rejects.toThrow()
  })

  test('is an unsigned fault about a ticket tells nothing: it is asked again', async () => {
    const detail = writeFaultDetail({
      idPeticion: '01JG0000000000000000000001',
      numElementos: 1,
      timeStamp: formatTime(new Date()),
      estado: { codigo: '0244', literal: 'x' },
      codigoCertificado: 'C'
    })
    answer = { status: 500, body: soapEnvelope(soapFault('Client', 'x', detail)) }
    await expect(inbound.collect?.('01JG0000000000000000000001/1', contextAt(url))).rejects.toThrow(/0244/)
  })

  test.each([429, 503])('is %i asks to wait, as long as it says and an hour at most', async status => {
    for (const [after, seconds] of [
      ['120', 120],
      ['999999', 3_600],
      ['soon', 60],
      ['-5', 1]
    ] as const) {
      answer = { status, body: 'busy', headers: { 'retry-after': after } }
      expect(await outbound.send(parcelOf([1]) as Parcel<Solicitud>, contextAt(url))).toEqual([
        { status: 'deferred', retryAfterSeconds: seconds }
      ])
      expect(await inbound.collect?.('01JG0000000000000000000001/1', contextAt(url))).toEqual({ retryAfterSeconds: seconds })
    }
  })

  test('says 0004 while it is polled, in hours or, where the service counts so, in minutes', async () => {
    answer = {
      status: 200,
      body: signedByThem(
        writeConfirmacionPeticion({
          atributos: {
            idPeticion: '01JG0000000000000000000001',
            numElementos: 1,
            timeStamp: formatTime(new Date()),
            estado: { codigo: '0004', literal: 'x', tiempoEstimadoHoras: 3 },
            codigoCertificado: 'C'
          }
        })
      )
    }
    expect(await inbound.collect?.('01JG0000000000000000000001/1', contextAt(url))).toEqual({ retryAfterSeconds: 3 * 3_600 })
    const settings = gecco.settings.parse({ asking: { ...askingSettings(url), waitingTimeUnit: 'minutes' } })
    expect(await inbound.collect?.('01JG0000000000000000000001/1', contextFor(settings, keys))).toEqual({ retryAfterSeconds: 180 })
  })
})
