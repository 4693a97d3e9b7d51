// What left for a partner in one attempt: the exact bytes around the document, and the headers that sign it.
import type { Context } from '../../adapters/contract.ts'
import type { Tx } from '../store/database.ts'
import { keepTransportCopy } from '../store/parcels.ts'
import { digestOf } from '../trust/frame.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'

/** One request of an attempt, as it was given to the connection. */
export interface Left {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body: string
}

const requestsMax = 8

/** The context, noting what is sent through it. */
export const noting = (context: Context, left: Left[]): Context => ({
  ...context,
  fetch: (url, init) => {
    if (init.body !== undefined && left.length < requestsMax)
      left.push({ method: init.method, url, headers: publicHeaders(init.headers ?? {}), body: init.body })
    return context.fetch(url, init)
  }
})

/** Proof that anybody may see; what lets one in is no part of it. */
const publicHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/authorization|cookie|api-?key|secret|token/i.test(name)))

/** What was put around a document: with the document itself it gives the bytes that left. Of other bytes only the digest is kept. */
export const around = (left: Left, document: string) => {
  const { body, ...request } = left
  const at = document === '' ? -1 : body.indexOf(document)
  const bytes = at < 0 ? {} : { before: body.slice(0, at), after: body.slice(at + document.length) }
  return { ...request, ...bytes, sha256: digestOf(body) }
}

/** Keeps what left for the transport's retention: the month's partition is dropped whole. */
export const keepLeft = async (
  gateway: Gateway,
  tx: Tx,
  sent: { attemptId: string; startedAt: Date; parcel: { id: string; draft: { body: string } } },
  left: readonly Left[]
): Promise<void> => {
  if (left.length === 0) return
  const id = newId()
  const copy = left.map(one => around(one, sent.parcel.draft.body))
  await keepTransportCopy(tx, {
    id,
    parcelId: sent.parcel.id,
    attemptId: sent.attemptId,
    body: gateway.vault.sealJson('gateway', copy, { table: 'transport_copy', column: 'body', row: id }),
    at: sent.startedAt
  })
}
