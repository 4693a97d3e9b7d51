#!/usr/bin/env node
// Checks a file of `jisr evidence`, with Node 20 and no code of the gateway: node verify-evidence.mjs FILE [LOG-KEY]. LOG-KEY is the log’s key
// (name+id+base64) as you have it from elsewhere; without it the file’s own are used. docs/evidence.md says what each check proves.
import { constants, createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
/** JSON in which the order of members does not count. */
const canonical = value =>
  JSON.stringify(value, (_, member) => (member?.constructor === Object ? Object.fromEntries(Object.entries(member).sort()) : member))
const attempt = (read, otherwise) => judge('', () => ({ read: read() })).read ?? otherwise
const demand = (holds, why) => {
  if (!holds) throw Object.assign(new Error(why), { words: why })
}
/** A finding: what `check` gives, or what is wrong. */
const judge = (name, check) => {
  try {
    return { name, kind: 'holds', ...check() }
  } catch ({ words = 'it cannot be read: it was altered' }) {
    return { name, kind: 'WRONG', words }
  }
}
export const bytes = (text, why, encoding = 'base64') => {
  const decoded = Buffer.from(String(text), encoding)
  demand(decoded.toString(encoding) === text, `${why} is not ${encoding}`)
  return decoded
}

/** A signed note (c2sp.org/signed-note): its text, when the log's key signed it (ECDSA P-256, type 0x02). */
export const openNote = (note, logKeys) => {
  const split = note.lastIndexOf('\n\n')
  const [, name, encoded] = /^— (\S+) (\S+)\n$/.exec(note.slice(split + 2)) ?? []
  demand(split > 0 && encoded !== undefined, 'it is not signed as a log signs')
  const [signature, text] = [bytes(encoded, 'its signature'), note.slice(0, split + 1)]
  const key = logKeys.find(known => known.name === name && known.id.equals(signature.subarray(0, 4)))
  demand(key !== undefined, 'it is signed by no key of the log')
  const holds = verify('sha256', Buffer.from(text), { key: key.publicKey, dsaEncoding: 'der' }, signature.subarray(4))
  demand(holds, 'the log’s signature does not fit it: it was altered')
  return text
}

/** A key of the log as notes write it: name+id+base64. */
export const readKey = text => {
  const [, name, encoded] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(text)
  const spki = bytes(encoded, 'the key').subarray(1)
  return { name, id: sha256(spki).subarray(0, 4), publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }) }
}

/** RFC 9162, 2.1.3.2: do the hashes lead from this leaf to the root? */
export const included = (leaf, index, proof, { size, root }) => {
  let [node, last, hash] = [BigInt(index), BigInt(size) - 1n, sha256(Buffer.of(0), leaf)]
  if (node > last) return false
  for (const step of proof) {
    if (last === 0n) return false
    if (node % 2n === 1n || node === last) {
      hash = sha256(Buffer.of(1), step, hash)
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n]
    } else hash = sha256(Buffer.of(1), hash, step)
    ;[node, last] = [node / 2n, last / 2n]
  }
  return last === 0n && hash.equals(root)
}

/** A text that the log commits to: salted it gives the commitment in the leaf, and the leaf is in the log. @returns the leaf. */
const checkLogged = ({ text, salt, leaf, index, proof }, checkpoint) => {
  const [said, steps] = [JSON.parse(leaf), proof.map(step => bytes(step, 'its proof'))]
  demand(said.seq === index && included(leaf, index, steps, checkpoint), 'its leaf is not in the log: one of the two was altered')
  demand(sha256(bytes(salt, 'its salt'), text).toString('base64url') === said.c, 'it is not what the log committed to: it was altered')
  return said
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
const algorithms = { EdDSA: [null, {}], Ed25519: [null, {}], ES256: ['sha256', { dsaEncoding: 'ieee-p1363' }], PS256: ['sha256', pss] }

/** A compact JWS by one of these keys (JWK). @returns what it says, and whether its signature could be checked. */
const openToken = (token, keys) => {
  const [head, payload, signature] = token.split('.')
  const [header, claims] = [head, payload].map(part => JSON.parse(bytes(part, 'its header or payload', 'base64url')))
  const own = keys.filter(key => header.kid === undefined || key.kid === header.kid)
  const [hash, options] = algorithms[header.alg] ?? []
  if (own.length === 0 || options === undefined) return { claims, signed: false }
  const [data, value] = [Buffer.from(`${head}.${payload}`), bytes(signature, 'its signature', 'base64url')]
  const holds = own.some(jwk => verify(hash, data, { key: createPublicKey({ key: jwk, format: 'jwk' }), ...options }, value))
  demand(holds, 'its signature is not that of its sender')
  return { claims, signed: true }
}
const isToken = text => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)
const inWords = ({ requester, purpose, answer }) => `${requester}, asking for “${purpose}”, was told: ${answer.status}`

