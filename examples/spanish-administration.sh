#!/bin/sh
# A Spanish administration from nothing to its first acknowledged event: registers itself, makes a stream (OpenID SSF), polls it (RFC 8936), verifies, keeps, acknowledges.
# GW    the gateway's issuer, as https://gateway.example
# IAT   the one-time token from the operator (jisr clients invite), the first time
# KEEP  a folder for key, client id and the SETs received; one for each client
: "${GW:?set GW to the issuer of the gateway}" "${KEEP:?set KEEP to a folder}"
SCOPE="ssf.manage ssf.read"
. "$(dirname "$0")/registration.sh"

if [ ! -s stream ]; then
  call 201 'make a stream, once' "$GW/ssf/streams" -H @bearer -H "$J" \
    -d "{\"delivery\":{\"method\":\"urn:ietf:rfc:8936\"},\"events_requested\":[\"$GW/ns/event/v1/authorization.granted\"]}"
  val endpoint_url <answer >stream
fi
poll() { call 200 "$1" "$(cat stream)" -H @bearer -H "$J" -d "$2"; }
poll 'poll for SETs, waiting up to 25 s' '{"maxEvents":1}'
JTI=$(sed -n 's/.*"sets":{"\([^"]*\)".*/\1/p' answer)
[ -n "$JTI" ] || { echo 'nothing is owed at the moment'; exit 0; }
sed 's/.*"sets":{"[^"]*":"\([^"]*\)".*/\1/' answer | tr -d '\n' >"$JTI.jwt"
call 200 'get the keys of the gateway' "$GW/.well-known/jwks.json"
jose jws ver -i "$JTI.jwt" -k answer -O "$JTI.json" || fail 'the SET is not signed by the gateway'
[ "$(jose fmt -j "$JTI.json" -g iss -u-)" = "$GW" ] || fail 'the SET is of another issuer'
[ "$(jose fmt -j "$JTI.json" -g jti -u-)" = "$JTI" ] || fail 'the SET is another one than the poll says'
cat "$JTI.json" && echo
# Acknowledge only what is kept: an acknowledged SET never comes again.
sync "$JTI.jwt"
poll 'acknowledge it' "{\"ack\":[\"$JTI\"],\"maxEvents\":0,\"returnImmediately\":true}"
