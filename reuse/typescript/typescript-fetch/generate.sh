#!/usr/bin/env bash
# typescript-fetch of OpenAPI Generator 7.26.0: openapi.yaml -> generated/
set -euo pipefail
cd "$(dirname "$0")"
../install.sh
rm -rf generated
# Node finds modules by their whole name, extension included.
../../openapi-generator.sh generate --generator-name=typescript-fetch \
  --input-spec=../../../openapi.yaml --output=generated \
  --additional-properties=importFileExtension=.js
