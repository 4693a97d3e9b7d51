#!/bin/sh
# An origin agency corrects a birth date where it reads it: takes the placement with its ETag, and changes that version or none (RFC 7396, RFC 9110 13.1.1).
# Beside what client.sh needs: PLACEMENT, its id as GET /v1/placements lists it; BIRTH_DATE, the right one, as 1988-03-16.
. "$(dirname "$0")/client.sh"
: "${PLACEMENT:?set PLACEMENT to an id of GET /v1/placements}" "${BIRTH_DATE:?set BIRTH_DATE to the right one, as 1988-03-16}"

token 'set.push placements.read'
call 200 'read the placement' "$GW/v1/placements/$PLACEMENT" -H "@$work/bearer" -D "$work/headers"
ETAG=$(sed -n 's/^[Ee][Tt]ag: *\("[^"]*"\).*/\1/p' "$work/headers")

correct() {
  call "$1" "$2" "$GW/v1/placements/$PLACEMENT" -X PATCH -H "@$work/bearer" -H 'content-type: application/merge-patch+json' \
    -H "if-match: $ETAG" -H "idempotency-key: $REQUEST" -d '{"record":{"person":{"birthDate":"'"$BIRTH_DATE"'"}}}'
}
REQUEST=$(uuid)
correct 200 'correct her birth date: it is told to everyone it concerns'
cat "$work/body" && echo
correct 200 'again, as after a lost answer: nothing happens twice'
REQUEST=$(uuid)
correct 412 'change the version that was read once more: somebody was quicker, so it has to be read again'
