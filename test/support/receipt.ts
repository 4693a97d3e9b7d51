// A receipt judged by software that is not ours: the verifier of another transparency log.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { NoteKey } from '../../src/trust/note.ts'
import { parseReceipt } from '../../src/trust/receipt.ts'

const require = createRequire(import.meta.url)
const sigstore = dirname(require.resolve('@sigstore/verify'))
const { verifyMerkleInclusion } = require(join(sigstore, 'tlog/merkle.js'))
const { verifyCheckpoint } = require(join(sigstore, 'tlog/checkpoint.js'))

/** @returns the leaf. @throws when @sigstore/verify refuses the checkpoint, or the way from the leaf to it */
export const checkedElsewhere = (receipt: string, keys: readonly NoteKey[]): unknown => {
  const { index, proof, checkpoint, extra } = parseReceipt(receipt)
  const logs = keys.map(({ name, publicKey }) => ({
    logID: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest(),
    baseURL: `https://${name}`,
    publicKey
  }))
  const opened = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope: checkpoint } } }, logs)
  const { leaf } = JSON.parse(extra?.toString() ?? '{}') as { leaf: string }
  verifyMerkleInclusion({ canonicalizedBody: Buffer.from(leaf), inclusionProof: { logIndex: String(index), hashes: proof } }, opened)
  return JSON.parse(leaf)
}
