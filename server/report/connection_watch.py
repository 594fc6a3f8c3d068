"""One recorded connection during a replay: when it was open, and when it was not."""

from __future__ import annotations

from collections.abc import Sequence

from ..connection.connection_thread import STOPPED
from .book_watch import BookWatch
from .gap_report import Disconnect
from .report_window import ReportWindow


class ConnectionWatch:
    """A source of the recording. Times are nanoseconds UTC and never fall."""

    def __init__(self, number: int, books: Sequence[BookWatch], window: ReportWindow) -> None:
        """`books`: those that the connection carries."""
        self.books = books
        self.opened_count = 0
        """Openings within the window."""
        self.disconnects: list[Disconnect] = []
        self._number, self._window = number, window
        self._closed: tuple[int, str] | None = None

    def opened(self, now: int) -> None:
        """The connection is open."""
        self.opened_count += now >= self._window.begin
        self._end(now, reopened=True)

    def closed(self, now: int, reason: str) -> None:
        """The connection has ended; no disconnect if the server wanted its end."""
        if reason != STOPPED and self._closed is None:
            self._closed = now, reason

    def finish(self, now: int) -> None:
        """Nothing more is recorded of the connection."""
        self._end(now, reopened=False)

    def _end(self, now: int, *, reopened: bool) -> None:
        if self._closed is None:
            return
        (since, reason), self._closed = self._closed, None
        begin, end = self._window.clipped(since, now)
        if end > begin or since >= self._window.begin:
            found = Disconnect(begin, end, reopened, self._number, len(self.books), reason)
            self.disconnects.append(found)
