"""The boundary of the calls: a failure inside a call becomes a documented error, and a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import DecodeError

from orderbook_ext import BookError

from ..logs import about
from ..printable import printable
from ..repeats import Repeats
from ..request_errors import RequestError, internal, invalid, unavailable
from .calls import Parse

log = logging.getLogger(__name__)

T = TypeVar("T")


class Guard:
    """The guard of one server's calls. Thread-safe."""

    def __init__(self) -> None:
        self._repeats = Repeats()

    def call(self, name: str, body: Callable[[], T]) -> T:
        """The body's result. Raises RequestError, and nothing else."""
        try:
            return body()
        except RequestError:
            raise
        except BookError as error:
            raise unavailable(f"the books cannot be read now: {error}") from error
        except Exception as error:
            self._say(name, error)
            raise internal(f"{name} failed inside of the server, see its log ({type(error).__name__})") from error

    def _say(self, name: str, error: Exception) -> None:
        left_out = self._repeats.admit(f"{name} {type(error).__name__}")
        if left_out is not None:
            words = printable(repr(error))
            text = "%s failed: %s (%d more lines were left out)"
            log.error(text, name, words, left_out, exc_info=error, extra=about("defect"))


def parsed(parse: Parse, request: bytes) -> Any:
    """The request from its bytes. Raises RequestError."""
    try:
        return parse(request)
    except DecodeError as error:
        raise invalid("request", f"is no message of this call: {error}") from error
