#!/usr/bin/env bash
# Fetches the viewer of the REST reference once: one file of one npm package, without its build
# dependencies.
set -euo pipefail
SCALAR=1.72.1
folder=$(cd "$(dirname "$0")/.." && pwd)/.cache/docs
[ ! -f "$folder/scalar-$SCALAR.js" ] || exit 0
command -v npm >/dev/null || { echo "docs: needs Node.js with npm, to fetch the viewer"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "@scalar/api-reference@$SCALAR" >/dev/null 2>npm.log || { cat npm.log; exit 1; }
tar -xzf ./*.tgz package/dist/browser/standalone.js
mkdir -p "$folder"
mv package/dist/browser/standalone.js "$folder/scalar-$SCALAR.js"
