"""StateCheck: recorded digests are held against the replay's books, whichever comes first."""

from __future__ import annotations

from orderbook_ext import BookLock, BookStatus, OrderBook
from recording.bodies import BookState
from server.replay.state_check import SHOWN, StateCheck


class Rig:
    def __init__(self) -> None:
        self.lock = BookLock()
        self.entry, self.book = BookStatus("v", self.lock), OrderBook(0, 0, lock=self.lock)
        self.book.load([("9", "1")], [("10", "1")])
        self.entry.book, self.entry.state = self.book, 3
        self.check = StateCheck()
        self.check.follow("A/B", {"v": self.entry})

    def frame(self, sequence: int) -> str:
        """A frame of the replay; returns its digest."""
        self.book.apply([("9", str(sequence))], [])
        self.entry.stamp(0, 0, 0, sequence)
        return f"{self.entry.digest()[1]:016x}"

    def state(self, sequence: int, digest: str, venue: str = "v") -> BookState:
        return BookState("A/B", venue, sequence, digest, 77)

    def counts(self) -> tuple[int, int, int]:
        return self.check.equal, self.check.different, self.check.missed


def test_a_book_at_the_recorded_sequence_number_is_compared() -> None:
    rig = Rig()
    digest = rig.frame(5)
    rig.check.recorded([rig.state(5, digest)])
    assert rig.counts() == (1, 0, 0)
    rig.check.recorded([rig.state(5, "0" * 16)])
    assert rig.counts() == (1, 1, 0)
    assert str(rig.check.first[0]) == f"A/B on v at 5: {digest}, and live {'0' * 16}"


def test_what_is_before_the_begin_does_not_count() -> None:
    rig, other = Rig(), Rig()
    digest = rig.frame(5)
    rig.check.begin(78)
    rig.check.recorded([rig.state(5, digest)])
    rig.check.settle(last=True)
    assert rig.counts() == (0, 0, 0)
    other.frame(5)
    other.check.begin(77)
    assert rig.frame(6) == other.frame(6)
    other.check.recorded([other.state(6, rig.frame(6))])
    assert other.counts() == (1, 0, 0)
    (chain,) = other.check.chains.values()
    assert chain.read()[1] == 1, "frames before are not in the chain"


def test_a_replay_that_is_ahead_remembers() -> None:
    rig = Rig()
    digests = {sequence: rig.frame(sequence) for sequence in range(1, 6)}
    rig.check.recorded([rig.state(2, digests[2]), rig.state(4, digests[3])])
    assert rig.counts() == (1, 1, 0)


def test_a_replay_that_is_behind_compares_later() -> None:
    rig = Rig()
    other = Rig()
    rig.check.recorded([rig.state(7, other.frame(7))])
    assert rig.counts() == (0, 0, 0)
    rig.frame(7)
    rig.check.settle()
    assert rig.counts() == (1, 0, 0)


def test_what_the_replay_never_had_is_counted() -> None:
    rig = Rig()
    rig.frame(3)
    rig.check.recorded([rig.state(2, "00"), rig.state(9, "00"), rig.state(3, "00", venue="unknown")])
    rig.check.settle()
    assert rig.counts() == (0, 0, 2), "the ninth may still come"
    rig.check.settle(last=True)
    assert rig.counts() == (0, 0, 3)


def test_only_the_first_differences_are_kept() -> None:
    rig = Rig()
    rig.frame(1)
    rig.check.recorded([rig.state(1, f"{number:016x}") for number in range(SHOWN + 5)])
    assert rig.check.different == SHOWN + 5
    assert len(rig.check.first) == SHOWN
