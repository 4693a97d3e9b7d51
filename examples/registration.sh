# What anapec.sh and spanish-administration.sh share: a key of your own, registration with the operator's one-time token (RFC 7591), access tokens
# (RFC 7523), with curl and Debian's jose (apt install jose curl). Key, client id and what is received stay in KEEP.
set -eu
umask 077
mkdir -p "$KEEP"
cd "$KEEP"
val() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
uuid() { cat /proc/sys/kernel/random/uuid; }
sign() { jose jws sig -I- -k me.jwk -s "{\"protected\":{\"typ\":\"$1\",\"kid\":\"k1\"}}" -c -o-; }
fail() { echo "failed: $*" >&2; exit 1; }
# call STATUS WHAT CURL-ARGUMENTS: what is answered goes to ./answer; another status ends the script. curl -H @bearer keeps the token out of the list of processes.
call() {
  expected=$1 what=$2
  shift 2
  status=$(curl -sS --max-time 40 -o answer -w '%{http_code}' "$@") || fail "$what: no answer"
  echo "$status  $what"
  [ "$status" = "$expected" ] || fail "$what: expected $expected: $(cat answer)"
}

if [ ! -s client-id ]; then
  : "${IAT:?set IAT to the one-time token that the operator handed you}"
  [ -f me.jwk ] || jose jwk gen -i '{"alg":"ES256","kid":"k1"}' -o me.jwk
  jose jwk pub -i me.jwk -o me.pub.jwk
  printf 'Authorization: Bearer %s' "$IAT" >bearer
  call 201 'register, once' "$GW/oauth/register" -H @bearer -H 'content-type: application/json' \
    -d "{\"token_endpoint_auth_method\":\"private_key_jwt\",\"grant_types\":[\"client_credentials\"],\"scope\":\"$SCOPE\",\"jwks\":{\"keys\":[$(cat me.pub.jwk)]}}"
  val client_id <answer >client-id
fi
ID=$(cat client-id)

n=$(date +%s)
call 200 'get an access token' "$GW/oauth/token" -d grant_type=client_credentials --data-urlencode scope="$SCOPE" \
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  -d client_assertion="$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%s,"exp":%s}' "$ID" "$ID" "$GW" "$(uuid)" "$n" $((n + 60)) | sign client-authentication+jwt)"
printf 'Authorization: Bearer %s' "$(val access_token <answer)" >bearer
J='content-type: application/json'
