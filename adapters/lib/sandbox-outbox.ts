// What a partner double sends of its own accord: messages kept in its books until the gateway has taken them, over any restart.
import { setTimeout as wait } from 'node:timers/promises'
import type { JournalEntry } from '../contract.ts'
import type { Act, Books } from './sandbox-books.ts'

/** A message for the gateway, signed once when it is made: every try carries the same bytes, so the gateway can tell a repeat. */
export interface Post {
  id: string
  contentType: string
  body: string
}

export interface Outbox {
  /** Sends, in order, messages that an act already on disk holds as `kept.posts`. */
  enqueue(posts: readonly Post[]): void
  /** Keeps what happened and the messages that tell of it in one act, then sends them in order. Settles once they are on disk. */
  post(act: { key?: string; entries: readonly JournalEntry[]; kept?: Record<string, unknown> }, posts: readonly Post[]): Promise<void>
  /** How many messages the gateway has not taken yet. */
  waiting(): number
  close(): Promise<void>
}

const firstRetryMs = 100
const retryMsMax = 2_000
const triesMax = 10_000
const timeoutMs = 30_000

/**
 * @param url where messages go: `<gateway>/v1/inbound/<partner>`; undefined keeps them without sending
 * A message is tried, one at a time and in order, until the gateway answers 2xx.
 */
export const openOutbox = (books: Books, url: string | undefined): Outbox => {
  const queue: Post[] = unsent(books.acts())
  const stopping = new AbortController()
  let sending: Promise<void> | undefined

  const drain = async () => {
    for (let post = queue[0]; post !== undefined && url !== undefined; post = queue[0]) {
      const taken = await deliver(url, post, stopping.signal)
      if (!taken && stopping.signal.aborted) return
      await books.add({ entries: [], kept: taken ? { posted: post.id } : { posted: post.id, givenUp: true } })
      queue.shift()
    }
    sending = undefined
  }
  const wake = () => {
    // Only with something to send: a drain that ends before its promise is assigned would leave the outbox asleep.
    if (queue.length > 0 && url !== undefined) sending ??= drain()
  }
  wake()

  const enqueue = (posts: readonly Post[]) => {
    queue.push(...posts)
    wake()
  }

  return {
    enqueue,
    async post(act, posts) {
      await books.add({ ...act, kept: { ...act.kept, posts } })
      enqueue(posts)
    },
    waiting: () => queue.length,
    async close() {
      stopping.abort()
      await sending
    }
  }
}

const unsent = (acts: readonly Act[]): Post[] => {
  const open = new Map<string, Post>()
  for (const { kept } of acts) {
    const { posts, posted } = (kept ?? {}) as { posts?: Post[]; posted?: string }
    for (const post of posts ?? []) open.set(post.id, post)
    if (posted !== undefined) open.delete(posted)
  }
  return [...open.values()]
}

/** True once the gateway has taken it; false when the tries ran out or the double is closing. */
const deliver = async (url: string, post: Post, signal: AbortSignal): Promise<boolean> => {
  for (let tries = 0; tries < triesMax && !signal.aborted; tries += 1) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': post.contentType },
      body: post.body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    }).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return true
    await wait(Math.min(retryMsMax, firstRetryMs * 2 ** Math.min(tries, 10)), undefined, { signal }).catch(() => undefined)
  }
  return false
}
