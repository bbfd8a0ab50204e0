#!/usr/bin/env bash
# Prints the vectors as JSON: every line of requests.tsv, signed by OpenSSL.
# Needs nothing but bash, openssl and base64, and no code of this project.
set -euo pipefail
export LC_ALL=C

json() { # a JSON string; the table has no control characters, a message has line feeds
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  printf '"%s"' "$text"
}

between=""
printf '[\n'
while IFS=$'\t' read -r name method target timestamp access_key secret_key note; do
  case $name in '' | '#'*) continue ;; esac
  message=$(printf '%s %s\n%s\n%s' "$method" "$target" "$timestamp" "$access_key")
  signature=$(printf '%s' "$message" | openssl dgst -sha256 -hmac "$secret_key" -binary | base64)
  printf '%s  {\n' "$between"
  printf '    "name": %s,\n' "$(json "$name")"
  printf '    "method": %s,\n' "$(json "$method")"
  printf '    "target": %s,\n' "$(json "$target")"
  printf '    "timestamp": %s,\n' "$timestamp"
  printf '    "access_key": %s,\n' "$(json "$access_key")"
  printf '    "secret_key": %s,\n' "$(json "$secret_key")"
  printf '    "string_to_sign": %s,\n' "$(json "$message")"
  printf '    "signature": %s' "$(json "$signature")"
  if [ -n "$note" ]; then
    printf ',\n    "note": %s' "$(json "$note")"
  fi
  printf '\n  }'
  between=$',\n'
done <"$(dirname "${BASH_SOURCE[0]}")/requests.tsv"
printf '\n]\n'
