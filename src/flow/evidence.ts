// evidence: everything about one placement that passed through here, in one file that anybody checks without us (examples/verify-evidence.mjs).
import { setTimeout as pause } from 'node:timers/promises'
import { DomainError } from '../domain/errors.ts'
import type { Tx } from '../store/database.ts'
import type { DocumentRow } from '../store/documents.ts'
import { samePerson } from '../store/erasure.ts'
import {
  answersAbout,
  findPlacement,
  type LoggedRow,
  leavesAbout,
  leavesOf,
  noteEvidence,
  type OwedRow,
  owedAbout,
  type PlacementRow,
  questionsAbout,
  type RowInDocument,
  refusedLeaves,
  rowsAbout
} from '../store/evidence.ts'
import { type CheckpointRow, lastCheckpoint, readLedger, readNodes, wantCheckpoint } from '../store/ledger.ts'
import { type EventRow, readEvents } from '../store/subjects.ts'
import { type Frame, unpackRow } from '../trust/frame.ts'
import { leafSalt } from '../trust/leaf.ts'
import type { LogKey } from '../trust/log-key.ts'
import { type Hash, inclusionSpans } from '../trust/merkle.ts'
import { hashesOf, type ReadTile, tileWidth } from '../trust/merkle-tiles.ts'
import { signNote, verifierKey } from '../trust/note.ts'
import { type DataKey, Erased, NotOpened, open } from '../trust/seal.ts'
import { framePlace, openAround, rowKey, rowPlace } from './documents.ts'
import { type Part, writeFile } from './evidence-file.ts'
import type { Gateway } from './gateway.ts'
import { evidencePlace } from './ledger-page.ts'
import { lineOf } from './log-tree.ts'

export interface Evidence {
  text: string
  parts: number
  /** Names of the parts that can no longer be shown, and of those that are not what they were. */
  gone: readonly string[]
  altered: readonly string[]
}

/** What an evidence file is made with. */
export interface EvidenceKeys {
  log: LogKey
  logs: readonly LogKey[]
  /** Our own keys of SETs, public. */
  sets: readonly object[]
}

export interface Asked {
  placement: string
  actor: string
  reason: string
}

/** Everything about a placement. Audited. @throws DomainError when there is no such placement, or nothing can be proved yet. */
export const writeEvidence = async (gateway: Gateway, keys: EvidenceKeys, asked: Asked): Promise<Evidence> => {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(asked.placement))
    throw new DomainError('invalid', 'a placement is named by its id, a UUID: jisr persons find and jisr persons retention lead to it')
  const placement = await findPlacement(gateway.database, asked.placement)
  if (placement === undefined)
    throw new DomainError(
      'not-found',
      `there is no placement ${asked.placement}: jisr persons find and jisr persons retention lead to hers`
    )
  const checkpoint = await coveringCheckpoint(gateway, placement)
  // As it is at one moment: what is settled between two looks would be told as altered.
  const parts = await gateway.database.transaction(
    async tx => {
      await noteEvidence(tx, { actor: asked.actor, about: placement.id, reason: asked.reason })
      return collect({ gateway, keys, placement, checkpoint, hashes: storedHashes(tx) }, tx, asked)
    },
    { isolation: 'repeatable read' }
  )
  const { origin } = checkpoint
  return {
    text: writeFile(parts, statement => signNote(statement, { ...keys.log, name: origin })),
    parts: parts.length,
    gone: parts.filter(part => part.part === 'gone').map(part => part.name),
    altered: parts.filter(part => part.part === 'altered').map(part => part.name)
  }
}

interface Desk {
  gateway: Gateway
  keys: EvidenceKeys
  placement: PlacementRow
  checkpoint: CheckpointRow
  hashes: ReadTile
}

const coverMs = 5_000
const lookEveryMs = 50

/** A checkpoint that covers the placement's leaves, when one comes in time; what has no number by then is said to have none. */
const coveringCheckpoint = async ({ database }: Gateway, { id, personId }: PlacementRow): Promise<CheckpointRow> => {
  const asked = await questionsAbout(database, await samePerson(database, personId))
  const messages = [
    ...[...(await readEvents(database, [id])), ...(await owedAbout(database, id))].map(row => row.id),
    ...asked.map(row => row.document.message)
  ]
  const deadline = performance.now() + coverMs
  for (let round = 0; ; round++) {
    const [leaves, checkpoint] = [await leavesAbout(database, messages), await lastCheckpoint(database)]
    const isCovered = leaves.every(({ seq }) => seq !== null && checkpoint !== undefined && seq < checkpoint.size)
    if (checkpoint !== undefined && (isCovered || performance.now() > deadline)) return checkpoint
    if (performance.now() > deadline)
      throw new DomainError(
        'unavailable',
        'the evidence log has no checkpoint yet: start the gateway, and ask again when it has run for a minute'
      )
    if (round === 0) await wantCheckpoint(database)
    await pause(lookEveryMs)
  }
}

