// A double of a consulate: lodges within its weekly places, decides after a while, and pushes what it decided until the gateway has it.
import { generateKeyPairSync } from 'node:crypto'
import type { Sandbox, SandboxOptions } from '../contract.ts'
import { json, type SandboxAnswer, type SandboxRequest, serveSandbox } from '../lib/sandbox.ts'
import { type Jwk, signCompact } from '../lib/sandbox-keys.ts'
import { openOutbox } from '../lib/sandbox-outbox.ts'
import { runSandbox } from '../lib/sandbox-process.ts'
import { requestClaims, signedAnswer } from '../lib/sandbox-signed-json.ts'
import { decide } from './sandbox-decisions.ts'
import { announce, appear, type Desk, decideWhenDue, messages, rowsPerMessageMax } from './sandbox-messages.ts'
import { journalEntry, lodge, type Office, openOffice, sandboxSettings } from './sandbox-office.ts'
import { withdraw } from './sandbox-withdrawals.ts'
import type { components } from './wire.d.ts'

type Wire = components['schemas']
type Reply = (status: number, content: unknown) => SandboxAnswer

/**
 * Besides what every double answers: POST /__sandbox/appearances {"appearances":[{passport,{number,country}, at, activityYear?, number?}]} and
 * POST /__sandbox/decisions {"decisions":[{reference, outcome, at?}]} push those facts; GET /__sandbox/state tells weeks used and what waits.
 */
export const startSandbox = (options: SandboxOptions): Promise<Sandbox> => {
  const settings = sandboxSettings.parse(options.settings)
  const stranger = {
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    kid: settings.key.kid
  } as Jwk
  return serveSandbox(options, (books, behaviour) => {
    const office = openOffice(settings, books.acts())
    const outbox = openOutbox(books, options.gateway && `${options.gateway}/v1/inbound/${settings.partner}`)
    const desk: Desk = {
      office,
      books,
      outbox,
      sign: (typ, payload) => signCompact(behaviour().mode === 'bad-signature' ? stranger : settings.key, typ, payload)
    }
    const clock = decideWhenDue(desk, options.speed)
    return {
      serve: request => {
        const key = request.behaviour.mode === 'bad-signature' ? stranger : settings.key
        return serve(request, desk, (status, content) => signedAnswer(request, key, status, content))
      },
      control: request => control(request, desk),
      async close() {
        await clock.stop()
        await outbox.close()
      }
    }
  })
}

const serve = async (request: SandboxRequest, desk: Desk, reply: Reply): Promise<SandboxAnswer> => {
  const claims = requestClaims(request, desk.office.settings.gatewayKeys)
  if (claims === null) return reply(401, { code: 'signature', reason: 'the request is not signed by a key we know' })
  const [folder, name] = request.path.split('/').slice(-2)
  if (request.method === 'POST') {
    const parcel = request.headers['idempotency-key'] ?? ''
    const filedAt = new Date(request.headers['filed-at'] ?? '')
    if (claims.parcel !== parcel || claims.filedAt !== request.headers['filed-at'] || Number.isNaN(filedAt.getTime()))
      return reply(422, { code: 'headers', reason: 'Idempotency-Key and Filed-At are missing or not those that were signed' })
    if (request.behaviour.mode === 'refuse-parcel') return reply(422, { code: request.behaviour.code, reason: 'refused as a whole' })
    if (name === 'joint-applications') return file(request, desk, parcel, filedAt, reply)
    if (name === 'withdrawals') return take(request, desk, parcel, filedAt, reply)
  }
  if (folder === 'applications') return standing(desk.office, name ?? '', reply)
  const kept = await desk.books.find<{ answer: unknown }>(`${folder}/${name}`)
  return kept === undefined ? reply(404, { code: 'unknown', reason: 'nothing of the kind was received' }) : reply(200, kept.answer)
}

