#!/usr/bin/env bash
# Installs what package-lock.json says, unless that is done.
set -euo pipefail
cd "$(dirname "$0")"
[[ node_modules/.package-lock.json -nt package-lock.json ]] ||
  npm ci --ignore-scripts --no-audit --no-fund
