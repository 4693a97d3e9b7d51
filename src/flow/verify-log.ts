// verify the log: every leaf, every kept hash, every checkpoint in the database and in the file, and everything that leaves commit to and that is still
// there. Names what is wrong; changes nothing.
import { isDeepStrictEqual } from 'node:util'
import { eventPayload, isEventType } from '../../schemas/event.ts'
import { type CommittedRow, readCommitted, readLedger, readNodes } from '../store/ledger.ts'
import { unpackRow } from '../trust/frame.ts'
import { leafCommitment } from '../trust/leaf.ts'
import type { LogKey } from '../trust/log-key.ts'
import { type Hash, leafHash } from '../trust/merkle.ts'
import { grow, rootOfTail, type Tail, type TileNode, tileWidth } from '../trust/merkle-tiles.ts'
import { type DataKey, NotOpened, open } from '../trust/seal.ts'
import { framePlace, rowKey, rowPlace } from './documents.ts'
import type { Gateway } from './gateway.ts'
import { evidencePlace } from './ledger-page.ts'
import { lineOf } from './log-tree.ts'
import { type Arounds, isInTerm } from './verify-documents.ts'
import { compareTimes, type Heads, readHeads, type Tell, takeBounds } from './verify-heads.ts'
import { verifyRows } from './verify-rows.ts'

/** Something that is not as it was. */
export interface Fault {
  /** `leaf 4711`, `subtree 3 of height 1`, `checkpoint of 1200 leaves in the database`, `line 7 of <file>`, `event <id>`. */
  where: string
  what: string
}

export interface Verified {
  leaves: number
  checkpoints: number
  filed: number
  /** Published checkpoints that are older than the first line of the file: it was begun anew, or cut off at its beginning. */
  unfiled: number
  /** Leaves whose evidence was opened and fits. */
  opened: number
  /** Leaves of people whose keys were destroyed: their commitments stay, and prove nothing any more about what they said. */
  erased: number
  /** Leaves of whole messages whose own key was destroyed by plan: they are kept as frame and rows since, or were out of their time. */
  spent: number
  /** Leaves of SETs that were refused before anything of them was taken: only their senders have what they commit to. */
  unkept: number
  /** Of documents that had a signature and headers around them. */
  around: Arounds
  faults: readonly Fault[]
}

const rowsAtOnce = 4_096
/** With what they commit to, which may be a whole message. */
const committedAtOnce = 512
const faultsMax = 1_000

/** Reads everything, batch by batch, so that neither memory nor a statement grows with the log. After `faultsMax` faults it stops naming them: by then it is clear. */
export const verifyLog = async (gateway: Gateway, { file, keys }: { file: string; keys: readonly LogKey[] }): Promise<Verified> => {
  const faults: Fault[] = []
  const fault = (where: string, what: string) => {
    if (faults.length < faultsMax) faults.push({ where, what })
  }
  const bounds = await takeBounds(gateway.database, file)
  const heads = readHeads(gateway.database, { file, keys }, bounds, fault)
  await verifyTree(gateway, bounds.leaves, heads.bySize, fault)
  const { opened, erased, spent, unkept } = await verifyEvidence(gateway, fault)
  const around = await verifyRows(gateway, fault)
  return {
    leaves: bounds.leaves,
    checkpoints: heads.counts.published,
    filed: heads.counts.filed,
    unfiled: heads.counts.unfiled,
    opened,
    erased,
    spent,
    unkept,
    around,
    faults
  }
}

