#!/bin/sh
# Writes what is installed, with versions and hashes, for every Python and platform that the project supports:
# locks/run.txt (the demo), locks/test.txt (everything), and constraints.txt, the same versions for a plain pip.
# Versions stay as they are unless a package is named: scripts/lock.sh grpcio requests, or --upgrade for all.
set -eu
cd "$(dirname "$0")/.."
venv=${LOCK_VENV:-build/lock-venv}
if [ ! -x "$venv/bin/uv" ]; then
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "uv==0.13.9"
fi
upgrade=
for word in "$@"; do
    case $word in --upgrade) upgrade=--upgrade ;; *) upgrade="$upgrade --upgrade-package $word" ;; esac
done
compile() {
    output=$1
    shift
    # shellcheck disable=SC2086
    "$venv/bin/uv" pip compile pyproject.toml "$@" $upgrade --universal --python-version 3.10 --no-emit-index-url \
        --no-annotate --quiet --custom-compile-command scripts/lock.sh --output-file "$output"
}
compile constraints.txt --extra all --extra build --extra test --extra lint
cp constraints.txt locks/test.txt
compile locks/test.txt --generate-hashes --extra all --extra build --extra test --extra lint
cp constraints.txt locks/run.txt
compile locks/run.txt --generate-hashes --extra all --extra build
