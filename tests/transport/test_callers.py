"""Who makes a call: the identity under which it was admitted, else the other end of the connection."""

from __future__ import annotations

from typing import Any

from server.quotas import Peer, caller
from server.transport.grpc.callers import who


class Context:
    """What gRPC gives to a handler."""

    def peer(self) -> str:
        return "ipv4:10.0.0.9:51234"


def test_without_an_identity_it_is_the_other_end() -> None:
    context: Any = Context()
    found = who(context)
    assert (found.connection, found.address, found.token) == ("ipv4:10.0.0.9:51234", "10.0.0.9", "")


def test_who_was_admitted_is_known() -> None:
    context: Any = Context()
    admitted = Peer("ipv4:10.0.0.9:51234", "10.0.0.9", token="a desk")
    mark = caller.set(admitted)
    try:
        assert who(context) is admitted
    finally:
        caller.reset(mark)
