// Signed notes (c2sp.org/signed-note) with ECDSA P-256 keys: a text, and lines that say which key signed it.
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** A key that notes are checked with. */
export interface NoteKey {
  /** Of whom it is: for a log, its origin. */
  name: string
  publicKey: KeyObject
}

export interface NoteSigner extends NoteKey {
  privateKey: KeyObject
}

export interface Note {
  /** Ends in a newline. */
  text: string
  signatures: readonly { name: string; id: string; signature: Buffer }[]
}

/** The note cannot be read, or no known key signed it. Says which, and never holds the note's text. */
export class NoteRefused extends Error {
  override name = 'NoteRefused'
}

const ecdsa = 0x02
const noteCharactersMax = 64 * 1024
const signaturesMax = 16

const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

/** The first four bytes of SHA-256 over the public key (SPKI, DER), in hex: what a note's signature type 0x02 has. */
export const noteKeyId = (key: KeyObject): string => createHash('sha256').update(spkiOf(key)).digest('hex').slice(0, 8)

/** A key as verifiers take it: name+id+base64(type, public key). */
export const verifierKey = ({ name, publicKey }: NoteKey): string =>
  `${name}+${noteKeyId(publicKey)}+${Buffer.concat([Buffer.from([ecdsa]), spkiOf(publicKey)]).toString('base64')}`

/** Reads a key as `verifierKey` wrote it. @throws NoteRefused when it is not one of an ECDSA P-256 key. */
export const parseVerifierKey = (text: string): NoteKey => {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  if (name === undefined || bytes[0] !== ecdsa)
    throw new NoteRefused('a verifier’s key is written as name+id+base64, with a key of type 2 (ECDSA)')
  const publicKey = publicKeyOf(bytes.subarray(1))
  if (noteKeyId(publicKey) !== id) throw new NoteRefused(`the key of ${name} is not the one that its id ${id} names`)
  return { name, publicKey }
}

const publicKeyOf = (spki: Buffer): KeyObject => {
  let key: KeyObject
  try {
    key = createPublicKey({ key: spki, type: 'spki', format: 'der' })
  } catch (cause) {
    throw new NoteRefused('a verifier’s key does not hold a public key', { cause })
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new NoteRefused('a verifier’s key must be on the curve P-256')
  return key
}

/** Signs a text that ends in a newline. */
export const signNote = (text: string, signer: NoteSigner): string => {
  const signature = sign('sha256', Buffer.from(text, 'utf8'), { key: signer.privateKey, dsaEncoding: 'der' })
  const line = Buffer.concat([Buffer.from(noteKeyId(signer.publicKey), 'hex'), signature]).toString('base64')
  return `${text}\n— ${signer.name} ${line}\n`
}

/** Takes a note apart without believing it. @throws NoteRefused */
export const parseNote = (note: string): Note => {
  if (note.length > noteCharactersMax) throw new NoteRefused(`the note is longer than ${noteCharactersMax} characters`)
  if (!note.isWellFormed() || /[^\P{Cc}\n]/u.test(note)) throw new NoteRefused('the note holds control characters')
  const split = note.lastIndexOf('\n\n')
  if (split < 1 || !note.endsWith('\n'))
    throw new NoteRefused('the note has no empty line before its signatures, or does not end in a newline')
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > signaturesMax) throw new NoteRefused(`the note has more than ${signaturesMax} signatures`)
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

const parseSignature = (line: string): Note['signatures'][number] => {
  const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  if (name === undefined || bytes.length < 5 || bytes.toString('base64') !== encoded)
    throw new NoteRefused('a signature line is not written as "— name base64"')
  return { name, id: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) }
}

/**
 * The text of a note that at least one of `keys` signed. Signatures of keys that we do not know are passed over.
 * @throws NoteRefused when none did, or when a signature of a known key is wrong.
 */
export const openNote = (note: string, keys: readonly NoteKey[]): string => {
  const { text, signatures } = parseNote(note)
  let signed = false
  for (const { name, id, signature } of signatures) {
    const key = keys.find(known => known.name === name && noteKeyId(known.publicKey) === id)
    if (key === undefined) continue
    if (!verify('sha256', Buffer.from(text, 'utf8'), { key: key.publicKey, dsaEncoding: 'der' }, signature))
      throw new NoteRefused(`the signature of ${name} (key ${id}) does not verify`)
    signed = true
  }
  if (!signed)
    throw new NoteRefused(
      `none of the keys that are known signed the note, but ${signatures.map(s => `${s.name} (key ${s.id})`).join(', ')}`
    )
  return text
}
