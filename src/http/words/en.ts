// What the HTTP surface says to whoever pushes a SET, in English.

export const en = {
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
  'body-encoded': 'send the body without Content-Encoding',
  'body-length': 'the body is not as long as Content-Length says',
  'body-too-large': 'the body is longer than this endpoint takes',
  'body-type': 'the Content-Type is not one that this endpoint takes',
  'body-type-missing': 'say what the body is in Content-Type',
  'headers-too-many': 'send at most {max} headers',
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

  // How the gateway is
  fault: 'this is our fault; repeating the same request is safe',
  stopping: 'the gateway is stopping: send it again in a moment'
} as const
