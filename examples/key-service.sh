#!/bin/sh
# The port to a key service (MASTER_KEY_COMMAND), played by openssl: to see the protocol, and to try it. One request a run: a line comes in, a line goes out.
#   wrap <base64>      the bytes, wrapped: printable, without blanks
#   unwrap <wrapped>   the bytes again, in base64
# For a real service put its own program in the two branches, for instance `aws kms encrypt` and `aws kms decrypt`, or `vault write transit/…`.
set -eu
: "${KEY_SERVICE_SECRET:?names the file of the secret that the service would keep to itself}"
crypt() { openssl enc -aes-256-cbc -pbkdf2 -pass "file:$KEY_SERVICE_SECRET" -a -A "$@"; }
read -r verb value
case $verb in
  wrap) printf %s "$value" | crypt ;;
  unwrap) printf %s "$value" | crypt -d ;;
  *)
    echo "wrap or unwrap, not $verb" >&2
    exit 64
    ;;
esac
