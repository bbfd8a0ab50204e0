#!/usr/bin/env bash
# Installs the packages of package-lock.json, unless they are installed.
set -euo pipefail
cd "$(dirname "$0")"
[[ node_modules/.package-lock.json -nt package-lock.json ]] ||
  npm ci --ignore-scripts --no-audit --no-fund
