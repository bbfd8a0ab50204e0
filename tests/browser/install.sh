#!/usr/bin/env bash
# Installs the driver of Chromium into .cache/browser, unless it is there from the same lock file.
# Needs Node.js 20.11 or later and npm; the browser is the system's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$here/../../.cache/browser

if ! cmp --silent "$here/package-lock.json" "$cache/installed.json"; then
  rm -rf "$cache"
  mkdir -p "$cache"
  cp "$here/package.json" "$here/package-lock.json" "$cache"
  (cd "$cache" && npm ci --ignore-scripts --no-audit --no-fund --silent)
  cp "$here/package-lock.json" "$cache/installed.json"
fi
