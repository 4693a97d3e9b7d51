// What comes for no route: an address where there is nothing (404), or where there is something for other methods (405, RFC 9110 15.5.6).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HttpRefusal } from './refusal.ts'
import { says } from './words/words.ts'

/** Refuses what no route of those added from now on takes, in the words of the error handler; says which methods the address knows. */
export function refuseUnrouted(app: FastifyInstance): void {
  const methodsAt = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsAt.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    methodsAt.set(url, methods)
  })
  const refuse = (request: FastifyRequest): never => {
    const path = request.url.split('?', 1)[0] as string
    const methods = [...methodsAt].filter(([url]) => matches(url, path)).flatMap(([, known]) => [...known])
    if (methods.length === 0) throw new HttpRefusal('not-found', says('address-unknown'))
    const allowed = [...new Set(methods)].sort().join(', ')
    throw new HttpRefusal('method-not-allowed', says('method-unknown', { methods: allowed }), { headers: { allow: allowed } })
  }
  // Before a body is looked at: whatever it is, it came to the wrong place.
  app.addHook('onRequest', async request => {
    if (request.is404) refuse(request)
  })
  app.setNotFoundHandler(refuse)
}

/** Whether `path` is one of those that a route's pattern means: `:name` stands for one segment, `*` at the end for any rest. */
function matches(pattern: string, path: string): boolean {
  const segments = path.split('/')
  const wanted = pattern.split('/')
  const open = wanted.at(-1) === '*'
  if (open ? segments.length < wanted.length : segments.length !== wanted.length) return false
  return wanted.every(
    (name, at) => (open && at === wanted.length - 1) || (name.startsWith(':') ? segments[at] !== '' : name === segments[at])
  )
}
