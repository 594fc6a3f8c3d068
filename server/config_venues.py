"""Settings of single venues: their tables in the configuration, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, cast

from . import config_readers as readers
from .config_errors import Collector
from .errors import ConfigError
from .protocol.venue import Endpoint, Venue
from .suggestions import did_you_mean
from .venues import VENUES


@dataclass(frozen=True, slots=True)
class VenueConfig:
    """How one venue is read."""

    ws: str = ""
    rest: str = ""
    endpoint: str = ""
    book: str = ""
    proxy: str = ""
    audit: float = 600.0
    checks: bool = True
    taker_fee: Decimal = Decimal(0)
    """Part of the notional."""
    taker_fees: Mapping[str, Decimal] = field(default_factory=dict)
    """The same by tier."""

    def addresses(self, venue: type[Venue]) -> Endpoint:
        """The named endpoint with the overrides over it. Raises ConfigError for a venue that no longer exists."""
        known = venue.ENDPOINTS
        base = known[self.endpoint] if self.endpoint else next(iter(known.values()), Endpoint("", ""))
        ws, rest = self.ws or base.ws, self.rest or base.rest
        if not ws or not rest:
            raise ConfigError(f"{venue.TITLE} is gone: it is read from recordings, or from addresses that you give")
        return Endpoint(ws, rest)


_VENUE_KEYS: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("ws", "rest", "endpoint", "book", "proxy"), ((str,), "text")),
    **dict.fromkeys(("enabled", "checks"), ((bool,), "true or false")),
    "audit": ((int, float), "a number of seconds"),
    "taker_fee": ((int, float, str), "a part such as 0.001"),
    "taker_fees": ((Mapping,), "a table of parts by tier"),
}


_VENUE_READERS: dict[str, Callable[[str, Any, type[Venue]], Any]] = {
    "audit": lambda key, value, _venue: readers.never_or_seconds(key, value),
    "endpoint": lambda key, value, venue: readers.one_of(key, value, ("", *venue.ENDPOINTS)),
    "book": lambda key, value, venue: readers.one_of(key, value, ("", *venue.BOOK_MODES)),
    "ws": lambda key, value, _venue: readers.url(key, value, ("ws", "wss")),
    "rest": lambda key, value, _venue: readers.url(key, value, ("http", "https")),
    "proxy": lambda key, value, _venue: readers.url(key, value, ("http", "https", "socks4", "socks5", "socks5h")),
    "taker_fee": lambda key, value, _venue: readers.fraction(key, value),
    "taker_fees": lambda key, value, _venue: readers.fractions(key, value),
}


def venue_names(key: str, value: Any) -> tuple[str, ...]:
    """The venues of a list, each once. Raises ConfigErrors."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ConfigError(f"{key} was not a list of venue names")
    return tuple(dict.fromkeys(readers.each(value, lambda name: venue_name(str(name)))))


def venue_tables(key: str, value: Any) -> dict[str, Any]:
    """Copies of the venues' tables as they were given. Raises ConfigError where there is no table of them."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{key} was not a table of each venue's settings; a list of names is called use_venues")
    return {name: dict(table) if isinstance(table, Mapping) else table for name, table in value.items()}


def venue_settings(name: str, values: Mapping[str, Any]) -> VenueConfig:
    """The checked settings of one venue. Raises ConfigErrors."""
    where, found = f"venues.{name}", Collector()
    checked: dict[str, Any] = {}
    for key, value in values.items():
        checked[key] = found.attempt((key,), partial(_venue_value, name, where, key, value))
    found.done()
    checked.pop("enabled", None)
    return VenueConfig(**checked)


def _venue_value(name: str, where: str, key: str, value: Any) -> Any:
    if key not in _VENUE_KEYS:
        raise ConfigError(f"unknown setting {where}.{key}{did_you_mean(key, list(_VENUE_KEYS))}", key=True)
    if not isinstance(value, _VENUE_KEYS[key][0]) or (isinstance(value, bool) and key == "audit"):
        raise ConfigError(f"{where}.{key} was not {_VENUE_KEYS[key][1]}")
    return _VENUE_READERS[key](f"{where}.{key}", value, VENUES[name]) if key in _VENUE_READERS else value


def venue_name(name: str) -> str:
    """A known venue's name. Raises ConfigError with the nearest name."""
    if name not in VENUES:
        hint = did_you_mean(name, list(VENUES)) or f"; there are {', '.join(VENUES)}"
        raise ConfigError(f"unknown venue {name!r}{hint}")
    return name


def venues(key: str, value: Any) -> dict[str, VenueConfig]:
    """The checked settings of all venues that have a table. Raises ConfigErrors."""
    tables, found = venue_tables(key, value), Collector()
    checked = {name: found.attempt((name,), partial(_venue, key, name, table)) for name, table in tables.items()}
    found.done()
    return cast("dict[str, VenueConfig]", checked)


def _venue(key: str, name: str, table: Any) -> VenueConfig:
    try:
        venue_name(name)
    except ConfigError as error:
        raise ConfigError(str(error), key=True) from error
    if not isinstance(table, Mapping):
        raise ConfigError(f"{key}.{name} was not a table")
    return venue_settings(name, table)
