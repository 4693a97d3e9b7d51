// What the queue asks of a backend: connections for BullMQ's two classes, and a word about the server it found.
import type { BackendFactory, KeyPrefixOptions, RedisQueueBackend } from 'bullmq'

/** Where jobs live. PostgreSQL needs no second service; Redis (or Valkey) is for more than one machine. */
export type BackendSettings =
  | {
      kind: 'postgres'
      url: string
      /** Connections for statements, shared by all queues and workers of the process; each worker holds one more, to LISTEN. 4 by default. */
      connections?: number
      /** The role that statements run as, if not the URL's user; `migrateQueue` gives it the rights. */
      role?: string
    }
  | { kind: 'redis'; url: string }

/** One open backend. Queues of a process share connections; each worker gets its own where waiting needs one. */
export interface Backend {
  kind: BackendSettings['kind']
  /** From this many jobs on, adding them in one statement is cheaper than one by one. */
  bulkMin: number
  /** For adding, counting and emptying; fails at once while the server is away. */
  producer(queue: string): Connection
  /** For one worker; `release` gives back what `connection` holds, and makes connections that are still being tried fail. */
  worker(queue: string): Connection & { release(): void }
  /** What an operator should change about the server, in sentences; empty when all is well. */
  advice(): Promise<string[]>
  close(): Promise<void>
}

export interface Connection {
  /** BullMQ's own options, spread into those of a Queue or Worker. */
  options: { connection: object } & KeyPrefixOptions
  /** Typed as BullMQ's classes are by default; nothing that only Redis has is used. */
  factory: BackendFactory<RedisQueueBackend>
  /** The queue's name at the backend. */
  name: string
}
