// What is kept of an inquiry: what is about nobody, and each question with its answer under the key of whom it is about.
import type { Answer, Asked, Inquiry, Message, Retrieval } from '../../adapters/contract.ts'
import type { Tx } from '../store/database.ts'
import {
  concludeInquiry,
  insertInquiry,
  insertQuestions,
  lockInquiry,
  type QuestionRow,
  readQuestions,
  replaceQuestions
} from '../store/inquiries.ts'
import { nothingBetween } from '../trust/frame.ts'
import { type DataKey, openJson, seal } from '../trust/seal.ts'
import { type KnownOwner, ownersOfQuestions, type Question } from './answer-questions.ts'
import type { Partner } from './directory.ts'
import { adoptDocumentRow, openShelf } from './documents.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { openLedgerPage } from './ledger-page.ts'

type Head = Omit<Asked, 'questions'>

interface ToKeep {
  partner: Partner
  inquiry: Inquiry
  message: Message
  /** Null for an inquiry that was answered at once. */
  dueAt: Date | null
  answers: readonly Answer[] | null
}

/**
 * Stores an inquiry, what was signed as frame and rows, and their leaves. A question that nobody is known for gets a key of its own.
 * @returns its id here and the key of each question, or null when it was asked before.
 */
export const keepAsked = async (gateway: Gateway, tx: Tx, kept: ToKeep): Promise<{ id: string; keys: readonly DataKey[] } | null> => {
  const { partner, inquiry, message, dueAt, answers } = kept
  const { questions, document, ...head } = inquiry
  const id = newId()
  const receivedAt = gateway.clock.wall()
  const stored = await insertInquiry(tx, {
    id,
    partnerId: partner.id,
    requestId: requestIdOf(inquiry),
    body: gateway.vault.sealJson('gateway', head, headPlace(id)),
    state: answers === null ? 'received' : 'answered',
    dueAt,
    receivedAt
  })
  if (stored !== 'stored') return null
  const owners = await ownersOfQuestions(gateway, tx, questions)
  await keepDocument(gateway, tx, { id, partner, document, message, receivedAt, owners })
  const rows = questions.map((question, row) =>
    sealedQuestion(gateway, { id: newId(), row, question, answer: answers?.[row] ?? null }, owners[row] ?? null)
  )
  await insertQuestions(tx, id, rows)
  return { id, keys: rows.map(({ key }) => key) }
}

interface DocumentToKeep {
  id: string
  partner: Partner
  document: Inquiry['document']
  message: Message
  receivedAt: Date
  owners: readonly (KnownOwner | null)[]
}

/** What was signed is kept row by row; the signature around it, whose digest would tell who guesses a row, opens by all of them together. */
const keepDocument = async (gateway: Gateway, tx: Tx, kept: DocumentToKeep): Promise<void> => {
  const { id, partner, document, message, receivedAt, owners } = kept
  const { body, rows, around } = document
  if (rows.length !== owners.length || !nothingBetween(body, rows))
    throw new Error(
      `${partner.id} was asked ${owners.length} questions, and its adapter says where ${rows.length} stand: they cannot be told apart`
    )
  const shelf = openShelf(gateway, tx, receivedAt)
  const stored = shelf.add(
    { kind: 'asked', partnerId: partner.id, message: id, body, headers: message.headers },
    { within: 'text', rows, ...(around === null ? {} : { signed: { body, ...around } }) },
    owners.map(owner => (owner === null ? null : { about: null, owner }))
  )
  const page = openLedgerPage(gateway, tx)
  for (const leaf of [...stored.rows, stored])
    page.put({ id: leaf.id, kind: 'asked', source: partner.id, message: id, commitment: leaf.commitment })
  await shelf.write()
  await page.write()
}

interface Kept {
  question: Question
  answer: Answer | null
}

/** A question that can still be read. */
interface OpenedQuestion extends Kept {
  id: string
  row: number
  key: DataKey
  /** Null: it stands under a key of its own. */
  personId: string | null
  wrappedKey: Buffer | null
}

export interface KeptInquiry {
  id: string
  dueAt: Date | null
  isAnswered: boolean
  head: Head
  /** Those of people who were erased or blocked since are not among them. */
  questions: readonly OpenedQuestion[]
}

/** An inquiry that is kept, locked until the transaction ends; null when there is none, or not any more. */
export const openAsked = async (gateway: Gateway, tx: Tx, partnerId: string, asked: Retrieval): Promise<KeptInquiry | null> => {
  const row = await lockInquiry(tx, partnerId, requestIdOf(asked))
  if (row === undefined) return null
  const questions = (await readQuestions(tx, row.id)).flatMap(({ personKey, ...one }): OpenedQuestion[] => {
    const key = questionKey(gateway, one, personKey)
    return key === null ? [] : [{ ...one, key, ...openJson<Kept>(key, one.body, questionPlace(one.id)) }]
  })
  return {
    id: row.id,
    dueAt: row.dueAt,
    isAnswered: row.state === 'answered',
    head: gateway.vault.openJson<Head>('gateway', row.body, headPlace(row.id)),
    questions
  }
}

/** Puts each answer beside its question. Whoever has become known since it was asked gets it under her key. @returns the key of each question. */
export const concludeAsked = async (
  gateway: Gateway,
  tx: Tx,
  kept: KeptInquiry,
  answers: readonly Answer[]
): Promise<readonly DataKey[]> => {
  const owners = await ownersOfQuestions(
    gateway,
    tx,
    kept.questions.map(one => one.question)
  )
  const rows: (QuestionRow & { key: DataKey })[] = []
  for (const [i, { key, id, row, personId, wrappedKey, question }] of kept.questions.entries()) {
    const said: Kept = { question, answer: answers[i] ?? null }
    const owner = owners[i] ?? null
    if (personId === null && owner !== null) {
      await adoptDocumentRow(gateway, tx, kept.id, row, { about: null, owner })
      rows.push(sealedQuestion(gateway, { id, row, ...said }, owner))
    } else rows.push({ id, row, personId, wrappedKey, key, body: seal(key, JSON.stringify(said), questionPlace(id)) })
  }
  await replaceQuestions(tx, rows)
  await concludeInquiry(tx, kept.id, gateway.clock.wall())
  return rows.map(({ key }) => key)
}

const sealedQuestion = (
  gateway: Gateway,
  { id, row, ...kept }: Kept & { id: string; row: number },
  owner: KnownOwner | null
): QuestionRow & { key: DataKey } => {
  const own = owner === null ? gateway.vault.newMessageKey(id) : { key: gateway.vault.key(owner), wrappedKey: null }
  return { id, row, personId: owner?.personId ?? null, ...own, body: seal(own.key, JSON.stringify(kept), questionPlace(id)) }
}

const questionKey = (gateway: Gateway, { id, personId, wrappedKey }: QuestionRow, personKey: Buffer | null): DataKey | null => {
  if (personId === null) return gateway.vault.messageKey(id, wrappedKey)
  return personKey === null ? null : gateway.vault.key({ personId, wrappedKey: personKey })
}

const requestIdOf = ({ requester, id }: Inquiry | Retrieval): string => `${requester} ${id}`

const headPlace = (inquiryId: string) => ({ table: 'inquiry', column: 'body', row: inquiryId })
const questionPlace = (questionId: string) => ({ table: 'question', column: 'body', row: questionId })
