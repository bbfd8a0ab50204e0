#!/usr/bin/env bash
# Checks openapi.yaml with four linters, each of which finds what the others miss. A warning fails.
#
#   generator/lint/lint.sh [document]
#
# Needs Node.js 20.19 or later, npm and Java 11 or later; everything else is installed into .cache/lint.
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=$root/.cache/lint
python=$root/.venv/bin/python
document=$(realpath "${1:-$root/openapi.yaml}")
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true SCARF_ANALYTICS=false

missing=0
for tool in node npm java "$python"; do
  command -v "$tool" >/dev/null || { echo "lint.sh: $tool is missing" >&2; missing=1; }
done
((missing)) && exit 1

# install NAME COMMAND FILE...: runs COMMAND in a new folder that contains FILE..., unless the folder
# already has the same files.
install() {
  local folder=$cache/$1 command=$2 log=$cache/$1.log file
  shift 2
  for file; do
    if ! cmp --silent "$file" "$folder/installed/$(basename "$file")"; then
      rm -rf "$folder"
      mkdir -p "$folder"
      cp "$@" "$folder"
      (cd "$folder" && "$command") >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
      mkdir "$folder/installed"
      cp "$@" "$folder/installed"
      return
    fi
  done
}
npm_packages() { npm ci --ignore-scripts --no-audit --no-fund; }
python_packages() {
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --target=. \
    --requirement=requirements.txt
}
install node npm_packages "$here/package.json" "$here/package-lock.json"
install python python_packages "$here/requirements.txt"

openapi-spec-validator() {
  "$python" -m openapi_spec_validator --schema 3.0 --validation-errors all "$document"
}
redocly() {
  "$cache/node/node_modules/.bin/redocly" lint --config="$here/redocly.yaml" "$document"
}
spectral() {
  "$cache/node/node_modules/.bin/spectral" lint --fail-severity=warn \
    --ruleset="$here/.spectral.yaml" "$document"
}
# A recommendation leaves the exit status 0, so the output has to be checked.
openapi-generator() {
  local jar=$cache/python/openapi_generator_cli/openapi-generator.jar output
  output=$(java -jar "$jar" validate --recommend --input-spec="$document" 2>&1 |
    sed '/^\s*at /d') # no stack traces
  echo "$output"
  # Only x-known-values refers to GatewayErrorCode, and openapi-generator does not read it.
  [[ $output == *"No validation issues detected."* ||
    $output == *$'Warnings: \n\t- Unused model: GatewayErrorCode\n\n[info] Spec has 1 recommendation(s).' ]]
}

failed=0
for linter in openapi-spec-validator redocly spectral openapi-generator; do
  if output=$("$linter" 2>&1); then
    echo "ok      $linter"
  else
    echo "FAILED  $linter"
    echo "$output"
    failed=1
  fi
done
exit "$failed"
