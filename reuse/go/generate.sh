#!/usr/bin/env bash
# oapi-codegen v2.8.2: openapi.yaml -> generated/datastream/
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p generated/datastream
go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 \
  --config=oapi-codegen.yaml ../../openapi.yaml
