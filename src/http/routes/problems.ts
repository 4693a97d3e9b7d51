// The pages that the `type` of a problem points to.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isSlug, problemTypes } from '../problems.ts'
import { HttpRefusal } from '../refusal.ts'
import { says } from '../words/words.ts'

export const problemRoutes: FastifyPluginAsyncZod = async app => {
  app.get('/problems/:slug', { schema: { hide: true, params: z.object({ slug: z.string().max(64) }) } }, async (request, reply) => {
    const { slug } = request.params
    if (!isSlug(slug)) throw new HttpRefusal('not-found', says('problem-unknown'))
    return reply.header('cache-control', 'public, max-age=86400').type('text/html; charset=utf-8').send(page(slug))
  })
}

/** Nothing in the page comes from the request: the slug is one of ours. */
function page(slug: keyof typeof problemTypes): string {
  const { title, status, explanation } = problemTypes[slug]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>${title}</h1>
<p><code>${slug}</code>, HTTP ${status}</p>
<p>${asHtml(explanation)}</p>
</html>
`
}

const asHtml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
