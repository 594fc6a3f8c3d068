"""What the server is told to do: a TOML file, then command-line flags over it, checked once and then immutable."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import config_readers as readers
from .analytics.settings import AnalyticsSettings
from .api.tls import Tls
from .errors import ConfigError
from .model import Pair
from .protocol.venue import Endpoint, Venue
from .venues import DEFAULT_VENUES, VENUES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_LEVELS = 1000
MAX_BOOK_LEVELS = 5000


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
        """The named endpoint with the overrides over it. Raises ConfigError for a venue that is gone."""
        known = venue.ENDPOINTS
        base = known[self.endpoint] if self.endpoint else next(iter(known.values()), Endpoint("", ""))
        ws, rest = self.ws or base.ws, self.rest or base.rest
        if not ws or not rest:
            raise ConfigError(f"{venue.TITLE} is gone: it is read from recordings, or from addresses that you give")
        return Endpoint(ws, rest)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, checked."""

    pairs: tuple[Pair, ...]
    venues: tuple[str, ...] = DEFAULT_VENUES
    levels: int = 10
    dust: Decimal = Decimal(0)
    host: str = "127.0.0.1"
    port: int = 50052
    book_levels: int = 1000
    max_streams: int = 1000
    heartbeat: float = 5.0
    stall_limit: float = 120.0
    tls: Tls | None = None
    channelz: bool = False
    control: bool | None = None
    """Whether commands are taken; None is only where nobody but this machine can reach the port."""
    log_level: str = "info"
    log_json: bool = False
    venue: Mapping[str, VenueConfig] = field(default_factory=dict)
    analytics: AnalyticsSettings = field(default_factory=AnalyticsSettings)

    @property
    def takes_commands(self) -> bool:
        """Whether ControlService answers."""
        return self.loopback if self.control is None else self.control

    @property
    def loopback(self) -> bool:
        """Whether only programs of this machine can reach the port."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def of(self, venue: str) -> VenueConfig:
        """Settings of one venue."""
        return self.venue.get(venue, VenueConfig())


def read_file(path: Path) -> dict[str, Any]:
    """The settings in a TOML file. Raises ConfigError with the file's name."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"config {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"config {path}: {error}") from error


def build(settings: Mapping[str, Any]) -> Config:
    """Checks settings (keys as in the file) and makes them a Config. Raises ConfigError that names the setting."""
    unknown = [key for key in settings if key not in _READERS]
    if unknown:
        raise ConfigError(f"unknown setting {unknown[0]!r}{readers.did_you_mean(unknown[0], list(_READERS))}")
    if not settings.get("pairs"):
        raise ConfigError("no pair was given: use --base BTC --quote USDT, or --pair BTC/USDT")
    values = {key: _READERS[key](key, value) for key, value in settings.items()}
    tls = _tls(values.pop("tls_cert", None), values.pop("tls_key", None), values.pop("tls_client_ca", None))
    venue = values.pop("venues", {})
    venues = _used(values.pop("use_venues", None), _enabled(settings))
    analytics = {name: values.pop(key) for key, name in _ANALYTICS_KEYS.items() if key in values}
    fees = _taker_fees(analytics.get("fee_tier", ""), venue)
    return Config(
        tls=tls, venue=venue, venues=venues, analytics=AnalyticsSettings(taker_fees=fees, **analytics), **values
    )


_VENUE_KEYS: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("ws", "rest", "endpoint", "book", "proxy"), ((str,), "text")),
    **dict.fromkeys(("enabled", "checks"), ((bool,), "true or false")),
    "audit": ((int, float), "a number of seconds"),
    "taker_fee": ((int, float, str), "a part such as 0.001"),
    "taker_fees": ((Mapping,), "a table of parts by tier"),
}


def venue_names(key: str, value: Any) -> tuple[str, ...]:
    """The venues of a list, each once. Raises ConfigError."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ConfigError(f"{key} was not a list of venue names")
    return tuple(dict.fromkeys(venue_name(str(name)) for name in value))


def venue_tables(key: str, value: Any) -> dict[str, dict[str, Any]]:
    """The tables of venues' settings as they were given. Raises ConfigError where they are none."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{key} was not a table of each venue's settings; a list of names is called use_venues")
    for name, table in value.items():
        if not isinstance(table, Mapping):
            raise ConfigError(f"{key}.{name} was not a table")
    return {name: dict(table) for name, table in value.items()}


