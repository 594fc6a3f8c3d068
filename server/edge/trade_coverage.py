"""For which times the trades of one venue are all received, by one ingester or another. Pure: times are given."""

from __future__ import annotations

from typing import NamedTuple

from .book_follower import SILENT, SOURCES


class Change(NamedTuple):
    """Coverage begins or ends."""

    complete: bool
    at: int
    """Nanoseconds UTC, by the ingesters' clocks."""
    epoch: int = 0
    """Whose trades go on after times of which no ingester has all trades; 0: there are no such times."""


class _Span:
    """The times from `since` to `last` are covered by one epoch."""

    def __init__(self, since: int, now: int) -> None:
        self.since = self.last = since
        self.heard = now
        self.receiving = True


class TradeCoverage:
    """Joins the times of all epochs. Nothing is missing where an epoch began before another one ended."""

    def __init__(self) -> None:
        self._spans: dict[int, _Span] = {}
        self._covered = False
        self._reach = 0
        """Up to this time all is covered since the last hole; 0: nothing was covered yet."""

    @property
    def broken(self) -> bool:
        """Trades were covered once, and no ingester is known to receive all of them now."""
        return bool(self._reach) and not self._covered

    def note(self, epoch: int, published: int, receiving: bool, now: int) -> list[Change]:
        """A record of this epoch says whether its ingester receives all trades."""
        span = self._spans.get(epoch)
        if receiving and (span is None or not span.receiving):
            self._forget()
            self._spans[epoch] = _Span(published, now)
        elif span is not None:
            span.receiving = receiving
            span.heard = now
            if receiving:
                span.last = max(span.last, published)
        return self.tick(now)

    def interrupt(self, epoch: int, at: int) -> None:
        """Trades of this epoch are missing: what it covers begins anew."""
        span = self._spans.get(epoch)
        if span is not None:
            span.since = max(span.since, at)
            span.last = max(span.last, at)

    def end(self, epoch: int) -> None:
        """The ingester is gone, as far as another one's records tell."""
        span = self._spans.get(epoch)
        if span is not None:
            span.heard = -SILENT

    def covers(self, at: int, now: int, besides: int) -> bool:
        """Whether an ingester other than `besides` received all trades from `at` on."""
        return any(span.since <= at for epoch, span in self._active(now) if epoch != besides)

    def tick(self, now: int) -> list[Change]:
        """What has changed."""
        active = self._active(now)
        changes: list[Change] = []
        if self._covered:
            joined = [span for _, span in active if span.since <= self._reach]
            if joined:
                self._reach = max(self._reach, *(span.last for span in joined))
                return changes
            self._covered = False
            changes.append(Change(False, self._reach))
        if active:
            epoch, first = min(active, key=lambda each: each[1].since)
            hole = bool(self._reach) and first.since > self._reach
            changes.append(Change(True, max(first.since, self._reach), epoch if hole else 0))
            self._covered, self._reach = True, max(self._reach, first.last)
        return changes

    def _active(self, now: int) -> list[tuple[int, _Span]]:
        return [
            (epoch, span) for epoch, span in self._spans.items() if span.receiving and now - span.heard < SILENT
        ]  # fmt: skip

    def _forget(self) -> None:
        """The spans of long ago, so that restarts of ingesters leave nothing behind."""
        if len(self._spans) >= SOURCES:
            oldest = min(self._spans, key=lambda epoch: self._spans[epoch].heard)
            del self._spans[oldest]
