// The migrate role: our tables, the months' partitions and the queue's tables, brought up to date by their owner.
import type { Config } from '../config.ts'
import { migrateAll, openPlace } from './open-database.ts'

/** Migrates and says what it did; running it again does nothing. */
export const runMigrate = async (config: Config): Promise<void> => {
  const place = await openPlace(config, text => process.stderr.write(`jisr: ${text}\n`), false)
  try {
    const { applied, queue, partitionsMade, partitionsDropped } = await migrateAll(place.url)
    const said = [
      ...applied.map(name => `applied ${name}`),
      ...queue.map(name => `applied ${name}`),
      ...partitionsMade.map(name => `made ${name}`),
      ...partitionsDropped.map(name => `dropped ${name}`)
    ]
    process.stdout.write(`${said.length === 0 ? 'The database is up to date.' : said.join('\n')}\n`)
  } finally {
    await place.leave()
  }
}