def venue_settings(name: str, values: Mapping[str, Any]) -> VenueConfig:
    """The checked settings of one venue. Raises ConfigError."""
    where = f"venues.{name}"
    for key, value in values.items():
        if key not in _VENUE_KEYS:
            raise ConfigError(f"unknown setting {where}.{key}{readers.did_you_mean(key, list(_VENUE_KEYS))}")
        if not isinstance(value, _VENUE_KEYS[key][0]) or (isinstance(value, bool) and key == "audit"):
            raise ConfigError(f"{where}.{key} was not {_VENUE_KEYS[key][1]}")
    if values.get("audit", 0) < 0:
        raise ConfigError(f"{where}.audit was not a number of seconds, or 0 for never")
    venue = VENUES[name]
    readers.one_of(f"{where}.endpoint", values.get("endpoint", ""), ("", *venue.ENDPOINTS))
    readers.one_of(f"{where}.book", values.get("book", ""), ("", *venue.BOOK_MODES))
    readers.url(f"{where}.ws", values.get("ws", ""), ("ws", "wss"))
    readers.url(f"{where}.rest", values.get("rest", ""), ("http", "https"))
    readers.url(f"{where}.proxy", values.get("proxy", ""), ("http", "https", "socks4", "socks5", "socks5h"))
    checked = {key: value for key, value in values.items() if key != "enabled"}
    if "taker_fee" in values:
        checked["taker_fee"] = readers.fraction(f"{where}.taker_fee", values["taker_fee"])
    if "taker_fees" in values:
        checked["taker_fees"] = readers.fractions(f"{where}.taker_fees", values["taker_fees"])
    return VenueConfig(**checked)


def venue_name(name: str) -> str:
    """A known venue's name. Raises ConfigError with the nearest one."""
    if name not in VENUES:
        hint = readers.did_you_mean(name, list(VENUES)) or f"; there are {', '.join(VENUES)}"
        raise ConfigError(f"unknown venue {name!r}{hint}")
    return name


def _venues(key: str, value: Any) -> dict[str, VenueConfig]:
    return {venue_name(name): venue_settings(name, table) for name, table in venue_tables(key, value).items()}


_READERS: dict[str, Any] = {
    "pairs": readers.pairs,
    "use_venues": venue_names,
    "venues": _venues,
    "levels": readers.whole(1, MAX_LEVELS),
    "dust": readers.dust,
    "host": readers.text,
    "port": readers.whole(0, 65535),
    "book_levels": readers.whole(1, MAX_BOOK_LEVELS),
    "max_streams": readers.whole(1, 100_000),
    "heartbeat": readers.seconds,
    "stall_limit": readers.seconds,
    "tls_cert": readers.path,
    "tls_key": readers.path,
    "tls_client_ca": readers.path,
    "channelz": readers.flag,
    "control": readers.flag,
    "log_level": readers.log_level,
    "log_json": readers.flag,
    "candles": readers.intervals,
    "candle_history": readers.whole(0, 5000),
    "candles_kept": readers.whole(10, 100_000),
    "candle_price_tolerance": readers.fraction,
    "candle_volume_tolerance": readers.fraction,
    "averages": readers.windows,
    "open_interest_every": readers.seconds,
    "fee_tier": readers.text,
}
_ANALYTICS_KEYS = {
    "candles": "intervals",
    "candle_history": "history",
    "candles_kept": "kept",
    "candle_price_tolerance": "price_tolerance",
    "candle_volume_tolerance": "volume_tolerance",
    "averages": "windows",
    "open_interest_every": "interest_interval",
    "fee_tier": "fee_tier",
}
"""Settings, and their names in AnalyticsSettings."""


def _taker_fees(tier: str, venues: Mapping[str, VenueConfig]) -> dict[str, Decimal]:
    """The fee of each venue that has settings: of the tier or, where it has no such tier, its `taker_fee`."""
    tiers = {name for settings in venues.values() for name in settings.taker_fees}
    if tier and tier not in tiers:
        raise ConfigError(f"fee_tier {tier!r} is in no venue's taker_fees{readers.did_you_mean(tier, sorted(tiers))}")
    return {name: settings.taker_fees.get(tier, settings.taker_fee) for name, settings in venues.items()}


def _tls(certificate: Path | None, key: Path | None, authority: Path | None) -> Tls | None:
    if certificate is None and key is None and authority is None:
        return None
    if certificate is None or key is None:
        raise ConfigError("TLS needs both a certificate and a key: --tls-cert and --tls-key")
    return Tls(certificate, key, authority)


def _enabled(settings: Mapping[str, Any]) -> dict[str, bool]:
    """Venues that are switched on or off by their own table."""
    return {name: table["enabled"] for name, table in settings.get("venues", {}).items() if "enabled" in table}


def _used(chosen: tuple[str, ...] | None, enabled: Mapping[str, bool]) -> tuple[str, ...]:
    """The venues to read: those chosen, or the default ones and those switched on; without those switched off."""
    names = chosen or tuple(name for name in VENUES if name in DEFAULT_VENUES or enabled.get(name))
    venues = tuple(name for name in names if enabled.get(name, True))
    if not venues:
        raise ConfigError("every venue is switched off")
    return venues
