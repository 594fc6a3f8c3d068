"""The requests of one connection that the venue has not answered, in the order in which they were sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..protocol.stream_request import StreamRequest


class OpenRequests:
    """Finds the request of an answer: by the streams that it names, by the number that it repeats, or by order."""

    def __init__(self) -> None:
        self._unsent: set[str] = set()
        """Streams whose request waits to be sent."""
        self._sent: list[tuple[StreamRequest, set[str]]] = []
        """With the streams that no answer has named."""

    def clear(self) -> None:
        """The connection has ended."""
        self._unsent.clear()
        self._sent.clear()

    def wanted(self, requests: Iterable[StreamRequest]) -> None:
        """These requests wait to be sent."""
        self._unsent.update(stream for request in requests for stream in request.streams)

    def sent(self, request: StreamRequest) -> None:
        """This request has left."""
        self._unsent.difference_update(request.streams)
        if request.streams:
            self._sent.append((request, set(request.streams)))

    def waits(self, stream: str) -> bool:
        """Whether a request for this stream waits to be sent."""
        return stream in self._unsent

    def forget(self, stream: str) -> None:
        """The answer for this stream does not count any more."""
        for _, waiting in self._sent:
            waiting.discard(stream)
        self._tidy()

    def answered(self, streams: Sequence[str], number: str) -> Sequence[str]:
        """The streams that an answer concerns. An answer without streams and number belongs to the oldest request."""
        found = list(streams) or self._of(number)
        for stream in found:
            for _, waiting in self._sent:
                waiting.discard(stream)
        self._tidy()
        return found

    def _of(self, number: str) -> list[str]:
        for request, waiting in self._sent:
            if not number or request.number == number:
                return [stream for stream in request.streams if stream in waiting]
        return []

    def _tidy(self) -> None:
        self._sent = [(request, waiting) for request, waiting in self._sent if waiting]
