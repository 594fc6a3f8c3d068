"""Pieces of text for people: times, lengths of time, numbers that fit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal

from rich.text import Text

from .message_parts import VenueQuality
from .times import SECOND


def market_name(typed: str) -> str:
    """A market, or an asset, as it was meant: typed without a capital letter it is in capitals, else as it is spelled.

    The server finds the exact spelling first, then one that differs in case alone.
    """
    return typed.upper() if typed.isascii() and typed == typed.lower() else typed


def clock(nanos: int) -> str:
    """Date and time of day, UTC, to the millisecond."""
    if not nanos:
        return "unknown time"
    return f"{moment(nanos)}.{nanos % SECOND // 1_000_000:03d}"


def moment(nanos: int) -> str:
    """Date and time of day, UTC, to the second."""
    return f"{datetime.fromtimestamp(nanos // SECOND, timezone.utc):%Y-%m-%d %H:%M:%S}"


def time_of_day(nanos: int, seconds: bool = True) -> str:
    """Hours, minutes and, if wanted, seconds, UTC."""
    when = datetime.fromtimestamp(nanos // SECOND, timezone.utc)
    return f"{when:%H:%M:%S}" if seconds else f"{when:%H:%M}"


def length(nanos: int) -> str:
    """A length of time as it is written in settings: 30s, 5m, 1h."""
    for unit, name in ((3600 * SECOND, "h"), (60 * SECOND, "m")):
        if nanos and nanos % unit == 0:
            return f"{nanos // unit}{name}"
    return f"{Decimal(nanos) / SECOND:f}s"


def number(value: Decimal | None, digits: int = 0) -> str:
    """A number with thousands set apart, shortened to `digits` significant ones (0 is all); None is none."""
    if value is None:
        return "none"
    if digits and value:
        value = shorten(value, digits)
    return f"{value:,f}"


def shorten(value: Decimal, digits: int) -> Decimal:
    """The value rounded to so many significant digits, but never before the decimal point."""
    places = max(digits - value.adjusted() - 1, 0)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= places:
        return value
    return value.quantize(Decimal((0, (1,), -places)), ROUND_HALF_EVEN, Context(prec=200))


def whole(value: Decimal | None) -> str:
    """A size as a person would write it: no zeros at the end; None is none."""
    if value is None:
        return "none"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_dropped(line: Text, dropped: int) -> Text:
    """The line, which says if events were dropped before it."""
    if dropped:
        line.append(f"  ({dropped:,} dropped before this one)", style="yellow")
    return line


def withdrawn(venues: Iterable[VenueQuality[Decimal]]) -> list[Text]:
    """A line with the venues that are not live and their states; none where all are."""
    gone = [f"{each.name} {each.state.name.lower().replace('_', ' ')}" for each in venues if not each.live]
    return [Text(f"   without {', '.join(gone)}", style="yellow")] if gone else []
