"""Numbers as people read them: durations, shares, sizes and times."""

from __future__ import annotations

from datetime import datetime, timezone

from ..units import SECOND

_MILLION = 1_000_000
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def duration(nanoseconds: int) -> str:
    """A duration with two or three digits that matter: `480 µs`, `3.1 s`, `6 h 2 min`."""
    if nanoseconds < 0:
        return f"-{duration(-nanoseconds)}"
    if nanoseconds < SECOND:
        return _short(nanoseconds)
    seconds = nanoseconds / SECOND
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole, 60, "min", "s")
    if whole < 86400:
        return _two(round(whole / 60), 60, "h", "min")
    return _two(round(whole / 3600), 24, "d", "h")


def _short(nanoseconds: int) -> str:
    """A duration of less than a second."""
    for unit, name in ((_MILLION, "ms"), (1000, "µs")):
        if nanoseconds >= unit:
            value = nanoseconds / unit
            return f"{value:.0f} {name}" if value >= 9.95 else f"{value:.1f} {name}"
    return f"{nanoseconds} ns"


def _two(count: int, per: int, large: str, small: str) -> str:
    whole, rest = divmod(count, per)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def percent(ppm: int, decimals: int = 2) -> str:
    """Millionths as a percentage, rounded down: only what is whole is `100 %`."""
    if ppm == _MILLION:
        return "100 %"
    unit = 10 ** (4 - decimals)
    return f"{ppm // unit / 10**decimals:.{decimals}f} %"


def size(count: int) -> str:
    """A number of bytes with a unit of powers of ten."""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{count:,} bytes" if unit == 0 else f"{value:.3g} {_UNITS[unit]}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """A count and its noun: `no gaps`, `1 gap`, `2 gaps`."""
    return f"{count:,} {noun}" if count == 1 else f"{f'{count:,}' if count else 'no'} {plural or noun + 's'}"


def moment(time: int, *, date: bool = True) -> str:
    """Nanoseconds UTC as `2026-11-29 10:02:03.456`, or without the date."""
    seconds, rest = divmod(time, SECOND)
    try:
        when = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return f"{time} ns"
    return f"{when:%Y-%m-%d %H:%M:%S}"[0 if date else 11 :] + f".{rest // _MILLION:03d}"
