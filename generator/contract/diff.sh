#!/usr/bin/env bash
# Describe the changes between two versions of the contract.
#
#   diff.sh                      the last tag against openapi.yaml; passes if there is no tag
#   diff.sh GIT_REF              that commit's openapi.yaml against this one
#   diff.sh BASE.yaml NEW.yaml   two files
#
# Two programs find the changes: oasdiff, with severity.txt, and names.py for what oasdiff ignores.
#
# Exit code: 0 no change, wording only, additive or with warnings; 1 breaking for callers; 2 error.
# With ANNOUNCED=1 a breaking change passes if CHANGELOG.md's "Unreleased" has **Breaking**.
set -euo pipefail
OASDIFF=v1.36.0
here=$(cd "$(dirname "$0")/../.." && pwd)
tools="$here/.cache/tools"

command -v go >/dev/null || { echo "contract-diff: Go is required to build oasdiff $OASDIFF"; exit 2; }
if [ ! -x "$tools/oasdiff-$OASDIFF" ]; then
    mkdir -p "$tools"
    GOBIN="$tools" GOFLAGS=-mod=mod go install "github.com/oasdiff/oasdiff@$OASDIFF" >"$tools/oasdiff.log" 2>&1 \
        || { tail -3 "$tools/oasdiff.log"; echo "contract-diff: oasdiff could not be built"; exit 2; }
    mv "$tools/oasdiff" "$tools/oasdiff-$OASDIFF"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
new="$here/openapi.yaml"
if [ $# -eq 2 ]; then
    base=$1 new=$2 name=$1
else
    name=${1:-$(git -C "$here" describe --tags --abbrev=0 2>/dev/null || true)}
    [ -n "$name" ] || { echo "contract-diff: there is no tag yet to compare with"; exit 0; }
    base="$work/base.yaml"
    git -C "$here" show "$name:openapi.yaml" >"$base" 2>/dev/null \
        || { echo "contract-diff: there is no openapi.yaml at '$name'"; exit 2; }
fi

if cmp -s "$base" "$new"; then
    echo "contract-diff: nothing changed since $name"
    exit 0
fi
code=0
# severity.txt changes the level of some rules for callers of a generated client: what is removed
# from the document is removed from their code; enumerations are open, so a new value breaks nothing.
"$tools/oasdiff-$OASDIFF" changelog "$base" "$new" --color never --fail-on ERR \
    --severity-levels "$here/generator/contract/severity.txt" >"$work/said" 2>"$work/error" || code=$?
if [ "$code" -gt 1 ] || { [ "$code" -eq 1 ] && ! grep -q '^error' "$work/said"; }; then
    cat "$work/error"
    echo "contract-diff: the two documents could not be compared"
    exit 2
fi
"$here/.venv/bin/python" "$here/generator/contract/names.py" "$base" "$new" >"$work/names" 2>"$work/error" \
    || { cat "$work/error"; echo "contract-diff: the two documents could not be compared"; exit 2; }
cat "$work/names" >>"$work/said"
if grep -q '^error' "$work/said"; then
    cat "$work/said"
    echo "contract-diff: BREAKING for callers since $name"
    if [ "${ANNOUNCED:-}" = 1 ]; then
        awk '/^## / {on = /Unreleased/} on && /\*\*Breaking\*\*/ {said = 1} END {exit !said}' \
            "$here/CHANGELOG.md" && { echo "contract-diff: and CHANGELOG.md announces it"; exit 0; }
        echo "contract-diff: CHANGELOG.md has no **Breaking** line under Unreleased"
    fi
    exit 1
fi
if grep -q '^warning' "$work/said"; then
    cat "$work/said"
    echo "contract-diff: POSSIBLY BREAKING for callers since $name, see the warnings"
elif grep -q '^info' "$work/said"; then
    cat "$work/said"
    echo "contract-diff: additive or harmless since $name"
else
    echo "contract-diff: wording only since $name"
fi
