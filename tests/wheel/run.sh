#!/usr/bin/env bash
# Tests the wheel in an empty folder and virtual environment, as users install it.
# Usage: run.sh [WHEEL]; by default the one in dist/. PYTHON creates the environment.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
wheel=$(realpath "${1:-$(echo "$root"/dist/*.whl)}")
python=$(realpath -s "$(command -v "${PYTHON:-$root/.venv/bin/python}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$python" "$here/contents.py" "$wheel" "$root"

"$python" -m venv venv
# Wheels only, so that no dependency runs code during installation.
install() { venv/bin/pip install --quiet --only-binary :all: --disable-pip-version-check -c "$root/constraints.txt" "$@"; }
run() { venv/bin/python -I -W error "$@"; }

# Without extras: imported lazily, usable, and independent of the emulator.
install "$wheel"
run -c 'import ncloud_datastream, sys; assert "httpx" not in sys.modules'
run -c 'from ncloud_datastream import *; DataStream(Credentials("access", "secret")).close()'

# pytest loads the plugin whether or not the extra for its fixtures is installed.
install pytest
echo 'def test_nothing(): pass' > test_nothing.py
run -m pytest -q -p no:cacheprovider test_nothing.py

install "$wheel[emulator]"
venv/bin/pip check --quiet --disable-pip-version-check
"$python" "$here/readme.py" "$root/README.md" first.py promised.txt
run first.py > printed.txt
diff promised.txt printed.txt

# The first test in the documentation: five lines in an otherwise empty project.
mkdir project
awk '/^```py$/ {on = 1; next} /^```$/ {if (on) exit} on' "$root/docs/howto/testing.md" \
  > project/test_orders.py
[[ $(wc -l < project/test_orders.py) == 5 ]]
(cd project && ../venv/bin/python -I -W error -m pytest -q -p no:cacheprovider) | tee tested.txt
grep -q '^1 passed' tested.txt

# A session at a shell.
install "$wheel[cli,emulator]"
mkdir shell
(cd shell && env -i HOME="$work" PATH="$work/venv/bin:$PATH" TERM=xterm LANG=C.UTF-8 "$here/shell.sh")

echo "wheel: complete; the README's first block, the documentation's first test and a session at a shell work as documented"
