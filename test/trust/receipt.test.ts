// Notes, checkpoints and receipts, checked by our own code and by the code that checks Sigstore's log.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openCheckpoint, originOf, peekCheckpoint, signCheckpoint } from '../../src/trust/checkpoint.ts'
import { inclusionSpans, leafHash } from '../../src/trust/merkle.ts'
import { grow, hashesOf, rootOfTail } from '../../src/trust/merkle-tiles.ts'
import { NoteRefused, noteKeyId, openNote, parseVerifierKey, signNote, verifierKey } from '../../src/trust/note.ts'
import { checkReceipt, parseReceipt, ReceiptRefused, writeReceipt } from '../../src/trust/receipt.ts'

/** What Sigstore's verifier exports to itself only. */
interface Independent {
  verifyMerkleInclusion(
    entry: { canonicalizedBody: Buffer; inclusionProof: { logIndex: string; hashes: Buffer[] } },
    checkpoint: { logSize: bigint; logHash: Buffer }
  ): void
  verifyCheckpoint(
    entry: { inclusionProof: { checkpoint: { envelope: string } } },
    logs: { logID: Buffer; baseURL: string; publicKey: KeyObject }[]
  ): { origin: string; logSize: bigint; logHash: Buffer }
}
const require = createRequire(import.meta.url)
const sigstore = dirname(require.resolve('@sigstore/verify'))
const independent = { ...require(join(sigstore, 'tlog/merkle.js')), ...require(join(sigstore, 'tlog/checkpoint.js')) } as Independent

const origin = 'gateway.example.org/log/1'
const signer = (name = origin) => ({ name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) })
const key = signer()

const lines = Array.from({ length: 300 }, (_, seq) => JSON.stringify({ v: 1, seq, kind: 'accepted' }))
const hashes = lines.map(leafHash)
const receiptOf = async (index: number, size: number, by = key) => {
  const read = async (height: number, { begin, end }: { begin: number; end: number }) =>
    height === 0
      ? hashes.slice(begin, end)
      : finished.filter(n => n.height === height && n.index >= begin && n.index < end).map(n => n.hash)
  const { tail, finished } = grow([], 0, hashes.slice(0, size))
  const checkpoint = signCheckpoint({ origin, size, root: rootOfTail(tail) }, by)
  return { index, proof: await hashesOf(inclusionSpans(index, size), read), checkpoint }
}

const refused = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof NoteRefused || error instanceof ReceiptRefused) return error.message
    throw error
  }
  return 'not refused'
}

describe('a verifier’s key', () => {
  it('is read as it was written', () => {
    const read = parseVerifierKey(verifierKey(key))
    expect(read.name).toBe(origin)
    expect(read.publicKey.equals(key.publicKey)).toBe(true)
    expect(openCheckpoint(signCheckpoint({ origin, size: 1, root: leafHash('x') }, key), [read]).size).toBe(1)
  })

  it('is refused when it is of another kind, on another curve, or not the one that it says', () => {
    const text = verifierKey(key)
    const [name, id, encoded] = [origin, noteKeyId(key.publicKey), text.split('+').slice(2).join('+')]
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    for (const [bad, because] of [
      ['', 'name+id'],
      [`${name}+${id}`, 'name+id'],
      [`${name}+${id}+${Buffer.from('\u0001key').toString('base64')}`, 'type 2'],
      [`${name}+${id}+Ag==`, 'does not hold a public key'],
      [`${name}+00000000+${encoded}`, 'is not the one that its id'],
      [verifierKey({ name, publicKey: other.publicKey }), 'P-256']
    ] as const)
      expect(refused(() => parseVerifierKey(bad))).toMatch(because)
  })
})