const collect = async (desk: Desk, tx: Tx, { reason }: Asked): Promise<Part[]> => {
  const { gateway, keys, placement, checkpoint } = desk
  const events = await readEvents(tx, [placement.id])
  const owed = await owedAbout(tx, placement.id)
  const told = await toldAbout(tx, placement, events)
  const sources = [...new Set(told.map(leaf => leaf.source))]
  const { origin, note } = checkpoint
  const words = `the placement ${placement.id} of ${placement.campaign}, ${placement.state} when this was written (${gateway.clock.wall().toISOString()}), because: ${reason}`
  return [
    { part: 'about', name: 'what this file is about', words, origin, keys: keys.logs.map(key => verifierKey({ ...key, name: origin })) },
    { part: 'checkpoint', name: 'the checkpoint of the log', note },
    ...sources.flatMap(source => keyParts(source, jwksOf(gateway, source))),
    ...keyParts('the gateway', keys.sets),
    ...(placement.wrappedKey === null ? [erasedPart(placement)] : []),
    ...(await inOrder(told, leaf => messagePart(desk, leaf, 'message', leaf.source))),
    ...events.map(event => eventPart(desk, event, told)),
    ...(await documentParts(
      desk,
      tx,
      await rowsAbout(
        tx,
        placement.personId,
        [...events, ...owed].map(row => row.id)
      ),
      owed
    )),
    ...(await answerParts(desk, tx, events, owed)),
    ...(await askedParts(desk, tx))
  ]
}

const inOrder = async <From, To>(items: readonly From[], make: (item: From) => Promise<To>): Promise<To[]> => {
  const made: To[] = []
  for (const item of items) made.push(await make(item))
  return made
}

/** What was told about the placement, taken or refused. */
const toldAbout = async (tx: Tx, placement: PlacementRow, events: readonly EventRow[]): Promise<LoggedRow[]> => {
  const taken = (
    await leavesAbout(
      tx,
      events.map(event => event.id)
    )
  ).filter(leaf => leaf.kind === 'accepted')
  const sources = [...new Set(events.map(event => event.source))]
  return [...taken, ...(await leavesOf(tx, await refusedLeaves(tx, placement.id, sources)))]
}

const jwksOf = (gateway: Gateway, source: string): readonly object[] =>
  ((gateway.directory.client(source)?.jwks ?? gateway.directory.partner(source)?.jwks) as { keys?: object[] } | null | undefined)?.keys ??
  []

const keyParts = (of: string, jwks: readonly object[]): Part[] =>
  jwks.map((jwk, i) => ({ part: 'key', name: `key ${i + 1} of ${of}`, of, jwk }))

const erasedPart = ({ erasedAt }: PlacementRow): Part => ({
  part: 'gone',
  name: 'the data of this person',
  words:
    erasedAt === null
      ? 'her data is blocked: nobody may read it, and nothing of it is shown'
      : `her data was erased on ${erasedAt.toISOString().slice(0, 10)}: what was told, sent and answered about her cannot be read any more. That it was is still in the log`
})

const ownerKey = ({ gateway, placement }: Desk): DataKey =>
  gateway.vault.key({ personId: placement.personId, wrappedKey: placement.wrappedKey })

/** A text that the log commits to, as a part; or, in words, why there is none. */
const messagePart = async (
  desk: Desk,
  leaf: LoggedRow,
  what: string,
  signer: string,
  { text, keyOf = () => ownerKey(desk) }: { text?: () => string; keyOf?: () => DataKey } = {}
): Promise<Part> => {
  const name = `${what} ${leaf.message} ${leaf.kind} (leaf ${leaf.leafId})`
  return orInWords(name, async () => {
    const key = keyOf()
    const kept = text ?? (leaf.body === null ? null : () => open(key, leaf.body as Buffer, evidencePlace(leaf.leafId)).toString('utf8'))
    if (kept === null) return takenOut(name)
    const proof = await proofOf(desk, leaf)
    if (proof === null) return unproved(name)
    const { kind, source, message } = leaf
    return {
      part: 'message',
      name,
      kind,
      source,
      message,
      signer,
      text: kept(),
      salt: leafSalt(key, leaf.leafId).toString('base64'),
      ...proof
    }
  })
}

