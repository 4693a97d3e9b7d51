// What a gateway may be called: its issuer, and what the URIs of its events begin with.

/** An https URL without path, query or trailing slash; http on loopback. */
export const isOrigin = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : null
  return url !== null && url.origin === text && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
}

export const isHttpsOrigin = (text: string): boolean => isOrigin(text) && text.startsWith('https:')

/** Only this machine can reach it. */
export const isTrialOrigin = (text: string): boolean => isOrigin(text) && text.startsWith('http:')

/** Names of events are put behind it as they are. */
export const isNamespace = (text: string): boolean =>
  /^https?:\/\/[\x21-\x7e]{1,200}\/$/.test(text) && !/[?#\\"]/.test(text) && URL.canParse(text)

/** Of http; null for what is no address. */
export const portOf = (origin: string | undefined): number | null =>
  origin !== undefined && URL.canParse(origin) ? Number(new URL(origin).port || 80) : null

/** Of a host name as a URL has it. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
