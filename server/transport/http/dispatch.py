"""What a request is answered with, and the table of those who know. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

from ...api.calls import Opened
from .framing import Framing
from .http_errors import plain_error
from .http_message import HttpAnswer, HttpRequest


class StreamCall(NamedTuple):
    """A stream that a request opens."""

    name: str
    """The name of the call, for the log."""
    open: Callable[[], Opened]
    """Finds the channel; raises RequestError. Called on a thread that makes answers."""
    framing: Framing


Make = Callable[[], HttpAnswer]
"""Makes an answer on another thread; raises RequestError."""
Found = HttpAnswer | Make | StreamCall
"""An answer that is here already, one that has to be made, or a stream."""
Find = Callable[[HttpRequest], Found | None]
"""What a request of an admitted client is answered with; None: these calls have no such path."""


def find(table: Sequence[Find], request: HttpRequest) -> Found:
    """What the first of the table has for a request; none of them: 404."""
    for each in table:
        found = each(request)
        if found is not None:
            return found
    return plain_error(HTTPStatus.NOT_FOUND, "not_found", "there is nothing at this path")
