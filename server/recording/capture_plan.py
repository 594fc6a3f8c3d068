"""Which venue a capture is of, and which instruments and streams: so that a replay finds what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlsplit

from ..errors import ConfigError, VenueError
from ..feed.discovery import find
from ..feed.feed_options import FeedOptions
from ..feed.socket_plan import Member, SocketPlan, plan_sockets
from ..model import Instrument, Pair
from ..protocol.venue import Endpoint, Venue
from ..suggestions import did_you_mean
from ..venues import VENUES
from .capture_files import ANSWERED, RECEIVED, Line

UNKNOWN_STEP = Decimal("1e-8")


@dataclass
class CapturePlan:
    """What the lines of a capture show, with what the user has named."""

    venue: Venue | None
    """None: no venue of onebook has these addresses."""
    instruments: list[Instrument] = field(default_factory=list)
    websocket: str = ""
    """The address of the websocket that carries the instruments."""
    rest: str = ""
    first_time: int = 0

    @property
    def name(self) -> str:
        """The venue's name, or the host."""
        return (
            self.venue.NAME if self.venue is not None else urlsplit(self.websocket or self.rest).hostname or "unknown"
        )

    @property
    def options(self) -> FeedOptions:
        """How the venue would have been read."""
        book = self.venue.BOOK_MODES[0] if self.venue is not None else ""
        return FeedOptions(Endpoint(_base(self.websocket), _base(self.rest)), book=book, audit=0.0)

    @property
    def sockets(self) -> SocketPlan:
        """All instruments and streams, on one connection."""
        if self.venue is None:
            return SocketPlan(())
        options = self.options
        plans = plan_sockets(self.venue, self.instruments, options.book, options.levels, options.checks)
        merged: dict[Pair, Member] = {}
        for member in (member for plan in plans for member in plan.members):
            known = merged.get(member.instrument.pair)
            merged[member.instrument.pair] = member if known is None else _joined(known, member)
        return SocketPlan(tuple(merged.values()))


def plan_of(lines: Iterable[Line], name: str, pairs: Sequence[str]) -> CapturePlan:
    """The plan of a capture; `name` is a venue, or empty: by the addresses. `pairs` are BASE/QUOTE or
    BASE/QUOTE=SYMBOL; without any, the listed pairs whose symbols the messages have. Raises ConfigError."""
    found = CapturePlan(_named(name) if name else None)
    listed: list[Instrument] = []
    traffic: dict[str, int] = {}
    seen: set[bytes] = set()
    for line in lines:
        found.first_time = found.first_time or line.time
        if found.venue is None and not name:
            found.venue = _by_host(line.address)
        if line.kind == ANSWERED:
            found.rest = found.rest or line.address
            listed += _listed(found.venue, line)
        elif line.kind == RECEIVED:
            traffic[line.address] = traffic.get(line.address, 0) + 1
            seen.update(_words(line.body))
    found.websocket = _carrier(found.venue, traffic)
    found.instruments = _instruments(found.name, listed, pairs, seen)
    return found


def _named(name: str) -> Venue:
    if name not in VENUES:
        raise ConfigError(f"onebook knows no venue {name!r}{did_you_mean(name, list(VENUES))}")
    return VENUES[name]()


def _by_host(address: str) -> Venue | None:
    """The first venue that has this very host in an address."""
    host = urlsplit(address).hostname
    for venue in VENUES.values():
        endpoints = (part for each in venue.ENDPOINTS.values() for part in (each.ws, each.rest))
        if host and host in {urlsplit(part).hostname for part in endpoints}:
            return venue()
    return None


def _carrier(venue: Venue | None, traffic: dict[str, int]) -> str:
    """The websocket's address: of the venue's own path, else the one with most messages."""
    if venue is not None:
        known = tuple(endpoint.ws for endpoint in venue.ENDPOINTS.values())
        own = {address: count for address, count in traffic.items() if address.startswith(known)}
        traffic = own or traffic
    return max(traffic, key=lambda address: traffic[address], default="")


def _listed(venue: Venue | None, line: Line) -> list[Instrument]:
    """The instruments of an answer, if it is a venue's list of pairs."""
    if venue is None or urlsplit(venue.discovery().path).path not in urlsplit(line.address).path:
        return []
    try:
        return list(venue.instruments(line.body))
    except VenueError:
        return []  # A list of something else, at the same path.


def _instruments(venue: str, listed: Sequence[Instrument], pairs: Sequence[str], seen: set[bytes]) -> list[Instrument]:
    if not pairs:
        return [each for each in listed if each.symbol.upper().encode() in seen]
    found = []
    for text in pairs:
        name, _equals, symbol = text.partition("=")
        pair = Pair.parse(name)
        instrument = find(venue, listed, [pair])[0].instrument
        if instrument is None:
            symbol = symbol or f"{pair.base}{pair.quote}"
            instrument = Instrument(pair, symbol, UNKNOWN_STEP, UNKNOWN_STEP, "", trading=True)
        found.append(instrument)
    return found


def _words(body: bytes) -> set[bytes]:
    """What stands in quotes, and its parts: symbols are among them."""
    quoted = set(body[:4096].upper().split(b'"')[1::2])
    return quoted | {word.partition(b"@")[0] for word in quoted}


def _joined(first: Member, second: Member) -> Member:
    others = (*first.others, *(each for each in second.others if each not in first.others))
    return Member(first.instrument, first.book or second.book, first.trade or second.trade, others)


def _base(address: str) -> str:
    """Scheme and host of an address, without credentials."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
