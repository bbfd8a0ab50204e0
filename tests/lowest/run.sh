#!/usr/bin/env bash
# The lower bounds in pyproject.toml are real: the tests of the client run once with just those
# versions, in an environment of their own. Further arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

place=.cache/lowest
rm -rf "$place"
"${PYTHON:-python3}" -m venv "$place"
bin=$place/bin

"$bin/python" tests/lowest/bounds.py >"$place/bounds.txt"
# What the bounds bring along is free to be as old as they want it, the tools are as ever.
free="$(sed 's/==.*//; s/-/[-_]/g' "$place/bounds.txt" | paste -sd '|')|certifi|h11|idna|opentelemetry[-_][a-z_-]+|sniffio"
grep -viE "^($free)==" constraints.txt >"$place/constraints.txt"

export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
"$bin/pip" install --quiet -c "$place/constraints.txt" -r "$place/bounds.txt" \
	hypothesis opentelemetry-sdk packaging pytest pytest-recording
"$bin/pip" install --quiet --no-deps .
"$bin/pip" check
echo "lowest: $(paste -sd ' ' "$place/bounds.txt")"

PYTHONPATH=tests "$bin/pytest" -q -p lowest.auto_anyio \
	tests/unit tests/operations tests/wire "$@"
