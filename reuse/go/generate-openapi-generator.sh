#!/usr/bin/env bash
# go of OpenAPI Generator 7.26.0: openapi.yaml -> generated/openapi/
set -euo pipefail
cd "$(dirname "$0")"
rm -rf generated/openapi
# AVRO is a value of two enums; enum values and fields that the document does not list must not be
# errors.
options=enumClassPrefix=true,enumUnknownDefaultCase=true
options+=,disallowAdditionalPropertiesIfNotPresent=false,withGoMod=false
../openapi-generator.sh generate --generator-name=go --input-spec=../../openapi.yaml \
  --output=generated/openapi --additional-properties="$options" \
  --global-property=apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false
