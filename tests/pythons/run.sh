#!/usr/bin/env bash
# Runs the suite and the wheel's own test on every CPython from 3.11 on that is on PATH or in PYTHONS,
# a list of interpreters. Each has its own environment, which is reused. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

version() {
	"$1" -c 'import platform, sys
if sys.version_info >= (3, 11) and platform.python_implementation() == "CPython":
    print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

declare -A found
for python in ${PYTHONS:-} $(compgen -c | grep -xE 'python3(\.[0-9]+)?' | sort -u); do
	path=$(command -v "$python") || { echo "pythons: $python not found"; exit 1; }
	is=$(version "$path")
	[[ -z $is || -n ${found[$is]:-} ]] || found[$is]=$path
done
((${#found[@]})) || { echo "pythons: no CPython 3.11 or newer on PATH or in PYTHONS"; exit 1; }

wheel=$(realpath "$(echo dist/*.whl)")
failed=()
for is in $(printf '%s\n' "${!found[@]}" | sort -V); do
	place=.cache/pythons/$is
	echo "python $is: ${found[$is]}"
	if ! cat constraints.txt pyproject.toml | cmp -s - "$place/made"; then
		"${found[$is]}" -m venv --clear "$place"
		"$place/bin/pip" install --quiet --upgrade -c constraints.txt pip
		"$place/bin/pip" install --quiet -c constraints.txt --group test
		cat constraints.txt pyproject.toml >"$place/made"
	fi
	"$place/bin/pip" install --quiet --force-reinstall --no-deps "$wheel"
	"$place/bin/pip" install --quiet -c constraints.txt "$wheel[cli,emulator]"
	"$place/bin/pytest" -q -n 2 --dist loadscope "$@" || failed+=("suite on $is")
	PYTHON=${found[$is]} tests/wheel/run.sh "$wheel" || failed+=("wheel on $is")
done
((${#failed[@]} == 0)) || { printf 'pythons: failed: %s\n' "${failed[@]}"; exit 1; }
