// A client that speaks to a test gateway over HTTP: a token of its own, then any request.

import { type TestClient, type TestGateway, testClient } from './gateway.ts'
import { englishIn } from './languages.ts'
import { accessToken } from './tokens.ts'

export interface RestClient extends TestClient {
  token: string
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** A merge patch, based on the version with this tag. */
  patch(path: string, body: unknown, ifMatch: string | null, headers?: Record<string, string>): Promise<Response>
  /** Sends a file; a stream is sent in chunks. */
  send(
    body: string | Uint8Array<ArrayBuffer> | ReadableStream,
    type?: string,
    signal?: AbortSignal,
    headers?: Record<string, string>
  ): Promise<Response>
}

/** Registers a client and gets it a token. */
export const restClient = async (
  t: TestGateway,
  id: string,
  scopes: readonly string[],
  more: { role?: string; agency?: string; employer?: string } = {}
): Promise<RestClient> => {
  const client = await testClient(t, id, scopes, more)
  const token = await accessToken(t, client)
  const authorization = `Bearer ${token}`
  return {
    ...client,
    token,
    get: (path, headers = {}) => fetch(path.startsWith('http') ? path : `${t.url}${path}`, { headers: { authorization, ...headers } }),
    post: (path, body, headers = {}) =>
      fetch(`${t.url}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body)
      }),
    patch: (path, body, ifMatch, headers = {}) =>
      fetch(`${t.url}${path}`, {
        method: 'PATCH',
        headers: {
          authorization,
          'content-type': 'application/merge-patch+json',
          ...(ifMatch === null ? {} : { 'if-match': ifMatch }),
          ...headers
        },
        body: typeof body === 'string' ? body : JSON.stringify(body)
      }),
    send: (body, type = 'text/csv', signal, headers = {}) =>
      fetch(`${t.url}/v1/imports`, {
        method: 'POST',
        headers: { authorization, 'content-type': type, ...headers },
        body,
        ...(signal === undefined ? {} : { signal }),
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {})
      } as RequestInit)
  }
}

/** A problem without the id of its request. */
export const problemOf = async (response: Response): Promise<Record<string, unknown>> => {
  const { instance: _, ...problem } = (await response.json()) as Record<string, unknown>
  return { http: response.status, contentType: response.headers.get('content-type'), ...problem }
}

/** In which language a problem says that it is, the first English word in it, and all of its words for people. */
export const readable = async (response: Response): Promise<[language: string | null, english: string | null, text: string]> => {
  const { title, detail, errors = [] } = (await response.json()) as { title: string; detail: string; errors?: { detail?: string }[] }
  const text = [title, detail, ...errors.flatMap(error => error.detail ?? [])].join(' | ')
  return [response.headers.get('vary') === 'Accept-Language' ? response.headers.get('content-language') : null, englishIn(text), text]
}
