#!/usr/bin/env bash
# Runs the suite with the lowest versions that pyproject.toml allows, in a separate environment.
# Excluded are unrelated tests: the document, the generator, the pages and other languages, and tests
# with packages that require newer versions (FastAPI, openapi-core, mcp). Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

place=.cache/lowest
rm -rf "$place"
"${PYTHON:-python3}" -m venv "$place"
bin=$place/bin

"$bin/python" tests/lowest/bounds.py >"$place/bounds.txt"
# Dependencies of the bounds can be older than in constraints.txt; the tools are not.
free="$(sed 's/==.*//; s/-/[-_]/g' "$place/bounds.txt" | paste -sd '|')|certifi|h11|idna|importlib[-_]metadata|opentelemetry[-_][a-z_-]+|sniffio"
grep -viE "^($free)==" constraints.txt >"$place/constraints.txt"

export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
"$bin/pip" install --quiet -c "$place/constraints.txt" -r "$place/bounds.txt" \
	aiokafka hypothesis openapi-schema-validator opentelemetry-sdk packaging pytest pytest-recording pytest-xdist PyYAML trio uvloop
"$bin/pip" install --quiet --no-deps .
"$bin/pip" check
echo "lowest: $(paste -sd ' ' "$place/bounds.txt")"

folders=(unit operations wire vectors recorded emulator sending faults cli broker plugin)
PYTHONPATH=tests "$bin/pytest" -q -p lowest.auto_anyio -n 2 --dist loadscope \
	"${folders[@]/#/tests/}" --ignore tests/emulator/test_oracle.py --ignore tests/cli/test_mcp.py \
	--deselect tests/plugin/test_plugin.py::test_the_asynchronous_and_fastapi_tests_of_the_documentation_pass "$@"
