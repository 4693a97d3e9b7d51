// One connection for one piece of work, where a library asks for PostgreSQL's own client.
import { Client } from 'pg'

/**
 * Connects to `url` (postgres://user:password@host:port/database), runs `work`, and closes the connection whatever comes of it. A connection that is lost
 * between two statements is told by the second.
 * @throws what the server or `work` throws
 */
export const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  // Without a handler, a server that ends would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