describe('a checkpoint', () => {
  it('is written as three lines and a signature line under the log’s name', async () => {
    expect(originOf('https://gateway.example.org')).toBe(origin)
    const note = signCheckpoint({ origin, size: 1, root: leafHash('x') }, key)
    expect(note).toMatch(/^gateway\.example\.org\/log\/1\n1\n[A-Za-z0-9+/]{43}=\n\n— gateway\.example\.org\/log\/1 [A-Za-z0-9+/]+=*\n$/)
    expect(openCheckpoint(note, [key])).toEqual({ origin, size: 1, root: leafHash('x') })
    expect(verifierKey(key)).toMatch(new RegExp(`^${origin}\\+${noteKeyId(key.publicKey)}\\+[A-Za-z0-9+/]+=*$`))
  })

  it('is accepted when any of the log’s keys signed it, and signatures of strangers are passed over', () => {
    const [former, stranger] = [signer(), signer('witness.example.net')]
    const body = { origin, size: 7, root: leafHash('x') }
    const old = signCheckpoint(body, former)
    expect(openCheckpoint(old, [key, former]).size).toBe(7)
    const text = old.slice(0, old.indexOf('\n\n') + 1)
    const witnessed = `${signNote(text, stranger)}${signNote(text, former).split('\n').at(-2)}\n`
    expect(openCheckpoint(witnessed, [former]).size).toBe(7)
  })

  it('is refused when it was altered, or signed by nobody who is known, or with a wrong signature beside a right one', () => {
    const note = signCheckpoint({ origin, size: 7, root: leafHash('x') }, key)
    const impostor = { ...signer(), publicKey: key.publicKey }
    const text = note.slice(0, note.indexOf('\n\n') + 1)
    expect(refused(() => openCheckpoint(note.replace('\n7\n', '\n8\n'), [key]))).toMatch('does not verify')
    expect(refused(() => openCheckpoint(note, [signer()]))).toMatch('none of the keys that are known signed the note')
    expect(refused(() => openCheckpoint(note, [{ ...key, name: 'other.example.org/log/1' }]))).toMatch('none of the keys')
    expect(refused(() => openCheckpoint(`${note}${signNote(text, impostor).split('\n').at(-2)}\n`, [key]))).toMatch('does not verify')
  })

  it('is refused when it is not written as it must be', () => {
    const root = leafHash('x').toString('base64')
    const bodies = [
      [`${origin}\n1\n`, 'lines'],
      [`\n1\n${root}\n`, 'lines'],
      [`${origin}\n01\n${root}\n`, 'number'],
      [`${origin}\n-1\n${root}\n`, 'number'],
      [`${origin}\n9999999999999999\n${root}\n`, 'number'],
      [`${origin}\n1\n${root.slice(4)}\n`, '32 bytes'],
      [`${origin}\n1\n${root.replace('=', '')}\n`, '32 bytes']
    ] as const
    for (const [body, because] of bodies) expect(refused(() => openCheckpoint(signNote(body, key), [key]))).toMatch(because)
    expect(peekCheckpoint(signNote(`${origin}\n1\n${root}\nan extension\n`, key)).size).toBe(1)
  })

  it('that is any text at all is refused, not thrown over', () => {
    const note = signCheckpoint({ origin, size: 7, root: leafHash('x') }, key)
    const bad = [
      '',
      '\n',
      '\n\n',
      'a\n\nb\n',
      note.trimEnd(),
      note.replace('—', '-'),
      `${note}— x AAAA\n`,
      note.replace('\n7', '\u0000\n7'),
      'x'.repeat(70_000)
    ]
    for (const text of bad) expect(refused(() => openNote(text, [key]))).not.toBe('not refused')
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii' }),
        text => refused(() => openNote(`${text}\n\n— ${origin} ${text}\n`, [key])) !== 'not refused'
      )
    )
  })
})

