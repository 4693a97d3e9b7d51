// Security event tokens (RFC 8417): verifying those that clients push, signing those that partners get.
import { createHash } from 'node:crypto'
import type { Said } from '../domain/words/said.ts'
import type { SigningKey, VerificationKey } from './keys.ts'
import { clockSkewSeconds, signToken, verifySignature } from './signature.ts'
import { isJsonObject, NotStrictJson, parseStrictJson } from './strict-json.ts'
import { hasType, readToken, TokenRefused } from './token-format.ts'
import { says } from './words/words.ts'

/** Whom an event is about, as the sender knows it (RFC 9493). */
export type SubjectId = { format: 'opaque'; id: string } | { format: 'iss_sub'; iss: string; sub: string }

/** A SET whose signature holds, and which its sender can name. */
export interface SignedSet {
  token: string
  jti: string
  /** SHA-256 of the payload segment: tells a repeat from a reuse of the jti, though a re-signed ES256 token has other bytes. */
  payloadHash: Buffer
}

/** A SET whose signature and claims hold. Whether its event is known and granted is for the caller to say. */
export interface VerifiedSet extends SignedSet {
  /** The signer's kid, or the null of a token without. */
  kid: string | null
  iss: string
  /** Seconds since 1970. */
  iat: number
  toe?: number
  txn?: string
  subId: SubjectId
  eventUri: string
  payload: Record<string, unknown>
}

/** RFC 8935 2.4: what goes back to the sender. */
export interface SetRefused {
  err: 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience'
  description: Said
  /** Where only its claims do not hold: it is its sender's all the same. */
  signed?: SignedSet
}

export interface SetSender {
  /** The authenticated client's id; `issuer` is the URI it registered, if any. Either may stand in `iss`. */
  id: string
  issuer?: string | null
  keys: readonly VerificationKey[]
}

/**
 * Verifies a pushed SET: format, header, key, signature, claims, in that order. `issuer` is ours, the one audience taken; `now` is wall
 * time. One trailing line feed is forgiven: `curl --data-binary @file` sends it.
 */
export async function verifySet(compact: string, sender: SetSender, issuer: string, now: Date): Promise<VerifiedSet | SetRefused> {
  let signed: SignedSet | undefined
  try {
    const token = readToken(compact.endsWith('\n') ? compact.slice(0, -1) : compact)
    if (!hasType(token.header.typ, 'secevent+jwt')) throw new TokenRefused('header', says('header-typ', { typ: 'secevent+jwt' }))
    const claims = await verifySignature(token, sender.keys)
    const hash = payloadHash(token.compact)
    if (isJti(claims.jti)) signed = { token: token.compact, jti: claims.jti, payloadHash: hash }
    const checked = checkClaims(claims, sender, issuer, Math.floor(now.getTime() / 1000))
    return { token: token.compact, kid: token.header.kid ?? null, ...checked, payloadHash: hash }
  } catch (cause) {
    if (!(cause instanceof TokenRefused)) throw cause
    // No key of this sender fits what somebody else signed: that it is another's says more than that its key is unknown.
    const { kind, said } = cause.kind === 'key' && namesAnother(compact, sender) ? notOfSender() : cause
    return { err: errorOf[kind], description: said, ...(signed && { signed }) }
  }
}

/** SHA-256 of a compact token's payload segment. */
export const payloadHash = (compact: string): Buffer =>
  createHash('sha256')
    .update(compact.slice(compact.indexOf('.') + 1, compact.lastIndexOf('.')))
    .digest()

export interface SetContent {
  jti: string
  audience: string
  subId: SubjectId
  /** Seconds since 1970. */
  toe?: number
  txn?: string
  eventUri: string
  payload: Readonly<Record<string, unknown>>
}

/** Signs a SET for a partner: typ and kid set, `iat` from `now`, never exp, sub or nbf (OpenID SSF 1.0). Gives the compact JWS. */
export function signSet(key: SigningKey, issuer: string, content: SetContent, now: Date): Promise<string> {
  const { jti, audience, subId, toe, txn, eventUri, payload } = content
  const claims = {
    iss: issuer,
    aud: audience,
    jti,
    iat: Math.floor(now.getTime() / 1000),
    ...(toe === undefined ? {} : { toe }),
    ...(txn === undefined ? {} : { txn }),
    sub_id: subId,
    events: { [eventUri]: payload }
  }
  return signToken(key, 'secevent+jwt', claims)
}

const errorOf: Record<TokenRefused['kind'], SetRefused['err']> = {
  malformed: 'invalid_request',
  header: 'invalid_request',
  claim: 'invalid_request',
  key: 'invalid_key',
  issuer: 'invalid_issuer',
  audience: 'invalid_audience'
}

