#!/bin/sh
# Checks the contract: the checked-in code is what the .proto files generate, and buf's rules hold since the first commit.
# $1: a Python; the generator of the oldest supported runtime needs one of 3.8 to 3.12. What cannot run is skipped, aloud.
set -eu
cd "$(dirname "$0")/.."

generated() { cat proto/onebook/*/*_pb2*.py* | cksum; }

check_generated() {
    for python in "$1" python3.12 python3.11 python3.10; do
        if "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))' 2>/dev/null; then
            before=$(generated)
            GENPROTO_PYTHON=$python scripts/genproto.sh >/dev/null 2>&1
            [ "$before" = "$(generated)" ] && return
            echo "proto/: the generated code was stale; it has been regenerated" >&2
            exit 1
        fi
    done
    echo "proto: generation not checked, it needs Python 3.12 or older"
}

check_rules() {
    buf="npx --yes --package=@bufbuild/buf@1.75.0 -- buf"
    if ! $buf --version >/dev/null 2>&1; then
        echo "proto: buf's rules not checked, npx could not run it"
        return
    fi
    $buf lint
    $buf breaking proto --against ".git#ref=$(git rev-list --max-parents=0 HEAD | tail -n 1),subdir=proto"
}

check_generated "$1"
check_rules
