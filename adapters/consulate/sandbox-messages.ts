// What the double of a consulate tells of its own accord: decisions when they are due, appearances when told to, as signed messages.
import { ulid } from 'ulid'
import { json, type SandboxAnswer } from '../lib/sandbox.ts'
import type { Books } from '../lib/sandbox-books.ts'
import type { Outbox, Post } from '../lib/sandbox-outbox.ts'
import { appearancesTyp, decisionsTyp } from './answers.ts'
import { takeDue } from './sandbox-decisions.ts'
import { type Application, journalEntry, type Kept, type Office, record } from './sandbox-office.ts'
import type { components } from './wire.d.ts'

type Wire = components['schemas']

export const rowsPerMessageMax = 500
const tickMs = 25

export interface Desk {
  office: Office
  books: Books
  outbox: Outbox
  /** Signs with the consulate's key, or with a stranger's while the double is told to. */
  sign(typ: string, payload: Record<string, unknown>): string
}

export interface Due {
  application: Application
  decision: Wire['Decision']
}

/** Looks every few milliseconds for decisions whose waiting time is over and tells them. */
export const decideWhenDue = (desk: Desk, speed: number) => {
  let busy: Promise<void> | undefined
  const timer = setInterval(() => {
    if (busy !== undefined) return
    const due = takeDue(desk.office, Date.now(), speed, rowsPerMessageMax)
    if (due.length === 0) return
    busy = announce(desk, due).finally(() => {
      busy = undefined
    })
  }, tickMs)
  return {
    async stop() {
      clearInterval(timer)
      await busy
    }
  }
}

const effects = {
  LODGED: 'told-lodged',
  ISSUED: 'issued',
  REFUSED: 'refused',
  WITHDRAWN: 'no-show',
  RENOUNCED: 'renounced',
  REVOKED: 'visa-revoked',
  ANNULLED: 'visa-annulled'
} as const

/** Records the decisions, journals them and sends them, in one act. */
export const announce = async ({ office, outbox, sign }: Desk, due: readonly Due[]) => {
  const decided: NonNullable<Kept['decided']> = due.map(({ decision: { reference, outcome, at } }) => ({ reference, outcome, at }))
  for (const { reference, outcome, at } of decided) record(office, reference, outcome, at)
  const entries = due.map(({ application, decision }) => journalEntry(office, application, effects[decision.outcome]))
  await outbox.post(
    { entries, kept: { decided } },
    messages(
      sign,
      due.map(({ decision }) => decision)
    )
  )
}

/** Signed messages of at most 500 rows. */
export const messages = (sign: Desk['sign'], decisions: readonly Wire['Decision'][]): Post[] => {
  const posts: Post[] = []
  for (let from = 0; from < decisions.length; from += rowsPerMessageMax)
    posts.push(toPost(sign, decisionsTyp, { decisions: decisions.slice(from, from + rowsPerMessageMax) }))
  return posts
}

const toPost = (sign: Desk['sign'], typ: string, rows: Record<string, unknown>): Post => {
  const message = ulid()
  return { id: message, contentType: 'application/jose', body: sign(typ, { message, iat: Math.floor(Date.now() / 1000), ...rows }) }
}

/** Pushes appearances: what is missing of them (instant, consulate, number) is filled in. */
export const appear = async (
  { appearances }: { appearances: Partial<Wire['Appearance']>[] },
  { office, outbox, sign }: Desk
): Promise<SandboxAnswer> => {
  const rows = appearances.map(row => {
    const number = row.number ?? `VIII-${ulid()}`
    return { key: number, at: new Date().toISOString(), consulate: office.settings.issuing, ...row, number }
  })
  for (let from = 0; from < rows.length; from += rowsPerMessageMax) {
    const some = rows.slice(from, from + rowsPerMessageMax)
    const entries = some.map(({ number }) =>
      journalEntry(office, { reference: '', subId: '', parcel: '' }, 'appearance', { detail: { number } })
    )
    await outbox.post({ entries }, [toPost(sign, appearancesTyp, { appearances: some })])
  }
  return json(202, { told: rows.length })
}
