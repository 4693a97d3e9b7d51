#!/bin/sh
# An origin agency's back office tells of a candidate: token, push (RFC 8935), the same again, and what became of it.
# Beside what client.sh needs: SUBJECT, the worker's number at the agency; CNIE, her identity number.
. "$(dirname "$0")/client.sh"
SUBJECT=${SUBJECT:-w-$(uuid)}

token set.push
JTI=$(uuid) NOW=$(date +%s)
PAYLOAD='{"campaign":2026,"person":{"name":{"latin":{"family":"EL IDRISSI","given":"FATIMA ZAHRA"}},"birthDate":"1988-03-15","birthPlace":{"text":"Moulay Bousselham","country":"MAR"},"sex":2,"nationalities":["MAR"],"identifiers":[{"scheme":"MA-CNIE","value":"'${CNIE:-GB123456}'","country":"MAR"}]},"registration":{"agency":"ANP-KEN-01"}}'
SET=$(printf '{"iss":"%s","aud":"%s","jti":"%s","iat":%s,"toe":%s,"txn":"dossier-42","sub_id":{"format":"opaque","id":"%s"},"events":{"%s/ns/event/v1/candidate.registered":%s}}' \
  "$CLIENT_ID" "$GW" "$JTI" "$NOW" "$NOW" "$SUBJECT" "$GW" "$PAYLOAD" | sign secevent+jwt)

push() { call 202 "$1" "$GW/v1/sets" -H "@$work/bearer" -H 'content-type: application/secevent+jwt' -H 'accept: application/json' --data-binary "$SET"; }
push 'push a SET: it is stored once this is answered'
[ ! -s "$work/body" ] || fail 'the answer to a push has no body (RFC 8935 2.2)'
push 'push it again, as after a lost answer: nothing happens twice'

call 200 'ask what became of it, recipient by recipient' "$GW/v1/sets/$JTI" -H "@$work/bearer"
[ "$(val jti <"$work/body")" = "$JTI" ] || fail 'the status is of another SET'
cat "$work/body" && echo
