"""Readers of single settings: (key, value) -> checked value, or ConfigError that names the setting."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from .analytics.intervals import Interval
from .config_errors import Collector
from .errors import ConfigError
from .model import Pair
from .transport import MOST_PROCESSES, TRANSPORTS
from .transport.addresses import unix_path
from .units import SECOND

LOG_LEVELS = ("debug", "info", "warning", "error")
MAX_PAIRS = 200
_SHM_NAME = re.compile(r"[A-Za-z0-9_-]{0,64}")
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63}){0,9}")
MAX_INTERVALS = 24
MAX_WINDOWS = 8
MAX_WINDOW = 3600.0
LONGEST_SOCKET = 107
"""Bytes of the path of a Unix socket (unix(7))."""
WEEK = 7 * 86400

T = TypeVar("T")


def each(values: Sequence[Any], read: Callable[[Any], T]) -> list[T]:
    """What is read of every element. Raises ConfigErrors, each with the number of its element."""
    found = Collector()
    made = [found.attempt((number,), partial(read, value)) for number, value in enumerate(values)]
    found.done()
    return cast("list[T]", made)


def pairs(key: str, value: Any) -> tuple[Pair, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f'{key} was not a list such as ["BTC/USDT"]')
    pairs = tuple(dict.fromkeys(each(value, Pair.parse)))
    by_fold: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        if by_fold.setdefault(pair.folded, pair) != pair:
            raise ConfigError(f"{key}: {by_fold[pair.folded]} and {pair} differ in case alone, name one of them")
    if len(pairs) > MAX_PAIRS:
        raise ConfigError(f"{key}: one process serves at most {MAX_PAIRS} pairs, were {len(pairs)}")
    return pairs


def whole(least: int, most: int) -> Any:
    def read(key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ConfigError(f"{key} was {value!r}, must be a whole number from {least} to {most}")
        return value

    return read


def seconds(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.1 <= value <= 86400:
        raise ConfigError(f"{key} was {value!r}, must be seconds from 0.1 to 86400")
    return float(value)


def rate(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.1 <= value <= 1000:
        raise ConfigError(f"{key} was {value!r}, must be a number per second from 0.1 to 1000")
    return float(value)


def dust(key: str, value: Any) -> Decimal:
    try:
        dust = Decimal(str(value))
    except InvalidOperation:
        raise ConfigError(f"{key} was {value!r}, must be a size in base units such as 0.001") from None
    if not dust.is_finite() or dust < 0 or abs(dust.adjusted()) > 18:
        raise ConfigError(f"{key} was {value!r}, must be a size of at least 0 in base units")
    return dust.normalize()


def flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{key} was {value!r}, must be true or false")
    return value


def text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key} was not text")
    return value


def host(key: str, value: Any) -> str:
    found = text(key, value)
    name = unix_path(found)
    if name is not None and (not name.is_absolute() or len(str(name).encode()) > LONGEST_SOCKET):
        raise ConfigError(f"{key} was {found!r}, must be unix:/PATH with at most {LONGEST_SOCKET} bytes of path")
    return found


def http_host(key: str, value: Any) -> str:
    """An address or a name; HTTP has no Unix socket."""
    found = host(key, value)
    if unix_path(found) is not None:
        raise ConfigError(f"{key} was {found!r}, must be an address such as 127.0.0.1, or localhost")
    return found


def host_names(key: str, value: Any) -> tuple[str, ...]:
    """Names of this server, without a port."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f'{key} was not a list such as ["books.example.com"]')
    for name in value:
        if not _HOST_NAME.fullmatch(name):
            raise ConfigError(f"{key}: {name!r:.80} was no name such as books.example.com")
    return tuple(value)


def age(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value == 0 or 1 <= value <= WEEK):
        raise ConfigError(f"{key} was {value!r}, must be seconds from 1 to {WEEK}, or 0 for never")
    return float(value)