/** Store-and-forward is normal where a link is down for days; jti are remembered one day longer than this. */
const iatWindowSeconds = 7 * 24 * 3600

type CheckedClaims = Omit<VerifiedSet, 'token' | 'kid' | 'payloadHash'>

const isOfSender = (iss: unknown, sender: SetSender): iss is string =>
  typeof iss === 'string' && (iss === sender.id || (!!sender.issuer && iss === sender.issuer))
const notOfSender = (): TokenRefused => new TokenRefused('issuer', says('claim-iss'))

/** Whether the unverified claims of a refused token say that another than its sender issued it: good for the refusal's words and nothing else. */
function namesAnother(compact: string, sender: SetSender): boolean {
  try {
    const claims = parseStrictJson(Buffer.from(compact.split('.')[1] ?? '', 'base64url'))
    return isJsonObject(claims) && typeof claims.iss === 'string' && !isOfSender(claims.iss, sender)
  } catch (cause) {
    if (cause instanceof NotStrictJson) return false
    throw cause
  }
}

function checkClaims(claims: Record<string, unknown>, sender: SetSender, issuer: string, nowSeconds: number): CheckedClaims {
  const { iss, aud } = claims
  if (!isOfSender(iss, sender)) throw notOfSender()
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  if (audience !== issuer) throw new TokenRefused('audience', says('claim-aud', { issuer }))
  for (const name of ['exp', 'sub', 'nbf']) {
    if (Object.hasOwn(claims, name)) throw new TokenRefused('claim', says('claim-not-allowed', { name }))
  }
  const jti = text(claims.jti, jtiPattern, says('claim-ascii', { name: 'jti', max: 256 }))
  const iat = seconds(claims.iat, 'iat')
  if (iat > nowSeconds + clockSkewSeconds) throw new TokenRefused('claim', says('iat-future'))
  if (iat < nowSeconds - iatWindowSeconds) throw new TokenRefused('claim', says('iat-old'))
  const toe = claims.toe === undefined ? undefined : seconds(claims.toe, 'toe')
  if (toe !== undefined && toe > nowSeconds + clockSkewSeconds) throw new TokenRefused('claim', says('toe-future'))
  const txn = claims.txn === undefined ? undefined : text(claims.txn, txnPattern, says('claim-text', { name: 'txn', max: 128 }))
  return {
    iss,
    jti,
    iat,
    ...(toe === undefined ? {} : { toe }),
    ...(txn === undefined ? {} : { txn }),
    subId: subject(claims.sub_id),
    ...event(claims.events)
  }
}

const jtiPattern = /^[\x20-\x7e]{1,256}$/
const txnPattern = /^[^\p{Cc}\p{Cs}]{1,128}$/u
const isJti = (value: unknown): value is string => typeof value === 'string' && jtiPattern.test(value)

function seconds(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new TokenRefused('claim', says('claim-seconds', { name }))
  return value
}

function text(value: unknown, pattern: RegExp, rule: Said): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new TokenRefused('claim', rule)
  return value
}

/** RFC 9493 3: a subject identifier holds the members of its format and no others. */
function subject(value: unknown): SubjectId {
  const members = isJsonObject(value) ? Object.keys(value).sort().join() : ''
  if (isJsonObject(value) && value.format === 'opaque' && members === 'format,id') {
    return { format: 'opaque', id: text(value.id, idPattern, idRule('sub_id.id')) }
  }
  if (isJsonObject(value) && value.format === 'iss_sub' && members === 'format,iss,sub') {
    return {
      format: 'iss_sub',
      iss: text(value.iss, idPattern, idRule('sub_id.iss')),
      sub: text(value.sub, idPattern, idRule('sub_id.sub'))
    }
  }
  throw new TokenRefused('claim', says('claim-sub-id', subjectForms))
}

const subjectForms = { opaque: '{"format":"opaque","id"}', issSub: '{"format":"iss_sub","iss","sub"}' }
const idPattern = /^[^\p{Cc}\p{Cs}]{1,256}$/u
const idRule = (name: string): Said => says('claim-text', { name, max: 256 })

function event(value: unknown): { eventUri: string; payload: Record<string, unknown> } {
  const entries = isJsonObject(value) ? Object.entries(value) : []
  const [eventUri, payload] = entries[0] ?? []
  if (entries.length !== 1 || eventUri === undefined) throw new TokenRefused('claim', says('claim-events'))
  if (!isJsonObject(payload)) throw new TokenRefused('claim', says('claim-event'))
  return { eventUri, payload }
}
