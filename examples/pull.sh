#!/bin/sh
# A Spanish administration fetches what a stream owes it: token, poll (RFC 8936), verify one, keep it, acknowledge it.
# Beside what client.sh needs: STREAM, the stream's name; KEEP, the folder to keep SETs in.
. "$(dirname "$0")/client.sh"
: "${STREAM:?set STREAM to the name of your stream}"
KEEP=${KEEP:-.}
poll() { call 200 "$1" "$GW/v1/streams/$STREAM/poll" -H "@$work/bearer" -H 'content-type: application/json' -d "$2"; }

token ssf.read
poll 'poll for one SET, waiting up to 25 s' '{"maxEvents":1}'
JTI=$(sed -n 's/.*"sets":{"\([^"]*\)".*/\1/p' "$work/body")
[ -n "$JTI" ] || { echo 'nothing is owed at the moment'; exit 0; }
sed -n 's/.*"sets":{"[^"]*":"\([^"]*\)".*/\1/p' "$work/body" | tr -d '\n' >"$work/one.jwt"

call 200 'get the keys of the gateway' "$GW/.well-known/jwks.json"
cp "$work/body" "$work/gateway.jwks"
jose jws ver -i "$work/one.jwt" -k "$work/gateway.jwks" -O "$work/one.json" || fail 'the SET is not signed by the gateway'
[ "$(jose fmt -j "$work/one.json" -g iss -u-)" = "$GW" ] || fail 'the SET is of another issuer'
[ "$(jose fmt -j "$work/one.json" -g jti -u-)" = "$JTI" ] || fail 'the SET is another one than the poll says'
echo '     its signature holds:' && cat "$work/one.json" && echo

# Acknowledge only what is kept: an acknowledged SET never comes again.
mkdir -p "$KEEP" && cp "$work/one.jwt" "$KEEP/$JTI.jwt" && sync "$KEEP/$JTI.jwt"
poll 'acknowledge it' "{\"ack\":[\"$JTI\"],\"maxEvents\":0,\"returnImmediately\":true}"
