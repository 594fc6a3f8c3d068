"""All answers of a venue's REST service, byte for byte, for a recorder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from .. import clock
from ..model import Receipt
from ..protocol.rest_request import RestRequest


class RestTap(Protocol):
    """Where the answers of one venue go. No call waits for the recorder."""

    def answered(self, request: RestRequest, status: int, headers: Mapping[str, str], body: bytes, at: Receipt) -> None:
        """An answer of any status."""

    def failed(self, request: RestRequest, error: Exception, at: Receipt) -> None:
        """There is no answer."""


class HeldRecord:
    """The record of one request, put when the outcome is used and not when it came: so that it stands between the very
    messages between which the session has used it. Belongs to one thread."""

    def __init__(self) -> None:
        self._put: Callable[[Receipt], None] | None = None

    def hold(self, put: Callable[[Receipt], None]) -> None:
        """Keeps a record until put()."""
        self._put = put

    def put(self, at: Receipt) -> None:
        """Puts the record, with this time; the second time does nothing."""
        held, self._put = self._put, None
        if held is not None:
            held(at)


def receipt() -> Receipt:
    """Now."""
    return Receipt(clock.time_ns(), clock.monotonic_ns())
