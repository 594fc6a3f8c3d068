#!/bin/sh
# Regenerates the Python code and stubs of the contract, in place.
#
# Generated with the oldest tools we support: code made by newer ones refuses older protobuf runtimes, not the other
# way round. They need Python 3.12 or older, hence an environment of their own.
set -eu
cd "$(dirname "$0")/.."
venv=${GENPROTO_VENV:-build/genproto-venv}
python=${GENPROTO_PYTHON:-python3}
if [ ! -x "$venv/bin/protoc-gen-mypy" ]; then
    "$python" -m venv "$venv"
    "$venv/bin/pip" install -q "grpcio-tools==1.62.3" "mypy-protobuf==3.6.0" "setuptools<81"
fi
PATH="$PWD/$venv/bin:$PATH"
python -m grpc_tools.protoc -Iproto --python_out=proto --grpc_python_out=proto --mypy_out=proto --mypy_grpc_out=proto \
    proto/onebook/v1/*.proto proto/onebook/compat/*.proto
# A file without a service has an empty grpc module.
rm -f proto/onebook/v1/types_pb2_grpc.py* proto/onebook/v1/reference_pb2_grpc.py*
