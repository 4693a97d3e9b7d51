// Checkpoints of the log (c2sp.org/tlog-checkpoint): how many leaves it has and the root over them, as a signed note.
import type { Hash } from './merkle.ts'
import { type NoteKey, NoteRefused, type NoteSigner, openNote, parseNote, signNote } from './note.ts'

export interface Checkpoint {
  /** Which log: `host/log/1`. */
  origin: string
  size: number
  root: Hash
}

/** The log of a gateway, by its issuer. */
export const originOf = (issuer: string): string => `${new URL(issuer).host}/log/1`

export const signCheckpoint = ({ origin, size, root }: Checkpoint, signer: NoteSigner): string =>
  signNote(`${origin}\n${size}\n${root.toString('base64')}\n`, signer)

/** @throws NoteRefused when it cannot be read, is another log's, or was signed by none of `keys`. */
export const openCheckpoint = (note: string, keys: readonly NoteKey[]): Checkpoint => readBody(openNote(note, keys))

/** Reads a checkpoint without believing it. @throws NoteRefused */
export const peekCheckpoint = (note: string): Checkpoint => readBody(parseNote(note).text)

const readBody = (text: string): Checkpoint => {
  const [origin, size, encoded, ...rest] = text.slice(0, -1).split('\n')
  if (!origin || size === undefined || encoded === undefined || rest.includes(''))
    throw new NoteRefused('the checkpoint does not have its lines: origin, size and root')
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size)))
    throw new NoteRefused('the checkpoint’s size is not a number')
  const root = Buffer.from(encoded, 'base64')
  if (root.length !== 32 || root.toString('base64') !== encoded) throw new NoteRefused('the checkpoint’s root is not 32 bytes in base64')
  return { origin, size: Number(size), root }
}
