#!/bin/sh
# Builds the wheel, installs it in a clean environment outside of the checkout, imports every module of it, and runs the
# examples against it. $1: a Python that has `build`.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
case $1 in */*) python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;; *) python=$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The environment has what the build needs; that pyproject.toml says so is seen below, where pip builds by itself.
(cd "$root" && BUILD_EXTENSION=yes "$python" -m build --no-isolation --quiet --outdir "$work/dist" . \
    >"$work/build.log" 2>&1) || { cat "$work/build.log" >&2; exit 1; }
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check -c "$root/constraints.txt" "$work"/dist/*.whl
cd "$work"
"$work/venv/bin/python" "$root/scripts/import_everything.py"
"$work/venv/bin/python" "$root/scripts/run_examples.py" "$root/examples"

# Without a compiler it must install all the same: a bot author needs the client only. What it depends on is there.
CC=/bin/false CXX=/bin/false "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --force-reinstall --no-deps "$work"/dist/*.tar.gz
"$work/venv/bin/python" -c "
import onebook.client, orderbook_ext
assert orderbook_ext.IMPLEMENTATION == 'python', orderbook_ext.IMPLEMENTATION
print('without a compiler: the client imports, the book runs in Python')"
