// answer: an administration asks, and gets a signed answer from the records; every answer is disclosed, committed to and remembered with its question.
import {
  type Answering,
  type Asked,
  type Context,
  type Inquiry,
  type Message,
  type Reply,
  type Retrieval,
  Unanswerable
} from '../../adapters/contract.ts'
import { groundFor, type PartnerRole } from '../domain/disclosure-matrix.ts'
import { termsOf } from '../domain/dpv.ts'
import type { Tx } from '../store/database.ts'
import { insertDisclosures } from '../store/parcels.ts'
import type { DataKey } from '../trust/seal.ts'
import { type Answered, answerQuestions } from './answer-questions.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { concludeAsked, keepAsked, openAsked } from './keep-asked.ts'
import { openLedgerPage } from './ledger-page.ts'
import { partnerContext } from './partner-context.ts'

const timeoutMs = 15_000

/** The partner that answers as this service; undefined when there is none. */
export const answeringPartner = (gateway: Gateway, service: string): Partner | undefined => {
  const partner = gateway.directory.partner(service)
  return partner?.status !== 'disabled' && partner?.code.answering?.serves(partner.settings) ? partner : undefined
}

/**
 * Answers a message in the partner's own protocol, refusals and faults of ours included: this only throws when not even those can be written,
 * and DomainError `unavailable` while the evidence log is behind.
 * An inquiry is answered once: the same id from the same requester is refused as repeated, also after a crash.
 */
export const answer = async (
  gateway: Gateway,
  partner: Partner,
  message: Message,
  waitOf: (requester: string) => number = () => 0
): Promise<Reply> => {
  const startedAt = performance.now()
  // A transport's no: what cannot be proved is neither asked nor answered, and may simply be asked again.
  await gateway.ledger.assertInTime()
  const { answering } = partner.code
  if (answering === undefined) throw new Error(`${partner.id} is asked and has an adapter that does not answer`)
  const desk: Desk = { gateway, partner, answering, context: partnerContext(gateway, partner, AbortSignal.timeout(timeoutMs)), waitOf }
  const { reply, kind, code, questions } = await respond(desk, message)
  gateway.log('inquiry.answered', {
    partner: partner.id,
    kind,
    code,
    questions,
    bytes: message.body.length,
    durationMs: Math.round(performance.now() - startedAt)
  })
  return reply
}

interface Desk {
  gateway: Gateway
  partner: Partner
  answering: Answering
  context: Context
  /** Seconds that a requester must wait before it is answered again. */
  waitOf(requester: string): number
}

/** Asked too often: the protocol's own "not available", and when to come back. */
class AskedTooOften extends Unanswerable {
  override name = 'AskedTooOften'
  readonly waitSeconds: number
  constructor({ codes }: Answering, waitSeconds: number, frame?: unknown) {
    super(codes.unavailable, `too many questions: come back in ${waitSeconds} s`, frame)
    this.waitSeconds = waitSeconds
  }
}

const tooOften = (reply: Reply, { waitSeconds }: AskedTooOften): Reply => ({
  ...reply,
  status: 429,
  headers: { ...reply.headers, 'retry-after': String(waitSeconds) }
})

/** Refuses without having read anything: an address has sent too much. */
export const refuseUnread = async (gateway: Gateway, partner: Partner, waitSeconds: number): Promise<Reply> => {
  const { answering } = partner.code
  if (answering === undefined) throw new Error(`${partner.id} is asked and has an adapter that does not answer`)
  const refusal = new AskedTooOften(answering, waitSeconds)
  return tooOften(await answering.fail(refusal, partnerContext(gateway, partner, AbortSignal.timeout(timeoutMs))), refusal)
}

interface Response {
  reply: Reply
  kind: 'inquiry' | 'retrieval' | 'refused'
  code: string | null
  questions: number
}

const respond = async (desk: Desk, message: Message): Promise<Response> => {
  const { gateway, partner, answering, context } = desk
  let frame: unknown
  try {
    if (partner.status === 'paused') throw new Unanswerable(answering.codes.unavailable, 'this service is paused')
    const asked = await answering.read(message, context)
    frame = asked.frame
    const waitSeconds = desk.waitOf(asked.requester)
    if (waitSeconds > 0) throw new AskedTooOften(answering, waitSeconds, frame)
    if (asked.kind === 'retrieval') return await handOver(desk, asked)
    return await (asked.mode === 'now' ? answerNow(desk, asked, message) : takeForLater(desk, asked, message))
  } catch (error) {
    if (!(error instanceof Unanswerable)) gateway.failed('inquiry.answered', error)
    const refusal = error instanceof Unanswerable ? error : new Unanswerable(answering.codes.unavailable, 'a fault of ours', frame)
    const reply = await answering.fail(refusal, context)
    return { reply: refusal instanceof AskedTooOften ? tooOften(reply, refusal) : reply, kind: 'refused', code: refusal.code, questions: 0 }
  }
}

