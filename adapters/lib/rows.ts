// Where the rows of a document stand in it: for one that we write, and for one that a partner sent.
import type { Cut, Span } from '../contract.ts'

/** The text of `{ ...head, [member]: rows }`, as JSON.stringify gives it, and where each row stands. */
export const writeRows = (head: object, member: string, rows: readonly unknown[]): { body: string; rows: Span[] } => {
  const opening = JSON.stringify({ ...head, [member]: [] }).slice(0, -2)
  const texts = rows.map(row => JSON.stringify(row))
  const spans: Span[] = []
  let at = opening.length
  for (const text of texts) {
    spans.push({ from: at, to: at + text.length })
    at += text.length + 1
  }
  return { body: `${opening}${texts.join(',')}]}`, rows: spans }
}

/** Claims of RFC 7519 that say nothing of any person; `sub` is not among them. */
const claims = ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti']

/**
 * Where the rows stand in a compact JWS whose payload has them in the member `member`. Null when the payload is not what was expected: a
 * member that is neither a claim nor among `beside` may be anything, and what stands beside the rows must hold no person's data.
 */
export const rowsOfJws = (body: string, member: string, beside: readonly string[]): Cut | null => {
  const [, payload = ''] = body.trim().split('.')
  const rows = rowsOfJson(Buffer.from(payload, 'base64url').toString('utf8'), member, [...claims, ...beside])
  return rows === null ? null : { within: 'jws', rows }
}

/** As `rowsOfJws`, of an object as JSON text, which somebody has parsed already. */
export const rowsOfJson = (text: string, member: string, beside: readonly string[]): Span[] | null => {
  let rows: Span[] | null = null
  const known = new Set([...beside, member])
  for (const { name, from, to } of membersOf(text)) {
    // Named twice, a member means whatever its reader makes of it.
    if (!known.delete(name)) return null
    if (name === member) rows = text[from] === '[' ? elementsOf(text, from, to) : null
    else if (text[from] === '{' || text[from] === '[') return null
  }
  return rows
}

/** Where the elements of this local name stand, whatever their prefix, in XML that a parser has taken. */
export const rowsOfXml = (xml: string, localName: string): Span[] => {
  const pattern = new RegExp(
    `<!--[\\s\\S]*?-->|<!\\[CDATA\\[[\\s\\S]*?\\]\\]>|<(/?)(?:[\\w.-]+:)?${localName}(?=[\\s/>])(?:[^>"']|"[^"]*"|'[^']*')*>`,
    'g'
  )
  const spans: Span[] = []
  let from: number | undefined
  for (const { 0: tag, 1: slash, index } of xml.matchAll(pattern)) {
    if (slash === '') from = index
    else if (slash === '/' && from !== undefined) {
      spans.push({ from, to: index + tag.length })
      from = undefined
    }
  }
  return spans
}

interface Member extends Span {
  name: string
}

function* membersOf(text: string): Generator<Member> {
  let at = skipBlanks(text, 0)
  if (text[at] !== '{') return
  at = skipBlanks(text, at + 1)
  while (at < text.length && text[at] !== '}') {
    const nameEnd = endOf(text, at)
    const name = JSON.parse(text.slice(at, nameEnd)) as string
    const from = skipBlanks(text, skipBlanks(text, nameEnd) + 1)
    const to = endOf(text, from)
    yield { name, from, to }
    at = skipBlanks(text, to)
    if (text[at] === ',') at = skipBlanks(text, at + 1)
  }
}

const elementsOf = (text: string, from: number, to: number): Span[] => {
  const spans: Span[] = []
  let at = skipBlanks(text, from + 1)
  while (at < to - 1) {
    const end = endOf(text, at)
    spans.push({ from: at, to: end })
    at = skipBlanks(text, end)
    if (text[at] === ',') at = skipBlanks(text, at + 1)
  }
  return spans
}

const skipBlanks = (text: string, at: number): number => {
  blanks.lastIndex = at
  blanks.test(text)
  return blanks.lastIndex
}
const blanks = /[ \t\r\n]*/y

/** Behind the JSON value that begins at `at`. */
const endOf = (text: string, at: number): number => {
  let depth = 0
  pieces.lastIndex = at
  do {
    const piece = pieces.exec(text)?.[0]
    if (piece === undefined) throw new Error('the text is not JSON')
    if (piece === '{' || piece === '[') depth += 1
    else if (piece === '}' || piece === ']') depth -= 1
  } while (depth > 0)
  return pieces.lastIndex
}
const pieces = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]|[^"{}[\]]+?(?=[\s,\]}]|$)|[\s,:]+/y
