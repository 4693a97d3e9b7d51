#!/bin/sh
# An origin agency's back office from nothing to its first event: registers itself, gets a token, pushes a SET (RFC 8935), asks what became of it, keeps the receipt.
# GW    the gateway's issuer, as https://gateway.example
# IAT   the one-time token from the operator (jisr clients invite), the first time
# KEEP  a folder for key, client id, SETs and receipts; one for each client
# AGENCY  the agency that you were invited as
: "${GW:?set GW to the issuer of the gateway}" "${KEEP:?set KEEP to a folder}" "${AGENCY:?set AGENCY to your own, as ANP-KEN-01}"
SCOPE=set.push
. "$(dirname "$0")/registration.sh"

n=$(date +%s) JTI=$(uuid)
PAYLOAD='{"campaign":2026,"person":{"name":{"latin":{"family":"EL IDRISSI","given":"FATIMA ZAHRA"}},"birthDate":"1988-03-15","birthPlace":{"text":"Moulay Bousselham","country":"MAR"},"sex":2,"nationalities":["MAR"],"identifiers":[{"scheme":"MA-CNIE","value":"'${CNIE:-GB123456}'","country":"MAR"}]},"registration":{"agency":"'$AGENCY'"}}'
SET=$(printf '{"iss":"%s","aud":"%s","jti":"%s","iat":%s,"toe":%s,"txn":"dossier-42","sub_id":{"format":"opaque","id":"w-9f2c"},"events":{"%s/ns/event/v1/candidate.registered":%s}}' \
  "$ID" "$GW" "$JTI" "$n" "$n" "$GW" "$PAYLOAD" | sign secevent+jwt)
push() { call 202 "$1" "$GW/v1/sets" -H @bearer -H 'content-type: application/secevent+jwt' -H 'accept: application/json' --data-binary "$SET"; }
printf %s "$SET" >"set-$JTI.jwt"
push 'push a SET'
push 'push it again: nothing happens twice'
call 200 'ask what became of it' "$GW/v1/sets/$JTI" -H @bearer
cat answer && echo
call 200 'fetch the receipt: proof that the event stands in the log' "$GW/v1/sets/$JTI/receipt" -H @bearer
mv answer "receipt-$JTI.txt" && echo "keep $KEEP/receipt-$JTI.txt beside $KEEP/set-$JTI.jwt; verify-receipt.mjs checks the one against the other"
