#!/usr/bin/env bash
# The lower bounds in pyproject.toml are real: the suite runs once with just those versions, in an
# environment of its own. Left out is what has nothing to do with them: the tests of the document,
# the generator, the pages and the other languages, and those of what others build (FastAPI, or
# openapi-core and mcp, which want newer versions for themselves). Further arguments go to pytest.
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
	aiokafka hypothesis openapi-schema-validator opentelemetry-sdk packaging pytest pytest-recording pytest-xdist PyYAML
"$bin/pip" install --quiet --no-deps .
"$bin/pip" check
echo "lowest: $(paste -sd ' ' "$place/bounds.txt")"

rooms=(unit operations wire vectors recorded emulator sending faults cli broker plugin)
PYTHONPATH=tests "$bin/pytest" -q -p lowest.auto_anyio -n 2 --dist loadscope \
	"${rooms[@]/#/tests/}" --ignore tests/emulator/test_oracle.py --ignore tests/cli/test_mcp.py "$@"