/** What a sender told, as it must stand in the event that was made of it; undefined where its form is the sender's own. */
const toldIn = text =>
  attempt(() => {
    if (!isToken(text)) {
      const { method, body, ...said } = JSON.parse(text)
      return method === 'PATCH' ? { type: 'person.corrected', payload: body.record } : said
    }
    const { events, toe, iat } = openToken(text, []).claims
    const [[uri, payload]] = Object.entries(events)
    return { type: uri.slice(uri.lastIndexOf('/') + 1), effectiveAt: new Date(1000 * (toe ?? iat)).toISOString(), payload }
  })

/** How each kind of part is checked. Each gives the words for a part that holds. */
const checks = {
  about: ({ words }) => words,
  checkpoint: (_, { checkpoint }) => `the log had ${checkpoint.size} leaves then, and everything below is proved against that`,
  key: () => 'a public key, as the gateway knew it',
  message: (part, { checkpoint, keys }) => {
    const said = checkLogged(part, checkpoint)
    demand(said.kind === part.kind && said.iss === part.source && said.jti === part.message, 'the log says that it is another message')
    if (!isToken(part.text)) return `${part.kind === 'answered' ? inWords(JSON.parse(part.text)) : part.kind}, in the log since ${said.ts}`
    const { signed } = openToken(part.text, keys(part.signer))
    return `${part.kind}, in the log since ${said.ts}; its signature ${signed ? 'is its sender’s' : 'cannot be checked: its key is not in the file'}`
  },
  event: (part, { messages }) => {
    const { source = part.source, text } = messages.get(part.from) ?? {}
    const { type, effectiveAt = part.effectiveAt, payload } = toldIn(text) ?? {}
    demand(source === part.source, 'somebody else told its message')
    if (payload === undefined) return 'made of a message whose form is its sender’s own'
    const isSo = type === part.type && Date.parse(effectiveAt) === Date.parse(part.effectiveAt)
    demand(isSo && canonical(payload) === canonical(part.payload), 'it does not say what its message said')
    return 'says what its message said'
  },
  document: (part, { checkpoint, keys }) => {
    const said = checkLogged({ ...part, text: part.frame }, checkpoint)
    demand(said.kind === part.kind && said.iss === part.partner && said.jti === part.message, 'the log says that it is another document')
    const frame = JSON.parse(part.frame)
    for (const row of part.rows) {
      checkLogged(row, checkpoint)
      const commitment = sha256(bytes(row.salt, 'the salt of its row'), row.text).toString('base64')
      demand(commitment === frame.rows[row.row], `its row ${row.row} never stood in it`)
    }
    const others = frame.rows.length - part.rows.length
    if (others > 0) return `in the log since ${said.ts}; the row shown stood in it, and ${others} that are not shown`
    const text = frame.text.map((between, i) => between + (part.rows.find(({ row }) => row === i)?.text ?? '')).join('')
    const body = frame.encoding === 'base64url' ? Buffer.from(text).toString('base64url') : text
    const whole = (part.around?.before ?? '') + frame.before + body + frame.after + (part.around?.after ?? '')
    const { signed } = isToken(whole) ? openToken(whole, keys(said.kind === 'sent' ? 'the gateway' : part.partner)) : { signed: false }
    return `in the log since ${said.ts}; whole: SHA-256 ${sha256(whole).toString('hex')}${signed ? '; its signature is its sender’s' : ''}`
  },
  gone: ({ words }) => words,
  altered: ({ words }) => demand(false, words)
}