/** What is gone is said to be gone, and what does not open to have been altered: neither keeps the rest of the file from being written. */
const orInWords = async (name: string, make: () => Promise<Part> | Part): Promise<Part> => {
  try {
    return await make()
  } catch (error) {
    if (error instanceof Erased)
      return { part: 'gone', name, words: 'erased with the person’s data: its leaf in the log is all that is left' }
    if (error instanceof NotOpened)
      return { part: 'altered', name, words: 'what the gateway has stored of it was altered: it does not open under its key' }
    throw error
  }
}

const takenOut = (name: string): Part => ({
  part: 'altered',
  name,
  words: 'the log has a line of it, and what the line commits to is not kept with her any more: it was taken out or altered'
})

const unproved = (name: string): Part => ({
  part: 'gone',
  name,
  words: 'not in the log yet: write the file again when the gateway has run for a minute'
})

interface Proof {
  leaf: string
  index: number
  proof: string[]
}

const proofOf = async ({ checkpoint, hashes: read }: Desk, leaf: LoggedRow): Promise<Proof | null> => {
  const { seq, ts } = leaf
  if (seq === null || ts === null || seq >= checkpoint.size) return null
  const hashes = await hashesOf(inclusionSpans(seq, checkpoint.size), read)
  return { leaf: lineOf({ ...leaf, seq, ts }), index: seq, proof: hashes.map(hash => hash.toString('base64')) }
}

/**
 * The hashes as they were kept, not as the rows would give them now: an altered leaf must fail alone, and not those beside it. What is about one
 * placement stands close together in the log, so each tile is read whole, and once.
 */
const storedHashes = (tx: Tx): ReadTile => {
  const tiles = new Map<string, Promise<readonly Hash[]>>()
  const load = async (height: number, begin: number): Promise<readonly Hash[]> => {
    const span = { begin, end: begin + tileWidth }
    const rows = height === 0 ? await readLedger(tx, span) : await readNodes(tx, height, span)
    return rows.map(row => row.hash)
  }
  return async (height, { begin, end }) => {
    const first = begin - (begin % tileWidth)
    const tile = `${height} ${first}`
    const loading = tiles.get(tile) ?? load(height, first)
    tiles.set(tile, loading)
    return (await loading).slice(begin - first, end - first)
  }
}

const eventPart = ({ gateway, placement }: Desk, event: EventRow, told: readonly LoggedRow[]): Part => {
  const name = `event ${event.id} ${event.type}`
  const { id, type, source } = event
  const of = told.find(leaf => leaf.message === id)
  if (of === undefined)
    return { part: 'altered', name, words: 'no line of the log says that it was told: it was put in, or its line was altered' }
  try {
    const owner = { personId: placement.personId, wrappedKey: placement.wrappedKey }
    const payload = gateway.vault.openJson(owner, event.body, { table: 'event', column: 'body', row: id })
    const times = { effectiveAt: event.effectiveAt.toISOString(), receivedAt: event.receivedAt.toISOString() }
    const from = `message ${of.message} ${of.kind} (leaf ${of.leafId})`
    return { part: 'event', name, id, type, source, ...times, payload, from }
  } catch (error) {
    if (error instanceof Erased) return { part: 'gone', name, words: 'erased with the person’s data' }
    if (error instanceof NotOpened)
      return { part: 'altered', name, words: 'what the gateway has stored of it was altered: it does not open under its key' }
    throw error
  }
}

/**
 * What administrations asked about her, in whichever year, as they signed it, and what they were told: who asked, for which purpose and when. Under
 * every id by which she is known here to be one person.
 */
const askedParts = async (desk: Desk, tx: Tx): Promise<Part[]> => {
  const { gateway, placement } = desk
  const people = await samePerson(tx, placement.personId)
  const questions = await questionsAbout(tx, people)
  const inquiries = [...new Set(questions.map(row => row.document.message))]
  const answers = await inOrder(await answersAbout(tx, inquiries, people), ({ personId, wrappedKey, ...leaf }) =>
    messagePart(desk, leaf, 'answer to', leaf.source, { keyOf: () => gateway.vault.key({ personId, wrappedKey }) })
  )
  return [...(await documentParts(desk, tx, questions, [])), ...answers]
}

const ways = { sent: 'to', received: 'from', asked: 'asked of' } as const

