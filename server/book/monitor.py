"""What speaks against a book, and the one signature of all that watches for it."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeVar

from orderbook_ext import OrderBook

from ..model import VenueState

Evidence = TypeVar("Evidence", contravariant=True)


class Fault(NamedTuple):
    """Why a book is not true any more."""

    state: VenueState
    """The state in which the book is withdrawn."""
    reason: str


class Monitor(Protocol[Evidence]):
    """Watches one book for one kind of contradiction. Times are monotonic nanoseconds. Not thread-safe."""

    @property
    def settled(self) -> bool:
        """Whether evidence that agrees with the book would change nothing here."""
        ...

    def judge(self, book: OrderBook, evidence: Evidence, now: int) -> Fault | None:
        """Takes evidence; the fault, once the evidence contradicts the book beyond what delays explain."""
        ...

    def restart(self) -> None:
        """The book begins anew."""
        ...
