// How an address that will go says so, a year ahead: Deprecation (RFC 9745), Sunset (RFC 8594) and a link to what to use instead.
import type { FastifyInstance } from 'fastify'

export interface Deprecated {
  since: Date
  /** When it goes: twelve months after `since` or later. */
  sunset: Date
  /** A page that says what to do. */
  link: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** This route will go. */
    deprecated?: Deprecated
  }
}

/** Routes added from now on may have `config.deprecated`: their answers say it, refusals too, and so does the OpenAPI document. */
export function announceDeprecations(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    const deprecated = route.config?.deprecated
    if (deprecated === undefined) return
    if (deprecated.sunset < yearAfter(deprecated.since))
      throw new RangeError(`${String(route.method)} ${route.url} would go less than twelve months after it is deprecated`)
    route.schema = { ...route.schema, deprecated: true }
  })
  app.addHook('onSend', async (request, reply) => {
    const { deprecated } = request.routeOptions.config
    if (deprecated === undefined) return
    const { since, sunset, link } = deprecated
    const links = [reply.getHeader('link'), `<${link}>; rel="deprecation"; type="text/html"`].filter(text => text !== undefined)
    reply
      .header('deprecation', `@${Math.floor(since.getTime() / 1000)}`)
      .header('sunset', sunset.toUTCString())
      .header('link', links.join(', '))
  })
}

const yearAfter = (date: Date): Date => {
  const later = new Date(date)
  later.setUTCFullYear(date.getUTCFullYear() + 1)
  return later
}
