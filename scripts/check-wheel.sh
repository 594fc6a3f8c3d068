#!/bin/sh
# Builds the wheel, installs it in a clean environment outside of the checkout: first the core, which must have grpcio and
# protobuf and nothing else, then all of it, imports every module, and runs the examples. $1: a Python that has `build`.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
case $1 in */*) python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;; *) python=$1 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install() {
    "$work/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check -c "$root/constraints.txt" "$@"
}

# It is imported and tried, and measured by nobody: a compiler that does not optimise takes a fifth of the time.
CFLAGS=${CFLAGS:--O0} "$root/scripts/build-wheel.sh" "$python" "$work/dist"
"$python" -m venv "$work/venv"
cd "$work"

# What a bot author installs: the client. All else says which extra it needs.
install "$(echo "$work"/dist/*.whl)"
"$work/venv/bin/python" "$root/scripts/check_core.py"

install "$(echo "$work"/dist/*.whl)[all,parquet,postgres,mariadb,http,kafka]"
"$work/venv/bin/python" "$root/scripts/import_everything.py"
"$work/venv/bin/python" -c "
from onebook.server.page.page_files import page_files
files = page_files()
assert any('/vendor/' in path for path in files), sorted(files)
print(f'the page: {len(files)} files')"
"$work/venv/bin/python" "$root/scripts/run_examples.py" "$root/examples"

# Without a compiler it must install all the same: a bot author needs the client only. What it depends on is there.
CC=/bin/false CXX=/bin/false install --force-reinstall --no-deps "$work"/dist/*.tar.gz
"$work/venv/bin/python" -c "
import onebook.client, onebook.shm, orderbook_ext
from onebook.recording import ring_access
assert ring_access.IMPLEMENTATION == 'python', ring_access.IMPLEMENTATION
assert onebook.shm.IMPLEMENTATION == 'python', onebook.shm.IMPLEMENTATION
assert orderbook_ext.IMPLEMENTATION == 'python', orderbook_ext.IMPLEMENTATION
print('without a compiler: the client imports, the book runs in Python')"
