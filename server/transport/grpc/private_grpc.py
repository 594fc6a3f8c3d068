"""The private names of grpcio that push streams and the receiver of calls need: all of them here, probed at import.

Where one is missing, `AVAILABLE` is False: streams and calls then have a thread each, on public API. The names were the
same from grpcio 1.60 to 1.85.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any

from ...logs import about

log = logging.getLogger(__name__)

try:
    from grpc import _server

    cygrpc: Any = import_module("grpc._cython.cygrpc")
    SEND_TOKEN: Any = _server._SEND_MESSAGE_TOKEN
    SEND_FIRST_TOKEN: Any = _server._SEND_INITIAL_METADATA_AND_SEND_MESSAGE_TOKEN
    RECEIVE_TOKEN: Any = _server._RECEIVE_MESSAGE_TOKEN
    CANCELLED: Any = _server._CANCELLED
    CODES: Any = cygrpc.StatusCode
    finish: Any = _server._possibly_finish_call
    """Takes a token off a call; returns what the serving thread's callback has to return. The call's lock is held."""
    abort: Any = _server._abort
    """Starts sending a status. The call's lock is held."""
    answer: Any = _server._status
    """Starts sending the only message of a call, and its status."""
    behave: Any = _server._call_behavior
    """Runs a handler; its exception or abort becomes the call's status."""
    request_of: Any = _server._serialized_request
    """The bytes in the event of a receive operation; None where no message came."""
    is_active: Any = _server._is_rpc_state_active
    metadata_operation: Any = _server._get_initial_metadata_operation
    send_operation: Any = cygrpc.SendMessageOperation
    receive_operation: Any = cygrpc.ReceiveMessageOperation
    AVAILABLE = True
except (ImportError, AttributeError) as missing:  # pragma: no cover - depends on the grpcio installed
    words = "grpcio lacks what push needs (%s): one thread per stream instead"
    log.info(words, missing, extra=about("no_push"))
    AVAILABLE = False
