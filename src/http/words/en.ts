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
  'headers-too-many': 'send at most {max} headers',
  'address-unknown': 'there is nothing at this address',
  'method-unknown': 'this address takes {methods}',
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

  // What is read and changed by REST
  'if-match-missing': 'send If-Match with the ETag that a GET of this address gave you: what changed since is not overwritten',
  'if-match-outdated': 'If-Match names a version that is no longer current: read it again, then repeat the change',
  'patch-type': 'send a JSON merge patch: Content-Type: {type}',
  'patch-unfit': 'the patch says what it cannot: see "errors"',
  'patch-key-used': 'this Idempotency-Key came with another change before: use a new one',
  'no-placement': 'there is no such placement, or it is not yours to see',
  'no-authorization': 'there is no such authorization, or it is not yours to see',
  'no-offer': 'there is no such offer, or it is not yours to see',
  'json-type': 'send JSON: Content-Type: application/json',
  'body-none': 'the body is empty: send JSON',
  'path-encoding': 'the path is not properly percent-encoded',
  'cursor-altered': 'the cursor was altered, or is of another list, client or filter: begin again without it',
  'jti-unknown': 'you have pushed no SET with this jti',
  'schema-unknown': 'there is no schema of this name',
  'problem-unknown': 'there is no problem of this name',
  'log-empty': 'the log has no checkpoint yet: ask again in a minute',
  'leaf-unknown': 'the log has no leaf of this number',
  'sizes-order': '"from" is the smaller size: exchange the two',
  'sizes-uncovered': 'no checkpoint covers so many leaves yet',

  // Files of many events
  'file-formats': 'send {types}; save any other spreadsheet (.xls, .xlsm, .xlsb, .ods) as an ordinary .xlsx workbook or as “CSV UTF-8”',
  'file-taken-before': '{detail} (what was taken before is at Location)',
  'file-unknown': 'you have sent no file with this id',

  // How the gateway is
  fault: 'this is our fault; repeating the same request is safe',
  stopping: 'the gateway is stopping: send it again in a moment'
} as const
