"""Asks a venue's history about trade streams that say nothing: does it have trades that the stream did not bring?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..model import Trade
from ..protocol.venue import TradeIds

# Seconds of silence before the first question; each further one comes after twice the time.
FIRST_QUESTION, LONGEST_PAUSE = 15.0, 300.0


@dataclass(slots=True)
class _Silence:
    count: int
    """Trades that had come when the stream fell silent."""
    pause: float
    ask_at: float
    newest: Trade | None = None
    """Newest trade of the venue's history at the last question."""


class TradeProbe:
    """Two questions prove a stream mute: the venue's newest trade is another one, and the stream brought nothing.

    No clock of the venue is needed for that. Times are monotonic seconds. Used by one thread at a time for each stream.
    """

    def __init__(self, ids: TradeIds, first: float = FIRST_QUESTION, longest: float = LONGEST_PAUSE) -> None:
        self._ids = ids
        self._first, self._longest = first, longest
        self._silences: dict[str, _Silence] = {}

    def is_due(self, stream: str, count: int, now: float) -> bool:
        """Whether to ask about a stream that has brought so many trades until now."""
        silence = self._silences.get(stream)
        if silence is None or silence.count != count:
            self._silences[stream] = _Silence(count, self._first, now + self._first)
            return False
        if now < silence.ask_at:
            return False
        silence.pause = min(self._longest, 2 * silence.pause)
        silence.ask_at = now + silence.pause
        return True

    def moved_on(self, stream: str, count: int, trades: Sequence[Trade]) -> Trade | None:
        """The venue's newest trade, if it is newer than at the last question and the stream is silent since."""
        silence = self._silences.get(stream)
        if silence is None or silence.count != count or not trades:
            return None
        newest = max(trades, key=self._key)
        before, silence.newest = silence.newest, newest
        return newest if before is not None and self._key(newest) > self._key(before) else None

    def forget(self, stream: str) -> None:
        """The stream begins anew."""
        self._silences.pop(stream, None)

    def _key(self, trade: Trade) -> int:
        return trade.exchange_time if self._ids is TradeIds.OPAQUE else trade.number
