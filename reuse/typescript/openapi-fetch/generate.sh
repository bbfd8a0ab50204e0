#!/usr/bin/env bash
# openapi-typescript 7.13.0, as package.json pins it: openapi.yaml -> generated/schema.d.ts
set -euo pipefail
cd "$(dirname "$0")"
../install.sh
../node_modules/.bin/openapi-typescript ../../../openapi.yaml --output generated/schema.d.ts
