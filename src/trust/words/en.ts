// Why a token is refused, in English. The token endpoint's answers know no other language: RFC 6749 5.2 leaves them ASCII alone.

export const en = {
  // The token as a whole
  'token-length': 'the token is longer than {kib} KiB',
  'token-form': 'the token must be a compact JWS: three non-empty base64url segments joined by dots, without blanks or padding',
  'token-not-canonical': 'a segment of the token is not canonical base64url: it does not re-encode to itself',
  'token-not-a-jws': 'the token is not a JWS we can verify',

  // Its header
  'header-form': 'the header must be a JSON object',
  'header-member': 'the header member "{name}" is not allowed',
  'header-alg': 'the header must have a member "alg"',
  'header-kid': 'the header member "kid" must be a string of 1 to 256 characters',
  'header-typ-form': 'the header member "typ" must be a string',
  'header-typ': 'the header member "typ" must be "{typ}"',

  // Its signature
  algorithm: 'the algorithm must be one of {algorithms}',
  'key-algorithm': 'the algorithm is not the one the key is registered for',
  'key-unknown': 'the kid names no registered key',
  signature: 'the signature does not verify with the registered key',

  // Its payload
  'payload-form': 'the payload must be a JSON object',
  'payload-json': 'the payload is {fault}',
  'json-ambiguous': 'ambiguous: an object has the same member twice',
  'json-depth': 'nested more than {levels} levels deep',
  'json-empty': 'empty: send a JSON value',
  'json-name': 'not allowed to have a member named "{name}"',
  'json-syntax': 'not valid JSON',
  'json-utf8': 'not UTF-8 text',

  // Its claims
  'claim-aud': 'aud must be {issuer}',
  'claim-iss': 'iss must be your client_id or your registered issuer',
  'claim-not-allowed': 'a SET must not carry the claim "{name}"',
  'claim-ascii': '{name} must be 1 to {max} printable ASCII characters',
  'claim-text': '{name} must be 1 to {max} characters without control characters',
  'claim-seconds': '{name} must be an integer: seconds since 1970',
  'claim-sub-id': 'sub_id must be {opaque} or {issSub}',
  'claim-events': 'events must have exactly one member',
  'claim-event': 'the event must be a JSON object',
  'iat-future': 'iat lies in the future: check your clock',
  'iat-old': 'iat is more than 7 days old: sign the SET anew',
  'toe-future': 'toe lies in the future'
} as const
