"""Faults that a replay puts between a recorded venue and its books, and when each of them hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..errors import ConfigError
from ..model import Pair
from ..suggestions import did_you_mean
from ..units import SECOND

KINDS = {
    "drop": "a frame is lost",
    "duplicate": "a frame comes twice",
    "reorder": "a frame comes after the next frame of its book",
    "corrupt": "the second half of a frame is missing",
    "disconnect": "the connection ends, and comes back",
    "stall": "messages of the connection are held back, and come all at once",
}
"""The kinds and their meanings: those of the simulator's faults of the same names."""
MOST = 16
"""Faults of one venue that hit: each of them needs a connection of its own that can take over."""
_AT = 5.0
"""Seconds after the first frame at which a fault hits unless it says otherwise."""
_KEYS = ("at", "frame", "every", "count", "for", "pair")


@dataclass(frozen=True, slots=True)
class ReplayFault:
    """One --fault."""

    kind: str
    venue: str = ""
    """Empty: each venue."""
    pair: str = ""
    """BASE/QUOTE; empty: any."""
    at: float = 0.0
    """Seconds after the venue's first frame from which frames count."""
    first: int = 1
    """Number of the frame that is hit first."""
    every: int = 0
    """Frames from one that is hit to the next."""
    count: int = 1
    """How many frames are hit."""
    away: float = 1.0
    """Seconds after which the connection is well again, or for which messages are held back."""


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """One frame that was hit."""

    kind: str
    venue: str
    pair: str
    frame: int
    """Number of the frame among those that counted."""
    time: int
    """When the frame was received, nanoseconds UTC."""


def parse_fault(text: str) -> ReplayFault:
    """Reads KIND[:VENUE[:KEY=VALUE,...]]. Raises ConfigError."""
    kind, _, rest = text.partition(":")
    venue, _, keys = rest.partition(":")
    if kind not in KINDS:
        raise ConfigError(
            f"there is no fault {kind!r:.40}{did_you_mean(kind, list(KINDS))} (there are {', '.join(KINDS)})"
        )
    values: dict[str, str] = {}
    for each in filter(None, keys.split(",")):
        key, equals, value = each.partition("=")
        if key not in _KEYS or not equals or key in values:
            raise ConfigError(
                f"fault {text!r:.80}: {each!r:.40} was not one of {', '.join(_KEYS)}, each once, as KEY=VALUE"
            )
        values[key] = value
    if "at" in values and "frame" in values:
        raise ConfigError(f"fault {text!r:.80} has both at and frame")
    fault = ReplayFault(kind, "" if venue == "*" else venue)
    return _timed(fault, values, text)


def _timed(fault: ReplayFault, values: dict[str, str], text: str) -> ReplayFault:
    """The fault with what its keys say."""
    try:
        every = int(values.get("every", 0))
        count = int(values.get("count", 1))
        first = int(values.get("frame", every or 1))
        at = float(values.get("at", 0.0 if "frame" in values or every else _AT))
        away = float(values.get("for", 1.0))
        if min(every, count - 1, first - 1) < 0 or not 0 <= at < 1e9 or not 0 < away < 1e6:
            raise ValueError
    except ValueError:
        raise ConfigError(f"fault {text!r:.80} has a number that cannot be") from None
    if count > 1 and not every:
        raise ConfigError(f"fault {text!r:.80} has a count above 1, and every is missing")
    pair = str(Pair.parse(values["pair"])) if "pair" in values else ""
    return replace(fault, pair=pair, at=at, first=first, every=every, count=count, away=away)


def check_faults(faults: Sequence[ReplayFault], venues: Sequence[str], pairs: Sequence[str]) -> None:
    """Raises ConfigError for a venue or pair that is not played, and for more faults than a replay can heal."""
    for fault in faults:
        if fault.venue and fault.venue not in venues:
            raise ConfigError(f"no venue {fault.venue!r:.60} is played{did_you_mean(fault.venue, list(venues))}")
        if fault.pair and fault.pair not in pairs:
            raise ConfigError(f"no pair {fault.pair!r:.60} is played{did_you_mean(fault.pair, list(pairs))}")
    for venue in venues:
        count = sum(fault.count for fault in faults if fault.venue in ("", venue))
        if count > MOST:
            raise ConfigError(f"{count} faults of {venue} are too many: {MOST} can be healed")


@dataclass
class _Countdown:
    """When one fault hits a venue."""

    fault: ReplayFault
    seen: int = 0
    left: int = field(init=False)
    due: bool = False

    def __post_init__(self) -> None:
        self.left = self.fault.count

    def look(self, pair: str, since: int) -> None:
        """A frame came, so many nanoseconds after the first."""
        fault = self.fault
        if since < fault.at * SECOND or fault.pair not in ("", pair):
            return
        self.seen += 1
        ahead = self.seen - fault.first
        if self.left and (ahead == 0 or (ahead > 0 and fault.every and ahead % fault.every == 0)):
            self.due = True


class VenueFaults:
    """The faults of one venue. Only frames count that change a live book, of connections without the faults."""

    def __init__(self, venue: str, faults: Sequence[ReplayFault] = (), begin: int = 0) -> None:
        """Frames before `begin` (nanoseconds UTC) do not count."""
        self.injected: list[InjectedFault] = []
        """What was hit so far."""
        self._venue, self._begin = venue, begin
        self._countdowns = [_Countdown(fault) for fault in faults if fault.venue in ("", venue)]
        self._start: int | None = None

    @property
    def remaining(self) -> int:
        """Frames that are still to be hit."""
        return sum(each.left for each in self._countdowns)

    def hit(self, pair: str, time: int) -> ReplayFault | None:
        """The fault that hits this frame of a book, received at this time; others that are due hit the next frames."""
        if time < self._begin:
            return None
        if self._start is None:
            self._start = time
        for each in self._countdowns:
            each.look(pair, time - self._start)
        found = next((each for each in self._countdowns if each.due and each.fault.pair in ("", pair)), None)
        if found is None:
            return None
        found.due, found.left = False, found.left - 1
        self.injected.append(InjectedFault(found.fault.kind, self._venue, pair, found.seen, time))
        return found.fault
