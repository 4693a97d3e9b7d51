// A client by openid-client: discovers the gateway, obtains a token and pushes a SET (RFC 8935).
// GW: the gateway's issuer. CLIENT_ID: its registered name. KEY: a file with its private ES256 key, a JWK with kid. SUBJECT: the worker's number.
import { randomUUID, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { allowInsecureRequests, clientCredentialsGrant, discovery, fetchProtectedResource, PrivateKeyJwt } from 'openid-client'

const { GW, CLIENT_ID, KEY, SUBJECT = `w-${randomUUID()}` } = process.env
if (!GW || !CLIENT_ID || !KEY) throw new Error('set GW, CLIENT_ID and KEY')
const jwk = JSON.parse(await readFile(KEY, 'utf8'))
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])

// Plain http only for a gateway on this machine.
const options = new URL(GW).protocol === 'http:' ? { execute: [allowInsecureRequests] } : {}
const gateway = await discovery(new URL(GW), CLIENT_ID, {}, PrivateKeyJwt({ key, kid: jwk.kid }), { algorithm: 'oauth2', ...options })
console.log('discovered', gateway.serverMetadata().token_endpoint)

const { access_token: token, expires_in: seconds } = await clientCredentialsGrant(gateway, { scope: 'set.push' })
console.log('token for', seconds, 's')

const now = Math.floor(Date.now() / 1000)
const set = jws('secevent+jwt', {
  iss: CLIENT_ID,
  aud: GW,
  jti: randomUUID(),
  iat: now,
  toe: now,
  sub_id: { format: 'opaque', id: SUBJECT },
  events: { [`${GW}/ns/event/v1/candidate.preselected`]: { campaign: 2026 } }
})
const headers = new Headers({ 'content-type': 'application/secevent+jwt', accept: 'application/json' })
for (const which of ['pushed', 'pushed again']) {
  const answer = await fetchProtectedResource(gateway, token, new URL('/v1/sets', GW), 'POST', set, headers)
  if (answer.status !== 202) throw new Error(`${which}: ${answer.status} ${await answer.text()}`)
  console.log(which, answer.status)
}

/** A compact JWS (RFC 7515) by ES256. */
function jws(typ, claims) {
  const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'ES256', typ, kid: jwk.kid })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key: jwk, format: 'jwk', dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
