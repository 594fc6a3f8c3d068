"""Faults: what can go wrong at a venue, how it is written, and when it is on.

A fault is written `VENUE:KIND[@AT][:key=value,...]`, for example `*:drop@5s:every=20,for=10s`, or as a [[fault]]
table of a TOML file with the keys venue, kind, at and the same others. VENUE may be `*`, all venues. `at`, `for` and
`repeat` count simulated seconds (market steps / rate) from the start; without `at` a fault is on at once. Without
`for`, a window lasts 5 s and a frame fault hits one frame, or all it is asked to by every, probability and count.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOR_EVER = float("inf")
CORRUPTIONS = ("truncate", "garbage", "bytes", "binary", "types", "negative", "digits")
REST_CORRUPTIONS = ("truncate", "garbage", "html", "empty")
SCOPES = ("rest", "ws", "both", "subscribe")
FRAMES = ("book", "trade", "ticker", "interest")


class FaultError(ValueError):
    """A fault that cannot be understood; the text is one clear line."""


@dataclass(frozen=True)
class Kind:
    """One kind of fault: its meaning, the keys it takes, and whether it is a moment, a window or hits frames."""

    about: str
    style: str  # frames: hits single frames; window: is on for a while; moment: happens once
    keys: frozenset[str]


def _kind(style: str, keys: str, about: str) -> Kind:
    common = {
        "frames": "for repeat pair stream frames every probability count",
        "window": "for repeat",
        "moment": "repeat",
    }
    return Kind(about, style, frozenset((keys + " " + common[style]).split()))


KINDS: dict[str, Kind] = {
    "drop": _kind("frames", "", "frames are lost"),
    "lose": _kind("frames", "", "book updates are skipped, so that sequence numbers jump"),
    "duplicate": _kind("frames", "", "frames are sent twice"),
    "reorder": _kind("frames", "", "a frame is sent after the next frame of its stream"),
    "corrupt": _kind("frames", "mode", "frames are spoiled; mode: " + " ".join(CORRUPTIONS)),
    "oversize": _kind("frames", "size", "frames are padded to `size` bytes"),
    "ghost": _kind(
        "frames",
        "distance",
        "book updates name a bid that the true book does not have, `distance` basis points below the best bid if the "
        "stream reaches that far; checksums stay true",
    ),
    "vanish": _kind("frames", "distance", "a change `distance` basis points or more from the mid is left out"),
    "checksum": _kind("frames", "", "frames carry a wrong checksum; their book is right"),
    "trade_gap": _kind("frames", "", "a trade is missing in the streams; ids continue"),
    "calm": _kind("window", "pair", "nothing happens in the venue's book"),
    "drift": _kind(
        "window",
        "pair distance",
        "the venue's prices move `distance` basis points above the other venues' prices, then back",
    ),
    "silence": _kind("window", "pair frames", "connections stay open; nothing is sent"),
    "mute": _kind("window", "pair frames", "streams are accepted and never sent; nothing is counted as lost"),
    "stall": _kind("window", "pair", "frames are held back and sent at the end"),
    "crossed": _kind("window", "pair ticks", "the venue's true book is crossed"),
    "stale": _kind("window", "pair age", "REST books are older than the streams (frozen, or `age` old)"),
    "skew": _kind("window", "shift", "the venue's clock is off by `shift`"),
    "http": _kind(
        "window", "status retry_after on pair", "requests get HTTP errors, such as 429, 503 or 451, or 400 for a `pair`"
    ),
    "rest_garbage": _kind("window", "mode", "spoiled REST answers; mode: " + " ".join(REST_CORRUPTIONS)),
    "slow_rest": _kind("window", "delay", "REST answers take `delay`"),
    "slow_handshake": _kind("window", "delay", "websocket handshakes take `delay`"),
    "refuse": _kind(
        "window",
        "on pair frames",
        "new connections are reset; with on=subscribe, subscriptions of `pair` are refused instead",
    ),
    "disconnect": _kind("moment", "code reason", "connections are closed with a close frame"),
    "cut": _kind("moment", "", "connections are cut without a close frame"),
    "notice": _kind("moment", "code", "clients are asked to reconnect, with a `code` of the venue if it has several"),
    "restart": _kind("moment", "", "the venue's service starts anew: books are sent again, counters restart"),
}
ALIASES = {"request_reconnect": "notice", "servershutdown": "notice", "server_shutdown": "notice"}


@dataclass(frozen=True)
class Fault:
    """One fault. Times are seconds; `at` None means now. Only the keys of its kind have a meaning."""

    venue: str
    kind: str
    at: float | None = None
    duration: float | None = None
    repeat: float | None = None
    pair: str | None = None
    stream: str | None = None
    every: int = 1
    probability: float | None = None
    count: int | None = None
    frames: str | None = None
    mode: str | None = None
    size: int = 16 * 1024 * 1024 + 1
    ticks: int = 3
    distance: float | None = None
    age: float | None = None
    shift: float = -5.0
    status: int = 429
    retry_after: int | None = None
    on: str | None = None
    delay: float = 2.0
    code: int = 1001
    reason: str = ""

    def __post_init__(self) -> None:
        kind = ALIASES.get(self.kind.lower(), self.kind)
        object.__setattr__(self, "kind", kind)
        if kind not in KINDS:
            raise FaultError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        self._check_values()

    def _check_values(self) -> None:
        modes = {"corrupt": CORRUPTIONS, "rest_garbage": REST_CORRUPTIONS}.get(self.kind)
        if self.mode is not None and modes is not None and self.mode not in modes:
            raise FaultError(f"fault {self.kind}: mode must be one of {', '.join(modes)}; given {self.mode!r}")
        if self.on is not None and self.on not in SCOPES:
            raise FaultError(f"fault {self.kind}: on must be {', '.join(SCOPES)}; given {self.on!r}")
        if self.on == "subscribe" and (self.kind != "refuse" or self.pair is None):
            raise FaultError("only a refuse of one pair can be on=subscribe")
        if self.frames is not None and self.frames not in FRAMES:
            raise FaultError(f"fault {self.kind}: frames must be one of {', '.join(FRAMES)}; given {self.frames!r}")
        if self.every < 1 or (self.count is not None and self.count < 1):
            raise FaultError(f"fault {self.kind}: every and count must be at least 1")
        if self.probability is not None and not 0 < self.probability <= 1:
            raise FaultError(f"fault {self.kind}: probability must be above 0 and at most 1")
        if self.distance is not None and not 0 <= self.distance < 10_000:
            raise FaultError(f"fault {self.kind}: distance must be 0 or more and below 10000 basis points")
        if self.repeat is not None and self.repeat <= 0:
            raise FaultError(f"fault {self.kind}: repeat must be above 0")
        if self.kind == "http" and not (400 <= self.status <= 599):
            raise FaultError(f"fault http: status must be 400 to 599; given {self.status}")

    @property
    def lasts(self) -> float:
        """Seconds the fault stays on; a moment lasts 0."""
        style = KINDS[self.kind].style
        if style == "moment":
            return 0.0
        if self.duration is not None:
            return self.duration
        return 5.0 if style == "window" else FOR_EVER

    @property
    def away(self) -> float:
        """Basis points: from the touch, where changes vanish and ghosts stand; from other venues, where one drifts."""
        if self.distance is None:
            return 50.0 if self.kind in ("vanish", "drift") else 0.0
        return self.distance

    @property
    def budget(self) -> int | None:
        """Frames it may hit; without any of for, every, probability and count it hits one."""
        free = self.duration is None and self.every == 1 and self.probability is None
        return 1 if self.count is None and free else self.count


def parse_duration(text: str) -> float:
    """Seconds of "5s", "500ms", "2m", "1h", "-3s" or a bare number of seconds."""
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)(ms|s|m|h)?", text.strip())
    if match is None:
        raise FaultError(f"not a duration: {text!r} (write 500ms, 5s, 2m)")
    return float(match[1]) * {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}[match[2]]


def parse_fault(spec: str) -> Fault:
    """Read `VENUE:KIND[@AT][:key=value,...]`. Raises FaultError."""
    venue, colon, rest = spec.strip().partition(":")
    head, _, arguments = rest.partition(":")
    kind, at, moment = head.partition("@")
    if not (venue and colon and kind) or (at and not moment):
        raise FaultError(f"a fault is written VENUE:KIND[@AT][:key=value,...]; given {spec!r}")
    values: dict[str, str] = {"at": moment} if moment else {}
    for argument in filter(None, arguments.split(",")):
        key, equals, value = argument.partition("=")
        if not equals or not value:
            raise FaultError(f"fault {spec!r}: {argument!r} is not key=value")
        values[key.strip()] = value.strip()
    return make_fault(venue, kind, values)


def make_fault(venue: str, kind: str, values: Mapping[str, Any]) -> Fault:
    """A fault of loosely typed values (text of a command line, a query or TOML). Raises FaultError."""
    kind = ALIASES.get(kind.lower(), kind)
    known = KINDS.get(kind)
    if known is None:
        raise FaultError(f"unknown fault {kind!r}; known: {', '.join(KINDS)}")
    for key in values:
        if key != "at" and key not in known.keys:
            raise FaultError(f"fault {kind}: unknown key {key!r}; it takes {', '.join(sorted(known.keys))}")
    named = {"duration" if key == "for" else key: _value(kind, key, value) for key, value in values.items()}
    return Fault(venue, kind, **named)


def load_faults(path: str) -> list[Fault]:
    """Read the [[fault]] tables of a TOML file. Raises FaultError."""
    try:
        with Path(path).open("rb") as file:
            tables = tomllib.load(file).get("fault", [])
    except OSError as error:
        raise FaultError(f"cannot read {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise FaultError(f"{path} is not TOML: {error}") from error
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise FaultError(f"{path}: faults are written as [[fault]] tables")
    faults = []
    for table in tables:
        rest = {key: value for key, value in table.items() if key not in ("venue", "kind")}
        if not isinstance(table.get("venue"), str) or not isinstance(table.get("kind"), str):
            raise FaultError(f"{path}: every [[fault]] needs a venue and a kind")
        faults.append(make_fault(table["venue"], table["kind"], rest))
    return faults


def _value(kind: str, key: str, value: Any) -> Any:
    text = str(value)
    if key in ("at", "for", "repeat", "age", "shift", "delay"):
        seconds = parse_duration(text)
        if seconds < 0 and key != "shift":
            raise FaultError(f"fault {kind}: {key} must not be negative")
        return seconds
    if key in ("pair", "stream", "frames", "mode", "on", "reason"):
        return text.upper() if key == "pair" else text
    try:
        return float(text) if key in ("probability", "distance") else int(text)
    except ValueError:
        raise FaultError(f"fault {kind}: {key} must be a number; given {text!r}") from None
