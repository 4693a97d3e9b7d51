// Tokens made by hand for the tests: right ones and every forgery of the threat table.
import { createHmac, createPublicKey } from 'node:crypto'
import { CompactSign } from 'jose'
import { generateSigningKey, type SigningAlgorithm, type SigningKey } from '../../src/trust/keys.ts'

export const issuer = 'https://gateway.example'
export const now = new Date('2026-11-23T10:00:00Z')
export const nowSeconds = now.getTime() / 1000

export const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url')
export const segment = (value: unknown): string => base64url(JSON.stringify(value))
export const drawKey = async (alg: SigningAlgorithm = 'ES256'): Promise<SigningKey> => (await generateSigningKey(alg)).key

/** Signs any JSON under any header, as jose would for an attacker who holds `key`. */
export const signWith = (key: SigningKey, header: Record<string, unknown>, payload: unknown): Promise<string> =>
  new CompactSign(Buffer.from(typeof payload === 'string' || payload instanceof Uint8Array ? payload : JSON.stringify(payload)))
    .setProtectedHeader({ alg: key.alg, ...header } as { alg: string })
    .sign(key.privateKey)

/** A token whose signature is not checked by whoever forges it. */
export const forge = (header: unknown, payload: unknown, signature: string | Uint8Array = 'x'.repeat(64)): string =>
  `${segment(header)}.${segment(payload)}.${base64url(signature)}`

const hmacToken = (header: unknown, payload: unknown, secret: string | Uint8Array): string => {
  const input = `${segment(header)}.${segment(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** The same bytes written with unused bits set: another text that a lenient decoder takes for the same signature. */
export function nonCanonicalTwin(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const twin = alphabet[alphabet.indexOf(token.slice(-1)) + 1] as string
  const forged = token.slice(0, -1) + twin
  if (!Buffer.from(forged.split('.')[2] as string, 'base64url').equals(Buffer.from(token.split('.')[2] as string, 'base64url')))
    throw new Error('not a twin')
  return forged
}

/** Every way of cheating on the algorithm: a name, and the token. `good` is a right token of the same claims. */
export function algorithmForgeries(key: SigningKey, typ: string, claims: unknown): [string, string][] {
  const pem = createPublicKey({ key: key.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string
  const jwkText = JSON.stringify({ ...key.jwk, kid: key.kid })
  const header = (alg: string) => ({ alg, typ, kid: key.kid })
  const none = ['none', 'None', 'NoNe', 'NONE', 'nOnE']
  return [
    ...none.map((alg): [string, string] => [`alg ${alg} with an empty signature`, `${segment(header(alg))}.${segment(claims)}.`]),
    ...none.map((alg): [string, string] => [`alg ${alg} with some signature`, forge(header(alg), claims)]),
    ['no alg at all', forge({ typ, kid: key.kid }, claims)],
    ['alg es256 in lower case', forge(header('es256'), claims)],
    ['an empty signature under ES256', `${segment(header('ES256'))}.${segment(claims)}.`],
    ['64 zero bytes as signature', forge(header('ES256'), claims, Buffer.alloc(64))],
    ['HS256 over our public key in PEM', hmacToken(header('HS256'), claims, pem)],
    ['HS256 over our public key as JWK text', hmacToken(header('HS256'), claims, jwkText)],
    ['HS256 over an empty secret', hmacToken(header('HS256'), claims, '')],
    ...['HS384', 'HS512', 'RS256', 'RS512', 'ES384', 'ES512', 'ES256K', 'PS384', 'EdDSA', 'Ed25519', 'PS256'].map(
      (alg): [string, string] => [`a P-256 key with ${alg}`, forge(header(alg), claims)]
    )
  ]
}

/** Right tokens written in ways that only a lenient parser takes. */
export function formatForgeries(token: string): [string, string][] {
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const blank = (text: string, character: string) => `${text.slice(0, 5)}${character}${text.slice(5)}`
  return [
    ...[' ', '\n', '\t', '\r', '\u00a0', '\u200b'].flatMap((character): [string, string][] => [
      [`U+${character.charCodeAt(0).toString(16)} in the header`, `${blank(header, character)}.${payload}.${signature}`],
      [`U+${character.charCodeAt(0).toString(16)} in the payload`, `${header}.${blank(payload, character)}.${signature}`],
      [`U+${character.charCodeAt(0).toString(16)} in the signature`, `${header}.${payload}.${blank(signature, character)}`]
    ]),
    ['a blank before', ` ${token}`],
    ['a blank after', `${token} `],
    ['padding', `${token}==`],
    ['padding in the header', `${header}=.${payload}.${signature}`],
    ['the alphabet of base64', `${header}.${payload}.${signature.slice(0, -2)}+/`],
    ['a non-canonical twin of the signature', nonCanonicalTwin(token)],
    ['a flattened JSON serialization', JSON.stringify({ protected: header, payload, signature })],
    ['a general JSON serialization', JSON.stringify({ payload, signatures: [{ protected: header, signature }] })],
    ['two segments', `${header}.${payload}`],
    ['four segments', `${token}.${signature}`],
    ['five segments, as a JWE', `${header}.${payload}.${signature}.${payload}.${signature}`],
    ['an unencoded payload', `${header}.{}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['an empty text', ''],
    ['a segment of one character', `${header}.${payload}.A`]
  ]
}
