// What the HTTP surface says to whoever tells an event, as a SET or by REST, in English.
import { problemTypes, quotaExceeded, type Slug } from '../problems.ts'

const titles = Object.fromEntries(Object.entries(problemTypes).map(([slug, { title }]) => [`title-${slug}`, title])) as {
  [Name in Slug as `title-${Name}`]: (typeof problemTypes)[Name]['title']
}

export const en = {
  // The names of what can go wrong
  ...titles,
  'title-quota-exceeded': quotaExceeded.title,

  // Who sends it
  'access-token-missing': 'send an access token: Authorization: Bearer <token>',
  'access-token-invalid': 'the access token is not valid here or has expired: get a new one',
  'certificate-missing': 'this client is known by a certificate: come with it, and with a token that you got with it',
  'client-suspended': 'the client is suspended: ask the operator',
  'scope-missing': 'this needs the scope {scopes}',
  or: '{one} or {other}',
  'too-many-requests': 'too many requests: wait {seconds} s',

  // How it is sent
  'body-empty': 'the body is empty: send a SET, as a compact JWS',
  'body-json': 'the body is {fault}',
  'body-encoded': 'send the body without Content-Encoding',
  'body-length': 'the body is not as long as Content-Length says',
  'body-too-large': 'the body is longer than this endpoint takes',
  'body-type': 'the Content-Type is not one that this endpoint takes',
  'body-type-missing': 'say what the body is in Content-Type',
  'headers-too-many': 'send at most {max} headers',
  'address-unknown': 'there is nothing at this address',
  'host-header': 'send one Host header',

  // What it says
  'jti-used': 'this jti was used before with another payload; give every SET a jti of its own',
  'not-yet': 'the event takes effect in the future: send it when it has happened',
  objection: '{code}: {said}',
  'payload-unfit': 'the payload of {type} does not fit: {faults}',
  'payload-faults': '{one}; {other}',
  'payload-fault': '{pointer} {code} ({detail})',
  'payload-fault-bare': '{pointer} {code}',
  'type-unknown': 'events must have one member, named {namespace} and an event that this gateway takes: see /openapi.json',

  // Of an event told by REST
  'request-unfit': 'what was sent as {part} does not fit its schema: see "errors"',
  'event-unfit': 'the payload does not fit its type: see "errors"',
  'event-ours': 'the gateway makes this event itself',
  'event-key-used': 'this key was used before for an event with other content: give every event a key of its own',
  'idempotency-key-missing': 'send an Idempotency-Key of 1 to 255 characters: a new one for each new request',
  'idempotency-key-form': 'an Idempotency-Key has 1 to {max} characters',
  'idempotency-key-used': 'this Idempotency-Key came with another body before: use a new one',
  'idempotency-key-busy': 'the first request with this Idempotency-Key is being answered: repeat it in a moment',

  // How the gateway is
  fault: 'this is our fault; repeating the same request is safe',
  stopping: 'the gateway is stopping: send it again in a moment'
} as const