/** The reply is made first: once the inquiry is remembered, nothing may keep it from being answered. */
const answerNow = async ({ gateway, partner, answering, context }: Desk, inquiry: Inquiry, message: Message): Promise<Response> => {
  const answered = await answerQuestions(gateway, gateway.database, partner, inquiry.questions)
  const answers = answered.map(one => one.answer)
  const reply = await answering.write(inquiry, answers, context)
  const stored = await gateway.database.transaction(async tx => {
    const kept = await keepAsked(gateway, tx, { partner, inquiry, message, dueAt: null, answers })
    if (kept !== null) await account(gateway, tx, partner, { ...kept, inquiry, answered })
    return kept !== null
  })
  if (!stored) throw repeated(answering, inquiry)
  return { reply, kind: 'inquiry', code: null, questions: answers.length }
}

const takeForLater = async ({ gateway, partner, answering, context }: Desk, inquiry: Inquiry, message: Message): Promise<Response> => {
  const reply = await answering.acknowledge(inquiry, inquiry.afterSeconds, context)
  const dueAt = new Date(gateway.clock.campaign().getTime() + inquiry.afterSeconds * 1_000)
  const kept = { partner, inquiry, message, dueAt, answers: null }
  if ((await gateway.database.transaction(tx => keepAsked(gateway, tx, kept))) === null) throw repeated(answering, inquiry)
  return { reply, kind: 'inquiry', code: null, questions: inquiry.questions.length }
}

/**
 * Answers are made when they are fetched, and kept: whoever lost them fetches the same ones again. A question whose person was erased since is
 * left out, with its answer.
 */
const handOver = async ({ gateway, partner, answering, context }: Desk, retrieval: Retrieval): Promise<Response> => {
  const found = await gateway.database.transaction(async tx => {
    const kept = await openAsked(gateway, tx, partner.id, retrieval)
    if (kept === null || kept.dueAt === null) return null
    const { head, questions } = kept
    const waitMs = kept.dueAt.getTime() - gateway.clock.campaign().getTime()
    if (waitMs > 0) return { head, waitMs }
    const asked = { ...head, questions: questions.map(one => one.question) }
    if (kept.isAnswered) return { asked, answers: questions.flatMap(one => one.answer ?? []) }
    const answered = await answerQuestions(gateway, tx, partner, asked.questions)
    const answers = answered.map(one => one.answer)
    const keys = await concludeAsked(gateway, tx, kept, answers)
    await account(gateway, tx, partner, { id: kept.id, inquiry: asked, answered, keys })
    return { asked, answers }
  })
  if (found === null || found.asked?.questions.length === 0)
    throw new Unanswerable(answering.codes.absent, 'there is no inquiry of this id to fetch', retrieval.frame)
  const reply =
    found.asked === undefined
      ? await answering.acknowledge(found.head, Math.ceil(found.waitMs / 1_000), context)
      : await answering.write(found.asked, found.answers, context)
  return { reply, kind: 'retrieval', code: null, questions: found.asked?.questions.length ?? 0 }
}

const repeated = ({ codes }: Answering, { frame }: Inquiry) =>
  new Unanswerable(codes.repeated, 'an inquiry of this id was sent before', frame)

interface Given {
  /** Ours of the inquiry: the requester's own stands in what is committed to. */
  id: string
  inquiry: Asked
  answered: readonly Answered[]
  keys: readonly DataKey[]
}

/** Who was told what, on which ground and for which purpose, and a commitment to each answer. */
const account = async (gateway: Gateway, tx: Tx, partner: Partner, { id, inquiry, answered, keys }: Given): Promise<void> => {
  const { requester, official, purpose, consent } = inquiry
  // The requester's own words, and the ground of its role: that it may ask at all was checked before.
  const basis = `${consent}, ${requester}: ${purpose}`
  const terms = termsOf(groundFor[partner.role as PartnerRole])
  const disclosures = answered.flatMap(({ about }) =>
    about === null ? [] : [{ personId: about.personId, partnerId: partner.id, deliveryId: null, classes: about.classes, basis, terms }]
  )
  if (disclosures.length > 0) await insertDisclosures(tx, disclosures)
  const page = openLedgerPage(gateway, tx)
  for (const [i, { question, answer, about }] of answered.entries()) {
    const { frame: _echoed, ...asked } = question
    const evidence = JSON.stringify({ requester, id: inquiry.id, official, purpose, consent, question: asked, answer })
    // Who was asked about and is not known here is known from the question alone, which goes with its own key.
    if (about === null) page.commit('answered', { messageKey: keys[i] as DataKey }, partner.id, id, evidence)
    else page.add('answered', about.owner, partner.id, id, evidence)
  }
  await page.write()
}
