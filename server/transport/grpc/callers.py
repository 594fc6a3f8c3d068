"""Who makes a call of grpcio's server."""

from __future__ import annotations

import grpc

from ...quotas import ANYBODY, Peer, caller
from ..peers import peer


def who(context: grpc.ServicerContext) -> Peer:
    """The peer of this call: the identity under which it was admitted, or the other end of its connection."""
    admitted = caller.get()
    return peer(context.peer()) if admitted is ANYBODY else admitted
