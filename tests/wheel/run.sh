#!/usr/bin/env bash
# The wheel as its users get it: an empty folder, an empty environment, the README's first block.
# Usage: run.sh [WHEEL]; by default the one in dist/. PYTHON makes the environment.
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
install() { venv/bin/pip install --quiet --disable-pip-version-check -c "$root/constraints.txt" "$@"; }
run() { venv/bin/python -I -W error "$@"; }

# Without extras: loaded lazily, usable, and independent of the emulator.
install "$wheel"
run -c 'import ncloud_datastream, sys; assert "httpx" not in sys.modules'
run -c 'from ncloud_datastream import *; DataStream(Credentials("access", "secret")).close()'

install "$wheel[emulator]"
venv/bin/pip check --quiet --disable-pip-version-check
"$python" "$here/readme.py" "$root/README.md" first.py promised.txt
run first.py > printed.txt
diff promised.txt printed.txt
echo "wheel: complete, and the README's first block prints what it promises"
