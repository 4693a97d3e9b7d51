// renew the log: what an operator does when the file of checkpoints, or what the database once had, is lost for good.
import { DomainError } from '../domain/errors.ts'
import { fileCheckpoint, lastFiled, NotFiled } from '../store/checkpoint-file.ts'
import type { Tx } from '../store/database.ts'
import { auditAct } from '../store/keys.ts'
import { insertCheckpoint, lastCheckpoint, ledgerSize, lockLedger } from '../store/ledger.ts'
import { peekCheckpoint, signCheckpoint } from '../trust/checkpoint.ts'
import { rootOfTail } from '../trust/merkle-tiles.ts'
import { checkLocked } from './check-log.ts'
import type { Gateway } from './gateway.ts'
import { LogBroken, readTail } from './log-tree.ts'
import type { LogKeys } from './sequence.ts'

interface By {
  actor: string
  reason: string
}

/** Writes the database's last checkpoint to a file that has none. @throws DomainError when the file has one, or the database none */
export const fileAnew = async (gateway: Gateway, file: string, { actor, reason }: By): Promise<{ origin: string; size: number }> => {
  if ((await lastFiled(file)) !== undefined)
    throw new DomainError('conflict', `${file} holds checkpoints: it is not lost. If it is another installation's, set CHECKPOINT_FILE`)
  const last = await lastCheckpoint(gateway.database)
  if (last === undefined) throw new DomainError('not-found', 'the database has no checkpoint yet: a start writes the first')
  await auditAct(gateway.database, { actor, action: 'log.filed-anew', about: `${last.origin} ${last.size}`, reason })
  await fileCheckpoint(file, { at: last.signedAt.toISOString(), checkpoint: last.note })
  return { origin: last.origin, size: last.size }
}

/**
 * Begins another log, under the next number, with the leaves that the database has: nothing is signed that contradicts what the old one published.
 * @param evenThoughItHolds nothing is lost, and it is to end all the same: whoever checks it sees a log that broke off.
 * @throws DomainError when there is no log yet, or nothing is wrong with it
 */
export const beginAnew = async (
  gateway: Gateway,
  { file, keys }: { file: string; keys: LogKeys },
  { actor, reason, evenThoughItHolds }: By & { evenThoughItHolds: boolean }
): Promise<{ origin: string; size: number }> =>
  gateway.database.transaction(async tx => {
    await lockLedger(tx)
    const filed = await lastFiled(file)
    const last = await lastCheckpoint(tx)
    const known = [last?.origin ?? [], filed === undefined ? [] : peekCheckpoint(filed.checkpoint).origin].flat()
    if (known.length === 0) throw new DomainError('not-found', 'there is no log yet: a start begins it')
    if (!evenThoughItHolds) await refuseIfItHolds(tx, file, keys)
    const origin = nextOrigin(known)
    const size = await ledgerSize(tx)
    const note = signCheckpoint({ origin, size, root: rootOfTail(await readTail(tx, size)) }, { ...keys.log, name: origin })
    const signedAt = gateway.clock.wall()
    await auditAct(tx, { actor, action: 'log.begun-anew', about: `${origin} ${size}`, reason })
    await fileCheckpoint(file, { at: signedAt.toISOString(), checkpoint: note })
    await insertCheckpoint(tx, { origin, size, note, signedAt })
    return { origin, size }
  })

const refuseIfItHolds = async (tx: Tx, file: string, keys: LogKeys): Promise<void> => {
  try {
    await checkLocked(tx, { file, keys: keys.logs })
  } catch (error) {
    if (error instanceof NotFiled)
      throw new DomainError(
        'conflict',
        `only the file is lost, and the log agrees with its last checkpoint: \`jisr log file-anew\` writes ${file} again`
      )
    if (error instanceof LogBroken) return
    throw error
  }
  throw new DomainError(
    'conflict',
    'the log agrees with its last checkpoints, in the database and in the file: nothing is lost, and whoever keeps checkpoints would see it break off. ' +
      'Run `jisr verify-log` for all of it; say --even-though-it-holds where it is to end all the same'
  )
}

/** The first one's own name stays; its number is one that none of them had. */
const nextOrigin = (known: readonly string[]): string => {
  const numbers = known.map(origin => Number(/\/log\/(\d+)$/.exec(origin)?.[1] ?? 0))
  return `${known[0]?.replace(/\/log\/\d+$/, '')}/log/${Math.max(...numbers) + 1}`
}