describe('a receipt', () => {
  it('is read as it was written, with and without more for the verifier', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(299), fc.nat(299), fc.option(fc.uint8Array({ maxLength: 200 })), async (a, b, more) => {
        const receipt = {
          ...(await receiptOf(Math.min(a, b), Math.max(a, b) + 1)),
          ...(more === null ? {} : { extra: Buffer.from(more) })
        }
        const text = writeReceipt(receipt)
        expect(parseReceipt(text)).toEqual(receipt)
        expect(checkReceipt(text, lines[receipt.index] as string, [key])).toMatchObject({ index: receipt.index, checkpoint: { origin } })
      }),
      { numRuns: 30 }
    )
  })

  it('has the lines of c2sp.org/tlog-proof@v1', async () => {
    const text = writeReceipt({ ...(await receiptOf(2, 3)), extra: Buffer.from('more') })
    expect(text.split('\n').slice(0, 6)).toEqual([
      'c2sp.org/tlog-proof@v1',
      'extra bW9yZQ==',
      'index 2',
      expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      '',
      origin
    ])
    expect(text.endsWith('\n')).toBe(true)
    expect(
      writeReceipt(await receiptOf(0, 1))
        .split('\n')
        .slice(0, 4)
    ).toEqual(['c2sp.org/tlog-proof@v1', 'index 0', '', origin])
  })

  it('proves its own line only', async () => {
    const text = writeReceipt(await receiptOf(5, 300))
    expect(refused(() => checkReceipt(text, lines[6] as string, [key]))).toMatch('was altered')
    expect(refused(() => checkReceipt(text.replace('index 5', 'index 4'), lines[5] as string, [key]))).toMatch('was altered')
    expect(refused(() => checkReceipt(text, lines[5] as string, [signer()]))).toMatch('the checkpoint is not the log’s')
  })

  it('is refused when it is not written as it must be', async () => {
    const text = writeReceipt(await receiptOf(5, 300))
    for (const [bad, because] of [
      ['', 'no empty line'],
      [text.replace('@v1', '@v2'), 'does not begin with'],
      [text.replace('index 5', 'index 05'), 'does not say its index'],
      [text.replace('index 5\n', ''), 'does not say its index'],
      [text.replace('index 5', 'extra %%\nindex 5'), 'not base64'],
      [text.replace('index 5', 'index 5\nAAAA'), 'not 32 bytes'],
      [text.replace('index 5', `index 5${`\n${hashes[0]?.toString('base64')}`.repeat(64)}`), 'more than 63 hashes'],
      ['x'.repeat(300_000), 'longer than']
    ] as const)
      expect(refused(() => parseReceipt(bad))).toMatch(because)
  })

  it('is accepted by the verifier of another log', async () => {
    for (const [index, size] of [
      [0, 1],
      [0, 2],
      [4, 7],
      [255, 256],
      [256, 257],
      [17, 300],
      [299, 300]
    ] as const) {
      const { proof, checkpoint } = parseReceipt(writeReceipt(await receiptOf(index, size)))
      const logID = Buffer.concat([Buffer.from(noteKeyId(key.publicKey), 'hex'), Buffer.alloc(28)])
      const opened = independent.verifyCheckpoint({ inclusionProof: { checkpoint: { envelope: checkpoint } } }, [
        { logID, baseURL: `https://${origin}`, publicKey: key.publicKey }
      ])
      expect(opened).toMatchObject({ origin, logSize: BigInt(size) })
      const entry = (line: string) => ({
        canonicalizedBody: Buffer.from(line),
        inclusionProof: { logIndex: String(index), hashes: [...proof] }
      })
      independent.verifyMerkleInclusion(entry(lines[index] as string), opened)
      expect(() => independent.verifyMerkleInclusion(entry('another line'), opened)).toThrow('does not match')
      expect(() =>
        independent.verifyCheckpoint(
          { inclusionProof: { checkpoint: { envelope: checkpoint.replace(`\n${size}\n`, `\n${size + 1}\n`) } } },
          [{ logID, baseURL: `https://${origin}`, publicKey: key.publicKey }]
        )
      ).toThrow('invalid checkpoint signature')
    }
  })
})