def kept(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value == 0 or 0.01 <= value <= 1e6):
        raise ConfigError(f"{key} was {value!r}, must be a number from 0.01 to 1000000, or 0 to keep all")
    return float(value)


def log_level(key: str, value: Any) -> str:
    return one_of(key, str(value).lower(), LOG_LEVELS)


def transport(key: str, value: Any) -> str:
    return one_of(key, text(key, value), TRANSPORTS)


def serve_processes(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_PROCESSES:
        raise ConfigError(f"{key} was {value!r}, must be 0 to {MOST_PROCESSES}")
    return value


def http_processes(key: str, value: Any) -> int:
    if isinstance(value, bool) or value not in (0, 1):
        raise ConfigError(
            f"{key} was {value!r:.80}, must be 0 (a thread of the server serves HTTP) or 1 (a process does)"
        )
    return int(value)


def shm_name(key: str, value: Any) -> str:
    """Empty, or a name that is a part of a file's name."""
    if not isinstance(value, str) or not _SHM_NAME.fullmatch(value):
        raise ConfigError(f"{key} was {value!r:.80}, must be a name of 1 to 64 letters, digits, - and _")
    return value


def path(key: str, value: Any) -> Path:
    return Path(text(key, value)).expanduser()


def one_of(key: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ConfigError(f"{key} was {value!r}, must be one of {', '.join(filter(None, known))}")
    return value


def never_or_seconds(key: str, value: float) -> float:
    if not (value >= 0 and math.isfinite(value)):
        raise ConfigError(f"{key} was not a number of seconds, or 0 for never")
    return value


def url(key: str, value: str, schemes: Sequence[str]) -> str:
    if not value:
        return value
    try:
        parts = urlsplit(value)
        valid = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        shown = value.rpartition("@")[2] if "://" not in value else value
        raise ConfigError(f"{key} was {shown!r}, must be an address such as {schemes[0]}://host:port")
    return value


def intervals(key: str, value: Any) -> tuple[Interval, ...]:
    """Lengths of candles, shortest first."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f'{key} was not a list such as ["1m", "1h"]')
    if not 1 <= len(value) <= MAX_INTERVALS:
        raise ConfigError(f"{key}: a server keeps candles of 1 to {MAX_INTERVALS} lengths, were {len(value)}")
    found = {interval.name: interval for interval in each(value, Interval.parse)}
    return tuple(sorted(found.values(), key=lambda interval: interval.longest))


def windows(key: str, value: Any) -> tuple[int, ...]:
    """Seconds of averages, as nanoseconds, shortest first."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not 1 <= len(value) <= MAX_WINDOWS:
        raise ConfigError(f"{key} was not a list of 1 to {MAX_WINDOWS} numbers of seconds, such as [30, 60]")
    found = {int(length * SECOND) for length in each(value, partial(seconds, key))}
    if max(found) > MAX_WINDOW * SECOND:
        raise ConfigError(f"{key}: at most {MAX_WINDOW:g} seconds are averaged")
    return tuple(sorted(found))


def fraction(key: str, value: Any) -> Decimal:
    """A part of a whole, such as a fee of 0.001; text or number. Negative is a rebate."""
    try:
        part = Decimal(str(value))
    except InvalidOperation:
        part = Decimal("NaN")
    if isinstance(value, bool) or not part.is_finite() or abs(part) >= 1 or part != round(part, 8):
        raise ConfigError(f"{key} was {value!r}, must be a part such as 0.001 for 0.1 %, with at most 8 decimals")
    return part


def fractions(key: str, value: Any) -> dict[str, Decimal]:
    """Parts by name, such as fees by tier."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{key} was not a table such as {{ vip1 = 0.0009 }}")
    found, parts = Collector(), {}
    for name, part in value.items():
        parts[str(name)] = found.attempt((name,), partial(fraction, f"{key}.{name}", part))
    found.done()
    return cast("dict[str, Decimal]", parts)
