"""How a venue writes depth frames: parameters of the decoder, so that a new venue needs no new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_COLUMNS = 16
MAX_KEYS = 32
MAX_ROWS = 1 << 18
"""Rows of one frame at most, both sides together."""
MAX_WORDS = 8
ROW_FIELDS = ("price", "size", "side", "number", "count")
TIME_FORMATS = ("integer", "seconds", "iso")
# Names of FrameShape's key roles; the first three name levels, those from first_id on are numbers.
KEY_ROLES = (
    "bids", "asks", "changes", "route", "snapshot", "first_id", "last_id", "previous_id", "time", "checksum",
)  # fmt: skip
LEVEL_ROLES = KEY_ROLES[:3]
NUMBER_ROLES = KEY_ROLES[5:]

Place = int | str | None
"""Where a field of a row is: a column of an array, or a key of an object; None: rows have no such field."""


@dataclass(frozen=True, kw_only=True)
class RowShape:
    """Where a level's row has its fields: columns (0..15) if rows are arrays, keys if they are objects.

    `side` holds a word that names the side; `number` is the row's own sequence number (a shorter row counts); `count`
    is a number of orders, and 0 of them delete the level. With `signed` the size's sign is the side: asks are negative.
    With `skip_zero_price` rows of price 0 say nothing. Other columns and keys are ignored. Raises ValueError.
    """

    price: Place = 0
    size: Place = 1
    side: Place = None
    number: Place = None
    count: Place = None
    signed: bool = False
    skip_zero_price: bool = False

    def __post_init__(self) -> None:
        places = [place for place in self.places.values() if place is not None]
        if len({type(place) for place in places}) != 1 or self.price is None or self.size is None:
            raise ValueError("a row has its price, its size and the rest in columns, or all of them under keys")
        if len(set(places)) != len(places):
            raise ValueError("two fields of a row cannot have one place")
        for place in places:
            if isinstance(place, int) and not 0 <= place < MAX_COLUMNS:
                raise ValueError(f"columns lie in 0..{MAX_COLUMNS - 1}")
            if isinstance(place, str):
                key_names("a field of a row", (place,))

    @property
    def places(self) -> dict[str, Place]:
        """Every field's place by its name."""
        return {name: getattr(self, name) for name in ROW_FIELDS}


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Frames that are arrays: where the route (a number or text) and the rows stand, and which numbers follow the rows.

    The element at `rows` is an array of rows, which is a snapshot, or one row. `tail` names roles of FrameShape.
    """

    route: int = 0
    rows: int = 1
    tail: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tail", tuple(self.tail))
        if not 0 <= self.route < self.rows < 8 or len(self.tail) > 4 or not set(self.tail) <= set(NUMBER_ROLES):
            raise ValueError("positions: the route stands before the rows, and at most four numbers behind them")


@dataclass(frozen=True, kw_only=True)
class FrameShape:
    """How a venue writes depth frames.

    `bids` to `checksum` name JSON keys by their paths: ".data.b" is the key b of the object under data in the frame, or
    of an object in an array there; ".b" is a key of the frame itself; a name without a point in front of it counts
    wherever it stands. Of several names the first listed one that occurs wins. What stands twice at its place, and
    levels of one side under two names, are ambiguous: that is no frame of the shape. Rows of levels are under `bids`
    and `asks` (`rows` tells their fields) or under `changes`, where each names its side (`change_rows`, by
    `bid_words` and `ask_words`). `route` is the key whose text names the stream. ids, time and checksum are integers,
    quoted or bare; the time may also be "seconds" with a fraction or "iso" text, and is then in nanoseconds. A frame is
    a snapshot if the value under a `snapshot` key is one of `snapshot_words` (text, or true; "*" is any value). At
    least one key of levels must occur. With `positions` frames are arrays instead, and only `change_rows` applies.
    Raises ValueError for names that cannot be distinguished.
    """

    bids: Sequence[str] = ()
    asks: Sequence[str] = ()
    changes: Sequence[str] = ()
    route: Sequence[str] = ()
    snapshot: Sequence[str] = ()
    first_id: Sequence[str] = ()
    last_id: Sequence[str] = ()
    previous_id: Sequence[str] = ()
    time: Sequence[str] = ()
    checksum: Sequence[str] = ()
    rows: RowShape = RowShape()
    change_rows: RowShape = RowShape(side=0, price=1, size=2)
    bid_words: Sequence[str] = ("buy", "bid")
    ask_words: Sequence[str] = ("sell", "ask", "offer")
    snapshot_words: Sequence[str] = ("snapshot",)
    time_format: str = "integer"
    positions: Positions | None = None

    def __post_init__(self) -> None:
        for role in (*KEY_ROLES, "bid_words", "ask_words", "snapshot_words"):
            object.__setattr__(self, role, key_names(role, getattr(self, role)))
        self._check_keys()
        if self.time_format not in TIME_FORMATS:
            raise ValueError(f"time_format is one of {', '.join(TIME_FORMATS)}")
        if max(len(self.bid_words), len(self.ask_words), len(self.snapshot_words)) > MAX_WORDS:
            raise ValueError(f"at most {MAX_WORDS} words of one meaning")
        if (self.rows.side is not None) or self.rows.signed:
            raise ValueError("rows under bids and asks have no side of their own")
        if (self.changes or self.positions) and (self.change_rows.side is None) != self.change_rows.signed:
            raise ValueError("rows of changes name their side, or have it in the size's sign")

    def _check_keys(self) -> None:
        levels = [*self.bids, *self.asks, *self.changes]
        others = {name for role in KEY_ROLES[3:] for name in getattr(self, role)}
        if not levels and self.positions is None:
            raise ValueError("a frame shape needs names for bids or asks, or changes")
        if len(set(levels)) != len(levels) or others & set(levels):
            raise ValueError("a key of bids or asks has more than one meaning")
        names = others.union(levels)
        inside = {path[: end + 1] for name in names for path in (key_path(name)[0] or (),) for end in range(len(path))}
        if not inside.isdisjoint(map(_whole_path, names)):
            raise ValueError("a key has a meaning of its own, and names under it")
        if len(names) + len(inside) > MAX_KEYS:
            raise ValueError(f"a frame shape takes at most {MAX_KEYS} different keys, those of their paths included")


def key_names(role: str, names: Sequence[str]) -> tuple[str, ...]:
    """The names without repetitions; ValueError if one cannot be a plain JSON key."""
    if isinstance(names, str):
        raise TypeError(f"{role} is a sequence of key names, not one string")
    for name in names:
        path, key = key_path(name)
        for part in (*(path or ()), key):
            if not 0 < len(part.encode()) < 64 or not part.isprintable() or '"' in part or "\\" in part:
                raise ValueError(f"{role}: {name!r} cannot be a key name")
    return tuple(dict.fromkeys(names))


def key_path(name: str) -> tuple[tuple[str, ...] | None, str]:
    """The keys on the way to a name's place, and its own key; None for one that counts wherever it stands."""
    if not name.startswith("."):
        return None, name
    *path, key = name[1:].split(".")
    return tuple(path), key


def _whole_path(name: str) -> tuple[str, ...]:
    path, key = key_path(name)
    return (*(path or ()), key)
