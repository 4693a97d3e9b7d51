// The partner's side of signed-json.ts, for the doubles: checks our request's signature and signs the answer.
import { json, type SandboxAnswer, type SandboxRequest } from './sandbox.ts'
import { type Jwk, signCompact, verifyCompact } from './sandbox-keys.ts'
import { digest, requestSignatureHeader, requestTyp, responseSignatureHeader, responseTyp } from './signed-json.ts'

const skewSeconds = 300

/** The claims of a request that one of the gateway's keys signed for this method, path and body within five minutes; null otherwise. */
export const requestClaims = (request: SandboxRequest, gatewayKeys: readonly Jwk[]): Record<string, unknown> | null => {
  const claims = verifyCompact(request.headers[requestSignatureHeader] ?? '', requestTyp, gatewayKeys)
  if (claims === null || claims.htm !== request.method || claims.htu !== request.path || claims.digest !== digest(request.body)) return null
  return Math.abs(Date.now() / 1000 - Number(claims.iat)) <= skewSeconds ? claims : null
}

/** @param key the partner's private key, or a stranger's when the double is told to sign badly */
export const signedAnswer = (
  request: SandboxRequest,
  key: Jwk,
  status: number,
  content: unknown,
  headers?: Record<string, string>
): SandboxAnswer => {
  const body = JSON.stringify(content)
  const claims = {
    status,
    digest: digest(body),
    request: digest(request.headers[requestSignatureHeader] ?? ''),
    iat: Math.floor(Date.now() / 1000)
  }
  return json(status, content, { ...headers, [responseSignatureHeader]: signCompact(key, responseTyp, claims) })
}