/** Hashes every line again, and compares with the stored hashes, the kept subtrees and every signed head. */
const verifyTree = async ({ database }: Gateway, size: number, heads: Heads['bySize'], fault: Tell): Promise<void> => {
  let tail: Tail = []
  let at = 0
  let next = await heads.next()
  const compare = async () => {
    while (!next.done && next.value[0]?.size === at) {
      for (const { where, root } of next.value)
        if (!rootOfTail(tail).equals(root))
          fault(where, `does not fit the first ${at} leaves: rows before it were altered, or it was signed over another log (a fork)`)
      compareTimes(next.value, fault)
      next = await heads.next()
    }
  }
  await compare()
  while (at < size) {
    const stop = next.done ? size : Number(next.value[0]?.size)
    const end = Math.min(size, at + rowsAtOnce, stop)
    const rows = await readLedger(database, { begin: at, end })
    const hashes = hashAll(rows, at, end, fault)
    const { tail: grown, finished } = grow(tail, at, hashes)
    for (const node of finished) await compareNode(database, node, fault)
    tail = grown
    at = end
    await compare()
  }
  for (; !next.done; next = await heads.next())
    for (const { where } of next.value) fault(where, `covers more leaves than the ${size} there are: the database was set back`)
}

/** A missing row is told once; the stored hash of its neighbours shows that they are whole. */
const hashAll = (rows: Awaited<ReturnType<typeof readLedger>>, begin: number, end: number, fault: Tell): Hash[] => {
  const bySeq = new Map(rows.map(row => [row.seq, row]))
  return Array.from({ length: end - begin }, (_, i) => {
    const row = bySeq.get(begin + i)
    if (row === undefined) {
      fault(`leaf ${begin + i}`, 'is missing')
      return leafHash('')
    }
    const hash = leafHash(lineOf(row))
    if (!hash.equals(row.hash)) fault(`leaf ${row.seq}`, 'was altered since it was numbered')
    return hash
  })
}

const compareNode = async (tx: Gateway['database'], { height, index, hash }: TileNode, fault: Tell): Promise<void> => {
  const [node] = await readNodes(tx, height, { begin: index, end: index + 1 })
  const width = tileWidth ** height
  const where = `subtree ${index} of height ${height}`
  if (node === undefined) fault(where, 'is missing')
  else if (!node.hash.equals(hash))
    fault(where, `does not fit leaves ${index * width} to ${(index + 1) * width - 1}: one of them was altered, or it was`)
}

/** Opens what leaves commit to, where it is still there, and what was made of it. */
const verifyEvidence = async (gateway: Gateway, fault: Tell): Promise<Pick<Verified, 'opened' | Gone>> => {
  const counts = { opened: 0, erased: 0, spent: 0, unkept: 0 }
  let after = -1
  for (;;) {
    const rows = await readCommitted(gateway.database, after, committedAtOnce)
    for (const row of rows) {
      if (row.kind === 'accepted' && row.eventBody === null)
        fault(`event ${row.message}`, `is missing, though leaf ${row.seq} says that it was accepted`)
      const outcome = checkRow(gateway, row)
      if (typeof outcome === 'string') counts[outcome] += 1
      else fault(`leaf ${row.seq}`, outcome.fault)
    }
    const last = rows.at(-1)
    if (last === undefined) return counts
    after = last.seq
  }
}

/** Its key was destroyed: with a person, or by plan with the message; or it was never kept. */
type Gone = 'erased' | 'spent' | 'unkept'

const checkRow = (gateway: Gateway, row: CommittedRow): 'opened' | Gone | { fault: string } => {
  const { kind, message } = row
  try {
    const found = find(gateway, row)
    if (found === null) return { fault: `commits to something that is missing (${kind} ${message})` }
    if (found === 'early')
      return { fault: `commits to something whose key is gone, and its time is not over: it was taken away (${kind} ${message})` }
    if (typeof found === 'string') return found
    const commitment = 'commitment' in found ? found.commitment : leafCommitment(found.key, row.leafId, found.text)
    if (!commitment.equals(row.commitment))
      return { fault: `does not commit to what is stored for it: one of the two was altered (${kind} ${message})` }
    const isOtherwise = kind === 'accepted' && 'key' in found && !saysWhatWasTold(row, found)
    return isOtherwise ? { fault: `was told otherwise than event ${message} says now: the event was altered` } : 'opened'
  } catch (error) {
    if (error instanceof NotOpened)
      return { fault: `commits to something that does not open any more: it was altered (${kind} ${message})` }
    throw error
  }
}

interface Opened {
  key: DataKey
  text: string
}