/** @returns a finding for the statement of contents and for each part: { name, kind: 'holds' | 'gone' | 'WRONG' | 'open', words } */
export const verifyEvidence = (file, logKey = null) => {
  const lines = file.split('\n')
  const bare = (line, at, { length }) => (at === length - 1 ? line : line.endsWith(',') ? line.slice(0, -1) : `${line} `)
  const texts = lines.slice(1, -4).map(bare)
  const parts = texts.map(text => attempt(() => Object(JSON.parse(text)), {}))
  const nameOf = (text, at) => /^\{"part":"\w+","name":"([^"]*)"/.exec(text)?.[1] ?? `part ${at + 1}, on line ${at + 2}`
  const logKeys = attempt(() => (logKey === null ? parts[0].keys : [logKey]).map(readKey), [])
  let listed = null
  const statement = judge('the statement of what the file holds', () => {
    const form = [lines[0], lines.at(-4), ...lines.slice(-2)].join('\n')
    demand(form === '{"jisr-evidence":1,"parts":[\n],\n}\n', 'the outer form is not that of an evidence file')
    demand(logKeys.length > 0, 'the key of the log cannot be read')
    const note = JSON.parse(`{${lines.at(-3)}}`).statement
    demand(lines.at(-3) === `"statement":${JSON.stringify(note)}`, 'it was altered')
    const [title, ...digests] = openNote(note, logKeys).slice(0, -1).split('\n')
    demand(title === 'jisr evidence/1', 'it is about something else')
    listed = digests
    demand(digests.length === texts.length, `the file should have ${digests.length} parts and has ${texts.length}`)
    return { words: `signed by the log${logKey === null ? '; compare its key with one that you have from elsewhere' : ''}` }
  })
  const checkpoint = attempt(() => {
    const [, size, root] = openNote(parts[1].note, logKeys).split('\n')
    return { size: Number(size), root: bytes(root, 'the root') }
  }, null)
  const isListed = (text, at) => listed === null || sha256(text).toString('base64') === listed[at]
  const unaltered = parts.filter((_, at) => isListed(texts[at], at))
  const keys = signer => unaltered.filter(({ part, of }) => part === 'key' && of === signer).map(({ jwk }) => jwk)
  const messages = new Map(unaltered.filter(({ part }) => part === 'message').map(part => [part.name, part]))
  const findings = texts.map((text, at) =>
    judge(nameOf(text, at), () => {
      demand(isListed(text, at), `line ${at + 2} is not what the gateway wrote: it was altered`)
      if (checkpoint === null && at > 1) return { kind: 'open', words: 'cannot be checked: the key or the checkpoint of the log is wrong' }
      const words = checks[parts[at].part](parts[at], { checkpoint, keys, messages })
      return { words, kind: parts[at].part === 'gone' ? 'gone' : 'holds' }
    })
  )
  return [statement, ...findings]
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , path = '', logKey = null] = process.argv
  const file = attempt(() => readFileSync(path, 'utf8'), null)
  if (file === null) {
    console.error(`${path === '' ? 'no file is named' : `${path} cannot be read`}: node verify-evidence.mjs FILE [LOG-KEY]`)
    process.exit(2)
  }
  const findings = verifyEvidence(file, logKey)
  // A file may come from anybody: nothing in it reaches the terminal as a command to it.
  for (const { name, kind, words } of findings) console.log(`${kind.padEnd(5)}  ${name}: ${words}`.replace(/\p{Cc}/gu, '?'))
  const count = kind => findings.filter(finding => finding.kind === kind).length
  const isWrong = count('WRONG') + count('open') > 0
  console.log(isWrong ? '\nDo not rely on this file.' : `\nAll that is shown holds; ${count('gone')} parts can no longer be shown.`)
  process.exitCode = isWrong ? 1 : 0
}
