#!/usr/bin/env bash
# Only public names of httpx are used, so the move to its successor is a rename: this copies the tree
# with the name replaced, generated code included, and runs the suite with httpx2. Excluded are tests
# of tools that support only httpx (`unsupported` below). Arguments go to pytest and replace the list
# of test folders.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

place=$PWD/.cache/httpx2

# Replaces httpx and httpcore, but not names of other packages that contain them.
rename='s/(?<![-_.\w])httpx(?![-\w]|2\b|_mock)/httpx2/g; s/(?<![-_.\w])httpcore(?![-\w]|2\b)/httpcore2/g'
# They patch or extend httpx by name; vcrpy records and replays the cassettes.
unsupported=(tests/mocks tests/recorded)
# Not tests of the package: the document, the generator (it writes httpx), other languages.
elsewhere=(tests/contract tests/docs tests/generator tests/successor tests/lowest tests/mutation
	tests/reuse tests/schema tests/site tests/typing tests/unit/test_dependencies.py)

mkdir -p "$place"
rm -rf "$place/tree"
mkdir "$place/tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -rd '' file; do
	[[ ! -e $file ]] || printf '%s\0' "$file"
done | tar --null -cf - -T - | tar -xf - -C "$place/tree"
cd "$place/tree"
grep -rlIE 'httpx|httpcore' signing generated emulator cli examples tests docs README.md |
	xargs perl -pi -e "$rename"
perl -pi -e 's/"httpx>=[^"]*"/"httpx2>=2.16"/' pyproject.toml

export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
bin=$place/venv/bin
if ! cmp -s constraints.txt "$place/made"; then
	"${PYTHON:-python3}" -m venv --clear "$place/venv"
	"$bin/pip" install --quiet --upgrade -c constraints.txt pip
	# Everything that the suite needs; httpx itself remains for the tools that need it.
	grep -vE '^(anyio|idna)==' constraints.txt >"$place/constraints.txt"
	"$bin/pip" install --quiet -c "$place/constraints.txt" --group test 'httpx2>=2.16'
	cp constraints.txt "$place/made"
fi
"$bin/pip" install --quiet -c "$place/constraints.txt" '.[cli,emulator]'
echo "httpx2: $("$bin/python" -c 'import httpx2; print(httpx2.__version__)'); excluded: ${unsupported[*]} (tools without support)"

"$bin/python" - <<'END'
import ncloud_datastream.client, sys
assert "httpx2" in sys.modules and "httpx" not in sys.modules, "httpx is still loaded"
END
ignored=()
for each in "${unsupported[@]}" "${elsewhere[@]}"; do
	ignored+=(--ignore "$each")
done
if (($#)); then
	"$bin/pytest" -q "${ignored[@]}" "$@"
else
	"$bin/pytest" -q -n 2 --dist loadscope "${ignored[@]}"
fi
