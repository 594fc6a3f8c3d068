#!/bin/sh
# Fails when the checked-in code of the contract is not what its .proto files generate.
# $1: a Python; the old generator needs one of 3.8 to 3.12, and the check is skipped, aloud, where there is none.
set -eu
cd "$(dirname "$0")/.."
for python in "$1" python3.12 python3.11 python3.10; do
    if "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))' 2>/dev/null; then
        before=$(git ls-files -s proto; cat proto/onebook/*/*_pb2*.py* | cksum)
        GENPROTO_PYTHON=$python scripts/genproto.sh >/dev/null
        after=$(git ls-files -s proto; cat proto/onebook/*/*_pb2*.py* | cksum)
        [ "$before" = "$after" ] || { echo "proto/: the generated code was stale; it has been regenerated" >&2; exit 1; }
        exit 0
    fi
done
echo "proto-check skipped: the generator of the oldest supported runtime needs Python 3.12 or older"
