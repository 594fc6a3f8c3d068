"""What can be seen of a session after each thing that happens to it, equal whichever lane frames took.

    python -m tests.connection.lane_trace RECORDS CAPTURE...

prints a hash of them for each capture: run with and without ONEBOOK_PURE=1 both implementations are compared.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from server.backoff import Backoff
from server.book.synchronizer import BookSynchronizer
from server.connection.session import Session

Seen = tuple[object, ...]
LOOK_AT_LEVELS = 20
"""Every so many lines all levels are looked at; in between, the best ten."""


def book_line(sync: BookSynchronizer, whole: bool) -> Seen:
    """One book and its entry, as text, and its levels: scaled integers."""
    entry, book = sync.entry, sync.book
    counts = entry.resyncs, entry.gaps, entry.checksums_verified, entry.checksum_failures, entry.audit
    times = entry.exchange_time, entry.receive_time, entry.receive_monotonic, entry.sequence, sync.proved.rule.position
    state = int(entry.state), entry.detail, entry.unverified, sync.spoke, sync.shows_gaps
    extent = book.version, book.whole, book.counts(), book.price_decimals, book.known(50)
    return repr((state, counts, times, extent)), book.best(), book.levels() if whole else book.top(10)


def session_lines(session: Session, effects: Any, number: int) -> Iterator[Seen]:
    """The effects that were asked for, and every book."""
    if effects:
        yield (effects_line(effects),)
    for sync in session.syncs:
        yield book_line(sync, number % LOOK_AT_LEVELS == 0)


def effects_line(effects: Any) -> str:
    """Effects without the objects in them, whose names differ from run to run."""
    return " ".join(
        f"{type(effect).__name__} {getattr(effect, 'text', '')} {getattr(effect, 'reason', '')} "
        f"{getattr(effect, 'audit', '')} {getattr(effect, 'stream', '')}"
        for effect in effects
    )


def without_lane(patch: Callable[[object, str, object], None]) -> None:
    """No book is ever left to the fast lane."""
    patch(BookSynchronizer, "settle", lambda _self: None)


def _middle(pauses: Backoff) -> float:
    ceiling: float = min(pauses._cap, pauses._first * 2.0 ** min(pauses.attempts, 32))  # noqa: SLF001 - the pause that is drawn has this limit
    pauses.attempts += 1
    return 0.75 * ceiling


def without_chance(patch: Callable[[object, str, object], None]) -> None:
    """Pauses between attempts are as long in every run."""
    patch(Backoff, "next", _middle)


def capture_lines(capture: str, records: int) -> Iterator[Seen]:
    """A capture as it is replayed, line by line; the last line says how many frames the fast lane took."""
    from tests.golden.test_books import golden, recorded, replay_of

    replay = replay_of(capture, list(golden(capture)))
    seen: list[Any] = []
    do = replay.do
    replay.do = lambda effects: seen.extend(effects) or do(effects)  # type: ignore[method-assign, func-returns-value]
    for number in islice(replay.run(recorded(capture)), records):
        yield from session_lines(replay.session, seen, number)
        seen.clear()
    yield "taken", replay.session.lane.taken


def digests(captures: Iterable[str], records: int) -> Iterator[str]:
    """A line for each capture: its name, and a hash of what is seen."""
    for capture in captures:
        digest = hashlib.sha256()
        for line in capture_lines(capture, records):
            digest.update(repr(line).encode())
        yield f"{capture} {digest.hexdigest()}"


def main() -> None:
    without_chance(setattr)
    print("\n".join(digests(sys.argv[2:], int(sys.argv[1]))))


if __name__ == "__main__":
    main()
