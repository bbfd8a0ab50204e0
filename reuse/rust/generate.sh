#!/usr/bin/env bash
# rust of OpenAPI Generator 7.26.0: openapi.yaml -> generated/
set -euo pipefail
cd "$(dirname "$0")"
rm -rf generated
# enumUnknownDefaultCase gives each enum one more value, unknown_default_open_api ...
options=packageName=datastream,supportMiddleware=true,enumUnknownDefaultCase=true
../openapi-generator.sh generate --generator-name=rust --input-spec=../../openapi.yaml \
  --output=generated --additional-properties="$options" \
  --global-property=apis,models,supportingFiles,apiDocs=false,modelDocs=false
# ... and this makes serde use it for every value that the document does not list.
sed -i.bak 's/#\[serde(rename = "unknown_default_open_api")\]/#[serde(other)]/' generated/src/models/*.rs
