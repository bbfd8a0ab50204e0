#!/usr/bin/env bash
# java of OpenAPI Generator 7.26.0 with the library native: openapi.yaml -> generated/
set -euo pipefail
cd "$(dirname "$0")"
rm -rf generated
# A value that the document does not list must not be an error.
options=library=native,enumUnknownDefaultCase=true
# null and an absent field mean the same in this API, so JsonNullable and its library are not needed.
options+=,openApiNullable=false
options+=,invokerPackage=ncloud.datastream,apiPackage=ncloud.datastream.api
options+=,modelPackage=ncloud.datastream.model
../openapi-generator.sh generate --generator-name=java --input-spec=../../openapi.yaml \
  --output=generated --additional-properties="$options" \
  --global-property=apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false
