// Hears PostgreSQL's notifications on one connection of its own, and replaces that connection when it is lost.
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, escapeIdentifier } from 'pg'
import { toStoreError } from './database-error.ts'

/** The payload of a notification, or null after a lost connection was replaced: something may have been missed. */
export type NotificationHandler = (payload: string | null) => void

export interface Listener {
  /** Resolves once the channel is being listened to, with a function that stops it. Throws when the database cannot be reached now. */
  add(channel: string, heard: NotificationHandler): Promise<() => Promise<void>>
  close(): Promise<void>
}

const backOffFirstMs = 50
const backOffMaxMs = 5_000
/** A connection that died without a word (a firewall, a moved address) shows only when it is used. */
const checkEveryDefaultMs = 15_000

/**
 * @param connect makes a client that is not connected yet; its statements must have a time-out.
 * @param onLost told of each connection lost; the listener goes on by itself.
 */
export const listener = (connect: () => Client, onLost?: (error: unknown) => void, checkEveryMs = checkEveryDefaultMs): Listener => {
  const handlers = new Map<string, Set<NotificationHandler>>()
  let current: Promise<Client> | undefined
  const closing = new AbortController()

  const open = async (): Promise<Client> => {
    const client = connect()
    let state: 'opening' | 'open' | 'over' = 'opening'
    const check = setInterval(() => client.query('select 1').catch(lose), checkEveryMs).unref()
    const end = () => {
      state = 'over'
      clearInterval(check)
      client.end().catch(() => undefined)
    }
    const lose = (error: unknown) => {
      if (state !== 'open') return
      end()
      if (closing.signal.aborted) return
      onLost?.(toStoreError(error))
      current = reopen()
      current.catch(() => undefined)
    }
    client.on('error', lose)
    client.on('end', () => lose(new Error('Connection terminated')))
    client.on('notification', message => {
      for (const heard of handlers.get(message.channel) ?? []) heard(message.payload ?? '')
    })
    try {
      await client.connect()
      for (const channel of handlers.keys()) await client.query(`listen ${escapeIdentifier(channel)}`)
    } catch (error) {
      end()
      throw toStoreError(error)
    }
    state = 'open'
    return client
  }

  const reopen = async (): Promise<Client> => {
    for (let backOffMs = backOffFirstMs; ; backOffMs = Math.min(backOffMs * 2, backOffMaxMs)) {
      await pause(backOffMs * (0.5 + Math.random() / 2), undefined, { signal: closing.signal })
      try {
        const client = await open()
        for (const set of handlers.values()) for (const heard of set) heard(null)
        return client
      } catch (error) {
        onLost?.(error)
      }
    }
  }

  const first = (): Promise<Client> => {
    const opening = open()
    current = opening
    opening.catch(() => {
      if (current === opening) current = undefined
    })
    return opening
  }

  return {
    add: async (channel, heard) => {
      if (closing.signal.aborted) throw toStoreError(new Error('Client was closed'))
      const set = handlers.get(channel) ?? new Set()
      handlers.set(channel, set.add(heard))
      const forget = () => {
        set.delete(heard)
        if (set.size === 0 && handlers.get(channel) === set) handlers.delete(channel)
      }
      try {
        const client = await (current ?? first())
        await client.query(`listen ${escapeIdentifier(channel)}`)
      } catch (error) {
        forget()
        throw toStoreError(error)
      }
      // The connection goes on listening to a channel that nobody hears: that costs nothing, and a listener added meanwhile is not cut off.
      return async () => forget()
    },
    close: async () => {
      closing.abort()
      const client = await current?.catch(() => undefined)
      await client?.end().catch(() => undefined)
    }
  }
}
