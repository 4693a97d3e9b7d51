// A client of a running gateway over HTTP: its access token, and what a stream owes it.
import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose'
import type { TestClient, TestGateway } from './gateway.ts'

/** An access token (RFC 7523 client assertion). `issuer` where the gateway is reached at another address than it says. */
export const accessToken = async (
  { url, issuer = url }: Pick<TestGateway, 'url'> & { issuer?: string },
  { id, key }: TestClient
): Promise<string> => {
  const assertion = await new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(await importJWK(key as JWK, 'ES256'))
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion
    })
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`no token for ${id}: ${answer.status}`)
  return token
}

/** Everything that a stream owes, acknowledged as it comes; at most a thousand polls. @returns the claims of each SET. */
export const drainStream = async (
  gateway: Pick<TestGateway, 'url'>,
  client: TestClient,
  stream: string
): Promise<Record<string, unknown>[]> => {
  const token = await accessToken(gateway, client)
  const claims: Record<string, unknown>[] = []
  let ack: string[] = []
  for (let polls = 0; polls < 1_000; polls++) {
    const answer = await fetch(`${gateway.url}/v1/streams/${stream}/poll`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ack, returnImmediately: true })
    })
    if (answer.status !== 200) throw new Error(`the poll of ${stream} was answered by ${answer.status}`)
    const { sets } = (await answer.json()) as { sets: Record<string, string> }
    ack = Object.keys(sets)
    if (ack.length === 0) return claims
    claims.push(...Object.values(sets).map(set => decodeJwt(set) as Record<string, unknown>))
  }
  throw new Error(`${stream} never came to an end`)
}
