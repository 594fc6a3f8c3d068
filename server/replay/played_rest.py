"""A venue's REST service as a recording has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPMessage

from .. import clock
from ..errors import RefusedError, ThrottledError, UnreachableError, UnrecordedError
from ..network.budget import WeightBudget
from ..network.dial import Deadline
from ..network.http_stream import Answer
from ..network.proxies import Proxy
from ..network.rest_client import RestClient
from ..protocol.rest_request import RestRequest
from ..protocol.venue import Limits
from ..units import SECOND
from .errands import Errands

PATIENCE = 120 * SECOND
"""Nanoseconds of the recording that a request waits for its answer: live requests may have waited for their budget."""
UNLIMITED = 1 << 40


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or why there was none."""

    status: int = 0
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    error: str = ""
    error_class: str = ""
    retry_after: float = 0.0
    """Seconds for which the venue, or its budget, was not to be asked."""

    def raise_error(self) -> None:
        """Raises the error of a request without an answer, as it was raised live."""
        if self.error_class == ThrottledError.__name__:
            raise ThrottledError(self.error, self.retry_after)
        if self.error_class == RefusedError.__name__:
            raise RefusedError(self.error)
        if self.error:
            raise UnreachableError(self.error)


class PlayedRest(RestClient):
    """Answers requests with the recording's next answer to the same request. Belongs to errands."""

    def __init__(self, venue: str, base: str, limits: Limits, errands: Errands[Reply], *, late: bool = False) -> None:
        """`late`: the replay begins within the recording: answers of before are passed over, and are not missed."""
        super().__init__(base, limits, budget=WeightBudget(UNLIMITED, 1.0, clock=clock.monotonic))
        self.copies: list[PlayedRest] = []
        """Services of connections beside the recorded ones: each of them has the same answers."""
        self._venue = venue
        self._errands = errands
        self._late = late

    def answered(self, method: str, path: str, reply: Reply) -> None:
        """An answer of the recording."""
        self._errands.answer((self._venue, method, path), reply)
        for copy in self.copies:
            copy.answered(method, path, reply)

    def _ask(self, request: RestRequest, proxy: Proxy | None, deadline: Deadline) -> Answer:  # noqa: ARG002
        reply = self._errands.ask((self._venue, request.method, request.path), PATIENCE)
        if reply is None:
            lost = not (self._late or self._errands.stopped)
            raise UnrecordedError(f"the recording has no answer to {request.path:.80}", lost=lost)
        reply.raise_error()
        headers = HTTPMessage()
        for name, value in (reply.headers or {}).items():
            headers[name] = value
        return Answer(reply.status, headers, reply.body)
