# What push.sh, pull.sh, correct.sh and import.sh share: signatures, access tokens and calls, with curl and Debian's jose (apt install jose curl).
# GW         the gateway's issuer, as https://gateway.example
# CLIENT_ID  the name under which the operator registered this client
# KEY        a file with its private key: jose jwk gen -i '{"alg":"ES256","kid":"k1"}' -o me.jwk; the operator gets jose jwk pub -i me.jwk
set -eu
: "${GW:?set GW to the issuer of the gateway}" "${CLIENT_ID:?set CLIENT_ID to the name you were registered under}" "${KEY:?set KEY to your private JWK}"
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "failed: $*" >&2; exit 1; }
val() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
uuid() { cat /proc/sys/kernel/random/uuid; }
sign() { jose jws sig -I- -k "$KEY" -s "{\"protected\":{\"typ\":\"$1\",\"kid\":\"$(jose fmt -j "$KEY" -g kid -u-)\"}}" -c -o-; }

# call STATUS WHAT CURL-ARGUMENTS: fails unless the gateway answers with that status; what it answered is in $work/body.
call() {
  expected=$1 what=$2
  shift 2
  status=$(curl -sS --max-time 40 -o "$work/body" -w '%{http_code}' "$@") || fail "$what: no answer"
  echo "$status  $what"
  [ "$status" = "$expected" ] || fail "$what: expected $expected: $(cat "$work/body")"
}

# An access token for five minutes (RFC 6749, RFC 7523), as a header in $work/bearer: curl -H @file keeps it out of the list of processes.
token() {
  now=$(date +%s)
  assertion=$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%s,"exp":%s}' \
    "$CLIENT_ID" "$CLIENT_ID" "$GW" "$(uuid)" "$now" "$((now + 60))" | sign client-authentication+jwt)
  call 200 "get an access token for $1" "$GW/oauth/token" -d grant_type=client_credentials --data-urlencode "scope=$1" \
    -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer -d "client_assertion=$assertion"
  printf 'Authorization: Bearer %s' "$(val access_token <"$work/body")" >"$work/bearer"
}
