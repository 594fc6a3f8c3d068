"""How a call of grpcio's server ends with an error of ours."""

from __future__ import annotations

from typing import NoReturn

import grpc
from grpc_status import rpc_status

from ...request_errors import RequestError
from ..status import proto


def packed(error: RequestError) -> grpc.Status:
    """The error as gRPC sends it."""
    return rpc_status.to_status(proto(error))


def abort(context: grpc.ServicerContext, error: RequestError) -> NoReturn:
    """Ends the call with this error."""
    context.abort_with_status(packed(error))
    raise AssertionError("abort_with_status() returned")
