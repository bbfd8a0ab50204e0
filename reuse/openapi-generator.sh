#!/usr/bin/env bash
# Runs OpenAPI Generator in the version that also lints openapi.yaml:
#
#   reuse/openapi-generator.sh generate --generator-name=... --output=...
#
# Its jar is installed from PyPI into .cache; the linter's jar is used if it is there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
requirements=$root/generator/lint/requirements.txt
jar=openapi_generator_cli/openapi-generator.jar

for folder in "$root/.cache/lint/python" "$root/.cache/reuse/openapi-generator"; do
  [[ -f $folder/$jar ]] && cmp --silent "$requirements" "$folder/installed/requirements.txt" && break
done
if ! cmp --silent "$requirements" "$folder/installed/requirements.txt"; then
  rm -rf "$folder"
  mkdir -p "$folder/installed"
  "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --target="$folder" --requirement="$requirements" >&2
  cp "$requirements" "$folder/installed"
fi
export SCARF_ANALYTICS=false
exec java -jar "$folder/$jar" "$@"
