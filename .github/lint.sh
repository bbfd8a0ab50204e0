#!/usr/bin/env bash
# Lints the workflows with actionlint (correctness) and zizmor (security).
set -euo pipefail
ACTIONLINT=v1.7.12
cd "$(dirname "$0")/.."
tools="$PWD/.cache/tools"

command -v go >/dev/null || { echo "workflows: Go is required to build actionlint $ACTIONLINT"; exit 2; }
if [ ! -x "$tools/actionlint-$ACTIONLINT" ]; then
    mkdir -p "$tools"
    GOBIN="$tools" GOFLAGS=-mod=mod go install "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT" \
        >"$tools/actionlint.log" 2>&1 \
        || { tail -3 "$tools/actionlint.log"; echo "workflows: actionlint could not be built"; exit 2; }
    mv "$tools/actionlint" "$tools/actionlint-$ACTIONLINT"
fi

# Without shellcheck and pyflakes, so that the result does not depend on this machine.
"$tools/actionlint-$ACTIONLINT" -shellcheck= -pyflakes=
.venv/bin/zizmor --offline --quiet --persona pedantic --strict-collection .github
echo "workflows: clean"
