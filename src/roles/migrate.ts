// The migrate role: our tables, the months' partitions and the queue's tables, brought up to date by their owner.
import type { Config } from '../config.ts'
import { tellFault } from './command/session.ts'
import { migrateAll, openPlace } from './open-database.ts'
import { beginLife } from './process.ts'

/** Migrates and says what it did; running it again does nothing. */
export const runMigrate = async (config: Config): Promise<void> => {
  const life = beginLife({ log: () => {}, failed: tellFault, hasEnd: true })
  try {
    const place = await openPlace(config, life, text => process.stderr.write(`jisr: ${text}\n`), false)
    const { applied, queue, partitionsMade, partitionsDropped, actsForgotten, doubt } = await migrateAll(place.url)
    const said = [
      ...applied.map(name => `applied ${name}`),
      ...queue.map(name => `applied ${name}`),
      ...partitionsMade.map(name => `made ${name}`),
      ...partitionsDropped.map(name => `dropped ${name}`),
      ...(actsForgotten === 0 ? [] : [`forgot ${actsForgotten} acts of the audit`])
    ]
    if (doubt !== null) process.stderr.write(`jisr: ${doubt}\n`)
    process.stdout.write(`${said.length === 0 ? 'The database is up to date.' : said.join('\n')}\n`)
  } catch (error) {
    // What was closed under our feet makes no news: the signal is being dealt with.
    if (life.stopping.aborted) return new Promise(() => {})
    throw error
  } finally {
    await life.stop('done')
  }
}