/** The documents that these rows stood in: the frame, and of its rows these alone. */
const documentParts = async (desk: Desk, tx: Tx, rows: readonly RowInDocument[], owed: readonly OwedRow[]): Promise<Part[]> => {
  const { gateway } = desk
  const leaves = new Map(
    (
      await leavesOf(
        tx,
        rows.flatMap(row => [row.id, row.documentId])
      )
    ).map(leaf => [leaf.leafId, leaf])
  )
  return inOrder([...Map.groupBy(rows, row => row.documentId).values()], async own => {
    const { document } = own[0] as (typeof own)[number]
    const name = `document ${document.id} ${ways[document.kind]} ${document.partnerId}`
    return orInWords(name, async () => {
      const frameLeaf = leaves.get(document.id)
      const proof = frameLeaf === undefined ? null : await proofOf(desk, frameLeaf)
      if (proof === null && document.kind !== 'sent') return unproved(name)
      if (proof === null) return { part: 'gone', name, words: 'nobody answered for it, so it is not in the log' }
      const frame = open(gateway.vault.key('gateway'), Buffer.from(String(document.frame), 'base64'), framePlace(document.id)).toString(
        'utf8'
      )
      const shown = await inOrder(own, async row => {
        const leaf = leaves.get(row.id)
        const [key, rowProof] = [rowKey(gateway, row), leaf === undefined ? null : await proofOf(desk, leaf)]
        if (key === null) throw new Erased(rowPlace(row.id))
        if (row.body === null) throw new NotOpened(rowPlace(row.id), 'nothing is kept')
        if (rowProof === null) return []
        const { salt, text } = unpackRow(open(key, row.body, rowPlace(row.id)))
        return [{ row: row.row, text, salt: salt.toString('base64'), ...rowProof }]
      })
      const all = shown.flat()
      // Where others stood in it too, what stood around tells who guesses their rows.
      const held = JSON.parse(frame) as Frame
      const isWhole = all.length === held.rows.length
      const around = isWhole && document.around !== null ? aroundOf(document, all) : null
      const mapping = held.mapping ?? owed.find(one => one.id === own[0]?.about)?.mappingVersion ?? null
      const about = { partner: document.partnerId, kind: document.kind, message: document.message, mapping, frame }
      return {
        part: 'document',
        name,
        ...about,
        salt: leafSalt(gateway.vault.key('gateway'), document.id).toString('base64'),
        ...proof,
        rows: all,
        ...(around === null ? {} : { around })
      }
    })
  })
}

const aroundOf = ({ id, around }: DocumentRow, rows: readonly { salt: string }[]) =>
  openAround(
    id,
    Buffer.from(String(around), 'base64'),
    rows.map(({ salt }) => ({ salt: Buffer.from(salt, 'base64') }))
  )

/** What was sent as a token of its own, what partners answered, and rows of documents that should be there and are not. */
const answerParts = async (desk: Desk, tx: Tx, events: readonly EventRow[], owed: readonly OwedRow[]): Promise<Part[]> => {
  const owedOf = new Map(owed.map(row => [row.id, row]))
  const ids = [...events, ...owed].map(row => row.id)
  const rows = new Set((await rowsAbout(tx, desk.placement.personId, ids)).map(row => row.id))
  const parts = (await leavesAbout(tx, ids)).map(leaf => {
    const receipt = owedOf.get(leaf.message)?.receipt ?? null
    if (leaf.kind === 'accepted' || rows.has(leaf.leafId)) return []
    if (leaf.body !== null) return [messagePart(desk, leaf, 'delivery', leaf.kind === 'sent' ? 'the gateway' : leaf.source)]
    if (leaf.kind === 'acknowledged' && receipt !== null)
      return [messagePart(desk, leaf, 'receipt of', leaf.source, { text: () => receiptText(desk, leaf.message, receipt) })]
    return mustBeKept.includes(leaf.kind) ? [Promise.resolve(takenOut(`${leaf.kind} ${leaf.message} (leaf ${leaf.leafId})`))] : []
  })
  return inOrder(parts.flat(), part => part)
}

/** Kinds of leaves whose words are kept for as long as her data is. */
const mustBeKept: readonly string[] = ['sent', 'received', 'acknowledged']

const receiptText = (desk: Desk, deliveryId: string, receipt: Buffer): string =>
  JSON.parse(open(ownerKey(desk), receipt, { table: 'delivery', column: 'receipt', row: deliveryId }).toString('utf8')) as string