/** What a leaf commits to, from wherever it is kept; null where it is nowhere. */
const find = (gateway: Gateway, row: CommittedRow): Opened | { commitment: Buffer } | Gone | 'early' | null => {
  const { vault } = gateway
  if (row.kind === 'not-admitted') return 'unkept'
  if (row.evidence !== null) return opened(gateway, row, row.evidence, evidencePlace(row.leafId))
  if (row.frame !== null) return opened(gateway, { personId: null, wrappedKey: null }, row.frame, framePlace(row.leafId))
  if (row.hasRow) {
    const { leafId: id, rowPersonId: personId, rowPersonKey: personKey, rowKey: wrappedKey, rowBody: body } = row
    const key = rowKey(gateway, { id, personId, personKey, wrappedKey })
    if (key === null || body === null) return personId === null ? 'spent' : 'erased'
    return unpackRow(open(key, body, rowPlace(id)))
  }
  if (row.kind === 'acknowledged' && row.receipt !== null) {
    const owner = { personId: row.deliveryPersonId, wrappedKey: row.deliveryPersonKey }
    const receipt = opened(gateway, owner, row.receipt, { table: 'delivery', column: 'receipt', row: row.message })
    return receipt === 'erased' ? receipt : { ...receipt, text: JSON.parse(receipt.text) as string }
  }
  if (row.isTakenAway) return null
  // Who asked about somebody unknown was answered under the question's own key, which stands with the question.
  if (row.kind === 'answered') return 'spent'
  // A question as an earlier version kept it, whole: it went with its key.
  if (row.kind === 'asked') return 'spent'
  if (row.messageBody === null) return null
  if (row.messageKey === null) return row.wasCut || !isInTerm(gateway, row.ts) ? 'spent' : 'early'
  const key = vault.messageKey(row.message, row.messageKey)
  return { key, text: open(key, row.messageBody, { table: 'inbox', column: 'body', row: row.message }).toString('utf8') }
}

const opened = (
  { vault }: Gateway,
  { personId, wrappedKey }: { personId: string | null; wrappedKey: Buffer | null },
  sealed: Buffer,
  place: Parameters<typeof open>[2]
): Opened | 'erased' => {
  if (personId !== null && wrappedKey === null) return 'erased'
  const key = vault.key(personId === null ? 'gateway' : { personId, wrappedKey })
  return { key, text: open(key, sealed, place).toString('utf8') }
}

/** The stored event must open, and say what its evidence says, where we can read that. */
const saysWhatWasTold = (row: CommittedRow, { key, text }: Opened): boolean => {
  // A missing one is told by itself.
  if (row.eventBody === null) return true
  const body = JSON.parse(open(key, row.eventBody, { table: 'event', column: 'body', row: row.message }).toString('utf8'))
  const stored = row.eventCorrects === null ? body : { ...body, corrects: row.eventCorrects }
  const told = toldIn(text)
  if (told === null) return true
  const { type, effectiveAt, payload } = told
  if (type !== row.eventType || (effectiveAt !== null && effectiveAt !== row.eventEffectiveAt?.getTime())) return false
  const parsed = isEventType(type) ? eventPayload(type).safeParse(payload) : null
  return parsed?.success !== true || isDeepStrictEqual(JSON.parse(JSON.stringify(parsed.data)), stored)
}

/** The event in a SET, or told by REST or by a partner; null for what does not carry it readably (a row of a table). */
const toldIn = (text: string): { type: string; effectiveAt: number | null; payload: unknown } | null => {
  const claims = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)
    ? object(Buffer.from(text.split('.')[1] as string, 'base64url').toString('utf8'))
    : null
  if (claims !== null) {
    const [told] = Object.entries((claims.events as Record<string, unknown>) ?? {})
    return told === undefined
      ? null
      : { type: told[0].slice(told[0].lastIndexOf('/') + 1), effectiveAt: Number(claims.toe ?? claims.iat) * 1000, payload: told[1] }
  }
  const { type, effectiveAt, payload } = object(text) ?? {}
  return typeof type === 'string' && payload !== undefined
    ? { type, effectiveAt: typeof effectiveAt === 'string' ? Date.parse(effectiveAt) : null, payload }
    : null
}

const object = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
