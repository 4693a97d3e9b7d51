// announce: tells every process that clients, partners, streams or keys have changed, and waits until this one knows.
import { sql } from '../store/database.ts'
import { partiesChannel } from './directory.ts'
import type { Gateway } from './gateway.ts'

export const announce = async (gateway: Gateway): Promise<void> => {
  await gateway.database.query(sql`select pg_notify(${partiesChannel}, '')`)
  await gateway.directory.refresh()
}
