"""The books that a stream of books begins with."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from onebook.v1.market_data_pb2 import StreamBookResponse

from .. import clock
from ..history.errors import HistoryError
from ..history.merged_books import MergedBooks
from ..model import Pair
from ..publish.past_channel import PastError, PastMessage
from .history import History
from .past_messages import book_message


class PastBooks:
    """See publish.past_channel.Past. StreamVenueBookResponse is the same on the wire."""

    LATE: int = 0
    conflates = True

    def __init__(
        self, history: History, pair: Pair, venues: Sequence[str], levels: int, start: int, epoch: int
    ) -> None:
        """`start`: nanoseconds UTC."""
        self._market, self._venues, self._levels, self._epoch = str(pair), venues, levels, epoch
        self._books = MergedBooks(history.store, pair.base, pair.quote, venues)
        self._next = start

    def begin(self) -> list[bytes]:
        """Nothing: each book says that it is of the past."""
        return []

    def read(self, limit: int) -> list[PastMessage]:
        """Books, one per second."""
        try:
            found = self._books.between(self._next, clock.time_ns() + 1, limit)
        except HistoryError as error:
            raise PastError(f"the history cannot be read now: {error.trouble.value}") from error
        if found:
            self._next = found[-1].time + 1
        messages = []
        for book in found:
            made = book_message(book, self._market, self._epoch, self._levels, self._venues, {}, book.time)
            messages.append(PastMessage(book.time, book.time, StreamBookResponse(book=made).SerializeToString()))
        return messages

    def settle(self) -> bool:
        """A state that is missing is replaced by the next one."""
        return True

    def unsettled(self) -> list[bytes]:
        """Nothing can be missing."""
        return []

    def key_of(self, payload: bytes) -> Hashable | None:  # noqa: ARG002 - each live state is a new one
        """No live book is one of the past."""
        return None
