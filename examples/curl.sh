#!/usr/bin/env bash
# Signs a request to Data Stream and sends it, with openssl and curl only.
#
#   examples/curl.sh METHOD TARGET [JSON]
#
#   examples/curl.sh GET '/api/v1/topics?searchText=a%20b'
#   examples/curl.sh POST /api/produce '{"topic": "h4j6l-ds001", "key": "k", "value": "hello"}'
#
# TARGET is the path and query exactly as sent, percent-encoded. The keys are taken from
# NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY; NCLOUD_DATASTREAM_MANAGEMENT_URL and
# NCLOUD_DATASTREAM_MESSAGE_URL select other servers, such as the emulator. The response body is
# written to standard output. The exit status is 0 for success, 22 for an HTTP error, and curl's own
# otherwise.
#
# While openssl runs, anyone who can list this machine's processes can see the secret key: this
# shows how to sign and is not a tool for shared machines.
set -euo pipefail

(($# == 2 || $# == 3)) || { sed -n '4,7s/^# *//p' "$0" >&2; exit 2; }
method=$1 target=$2
access_key=${NCLOUD_ACCESS_KEY_ID:?is not set} secret_key=${NCLOUD_SECRET_ACCESS_KEY:?is not set}

# The signed target must equal the one that is sent, so curl must have nothing to encode.
LC_ALL=C
[[ $target =~ ^/[!-~]*$ && $target != *'#'* ]] ||
  { echo "TARGET must begin with / and be percent-encoded: $target" >&2; exit 2; }

# The message host serves one path; the management host serves all others.
if [[ $target == /api/produce ]]; then
  host=${NCLOUD_DATASTREAM_MESSAGE_URL:-https://api.datastream.naverncp.com}
else
  host=${NCLOUD_DATASTREAM_MANAGEMENT_URL:-https://datastream.apigw.ntruss.com}
fi

timestamp=$(date +%s)000 # milliseconds
signature=$(printf '%s %s\n%s\n%s' "$method" "$target" "$timestamp" "$access_key" |
  openssl dgst -sha256 -hmac "$secret_key" -binary | openssl base64 -A)

arguments=(--request "$method" --request-target "$target")
(($# == 3)) && arguments+=(--header 'Content-Type: application/json' --data-binary "$3")
exec curl --silent --show-error --fail-with-body --max-time 30 "${arguments[@]}" \
  --header "x-ncp-apigw-timestamp: $timestamp" \
  --header "x-ncp-iam-access-key: $access_key" \
  --header "x-ncp-apigw-signature-v2: $signature" \
  "$host"