const file = async (
  request: SandboxRequest,
  { office, books, outbox, sign }: Desk,
  parcel: string,
  filedAt: Date,
  reply: Reply
): Promise<SandboxAnswer> => {
  const { consulateIssuing, applications } = JSON.parse(request.body) as Wire['JointApplication']
  if (consulateIssuing !== office.settings.issuing)
    return reply(422, { code: 'other-consulate', reason: `visas are issued here by ${office.settings.issuing} only` })
  if (applications.length > rowsPerMessageMax)
    return reply(422, { code: 'too-many', reason: `a joint application holds at most ${rowsPerMessageMax}` })
  const { kept, repeated } = await books.once(`joint-applications/${parcel}`, () => {
    const done = applications.map(row => ({ row, ...lodge(office, row, parcel, filedAt, request.refuseRow()) }))
    const lodged = done.flatMap(({ lodged }) => lodged ?? [])
    const entries = done.map(({ row, effect, week }) =>
      journalEntry(
        office,
        { reference: row.reference, subId: row.personReference, parcel },
        effect,
        effect === 'not-lodged' ? {} : { week }
      )
    )
    const answer: Wire['JointApplicationReceipt'] = { parcel, applications: done.map(({ answer }) => answer) }
    const posts = messages(
      sign,
      lodged.map(application => decide(application, 'LODGED', filedAt))
    )
    return { entries, kept: { answer, lodged, posts } }
  })
  if (repeated) await books.add({ entries: [journalEntry(office, { reference: '', subId: '', parcel }, 'repeated')] })
  else outbox.enqueue(kept.posts)
  return reply(201, kept.answer)
}

const take = async (
  request: SandboxRequest,
  { office, books, outbox, sign }: Desk,
  parcel: string,
  filedAt: Date,
  reply: Reply
): Promise<SandboxAnswer> => {
  const { withdrawals } = JSON.parse(request.body) as Wire['WithdrawalRequest']
  const { kept, repeated } = await books.once(`withdrawals/${parcel}`, () => {
    const done = withdrawals.map(row => ({ row, ...withdraw(office, row, filedAt, request.refuseRow()) }))
    const entries = done.map(({ row, effect }) =>
      journalEntry(office, { reference: row.reference, subId: row.personReference, parcel }, effect)
    )
    const answer: Wire['WithdrawalReceipt'] = { parcel, withdrawals: done.map(({ answer }) => answer) }
    const decided = done.flatMap(({ decided }) => decided ?? [])
    const posts = messages(
      sign,
      done.flatMap(({ told }) => told ?? [])
    )
    return { entries, kept: { answer, decided, posts } }
  })
  if (repeated) await books.add({ entries: [journalEntry(office, { reference: '', subId: '', parcel }, 'repeated')] })
  else outbox.enqueue(kept.posts)
  return reply(201, kept.answer)
}

const standing = ({ byNumber }: Office, number: string, reply: Reply): SandboxAnswer => {
  const application = byNumber.get(number)
  if (application === undefined) return reply(404, { code: 'unknown', reason: 'no application has this number' })
  const { applicationNumber, reference, outcome, since } = application
  return reply(200, { applicationNumber, reference, outcome, since } satisfies Wire['ApplicationStatus'])
}

const control = async (request: SandboxRequest, desk: Desk): Promise<SandboxAnswer | null> => {
  const { office, outbox } = desk
  switch (`${request.method} ${request.path}`) {
    case 'GET /__sandbox/state':
      return json(200, { weeks: Object.fromEntries(office.used), applications: office.applications.size, unsent: outbox.waiting() })
    case 'POST /__sandbox/appearances':
      return appear(JSON.parse(request.body) as { appearances: Partial<Wire['Appearance']>[] }, desk)
    case 'POST /__sandbox/decisions': {
      const { decisions } = JSON.parse(request.body) as { decisions: { reference: string; outcome: Wire['Outcome']; at?: string }[] }
      const due = decisions.flatMap(({ reference, outcome, at }) => {
        const application = office.applications.get(reference)
        return application === undefined ? [] : [{ application, decision: decide(application, outcome, new Date(at ?? Date.now())) }]
      })
      if (due.length > 0) await announce(desk, due)
      return json(202, { told: due.length })
    }
    default:
      return null
  }
}

if (import.meta.main) await runSandbox(startSandbox)
