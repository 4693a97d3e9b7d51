// HTML from templates: what is put in is escaped, unless it is HTML from here.

export interface Html {
  readonly html: string
}

type Part = Html | string | number | null | readonly Part[]

/** Text and numbers are escaped, null is nothing, lists are joined. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.map((text, i) => (i === 0 ? text : render(parts[i - 1] ?? null) + text)).join('')
})

const render = (part: Part): string => {
  if (part === null) return ''
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part))
  return 'html' in part ? part.html : part.map(render).join('')
}

const escapeText = (text: string): string => text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
