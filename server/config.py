"""The settings of the server: a TOML file, then command-line flags over it, checked once and then immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from . import config_readers as readers
from .analytics.settings import AnalyticsSettings
from .config_errors import Collector
from .config_kafka import KAFKA_READERS, kafka_settings
from .config_roles import check_roles, shard_of
from .config_venues import VenueConfig, venue_names, venues
from .errors import ConfigError
from .kafka.settings import KafkaSettings
from .model import Pair
from .shard import Shard
from .suggestions import did_you_mean
from .transport.addresses import is_loopback
from .transport.tls import Tls
from .venues import DEFAULT_VENUES, VENUES

MAX_LEVELS = 1000
MAX_BOOK_LEVELS = 5000


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, checked."""

    pairs: tuple[Pair, ...]
    venues: tuple[str, ...] = DEFAULT_VENUES
    levels: int = 10
    dust: Decimal = Decimal(0)
    host: str = "localhost"
    port: int = 50052
    book_levels: int = 1000
    max_streams: int = 1000
    heartbeat: float = 5.0
    stall_limit: float = 120.0
    tls: Tls | None = None
    tokens: Path | None = None
    """File of the tokens that clients need."""
    http_port: int | None = None
    """Port of HTTP: metrics, health, calls and streams; None: there is none."""
    http_host: str = "localhost"
    """Where that port listens."""
    http_names: tuple[str, ...] = ()
    """What clients of HTTP call this server, beside its addresses."""
    http_processes: int = 0
    """Processes that serve this port, 0 or 1; 0: a thread of the server serves."""
    push: bool = False
    """Whether programs may post books over HTTP."""
    push_stale: float = 30.0
    """Seconds without a post after which a posted book is withdrawn."""
    push_rate: float = 20.0
    """Posts per second of one client."""
    transport: str = "auto"
    """What speaks HTTP/2: one of transport.TRANSPORTS."""
    serve_processes: int = 0
    """Processes that serve; 0: a thread of the server serves."""
    max_connection_age: float = 0.0
    """Seconds after which a client has to connect anew; 0: never."""
    shm: str = ""
    """Name under which books are in shared memory; empty: they are not."""
    data: Path | None = None
    """Folder of the recording; None: nothing is recorded."""
    data_ring_mb: int = 64
    """Mebibytes of messages that may wait for the recorder."""
    keep_days: float = 0.0
    """Age of segments that are removed; 0: no segment is."""
    keep_gb: float = 0.0
    """Gigabytes above which the oldest segments are removed; 0: no segment is."""
    history: Path | None = None
    """Folder of the history; None: no history is kept."""
    sql: str = ""
    """Address of a database that gets the rows of the history too; empty: there is none."""
    history_days: int = 0
    """Days before the current day that the history keeps; 0: all."""
    history_gb: float = 0.0
    """Gigabytes above which the oldest days of the history are removed; 0: no day is."""
    csv: Path | None = None
    """Folder of the CSV files; None: none are written."""
    kafka: KafkaSettings | None = None
    """The brokers that get records of everything, or that an edge reads; None: there are none."""
    edge: bool = False
    """Whether the server reads topics in place of exchanges."""
    ingest_only: bool = False
    """Whether the server publishes to Kafka alone, and serves no clients."""
    shard: Shard | None = None
    """Which share of the pairs is read; None: all of them."""
    channelz: bool = False
    reflection: bool = True
    control: bool | None = None
    """Whether commands are taken; None: only with a tokens file, or if only this machine can reach the port."""
    log_level: str = "info"
    log_json: bool = False
    venue: Mapping[str, VenueConfig] = field(default_factory=dict)
    analytics: AnalyticsSettings = field(default_factory=AnalyticsSettings)

    @property
    def takes_commands(self) -> bool:
        """Whether ControlService answers."""
        return (self.loopback or self.tokens is not None) if self.control is None else self.control

    @property
    def loopback(self) -> bool:
        """Whether only programs of this machine can reach the port."""
        return is_loopback(self.host)

    @property
    def http_loopback(self) -> bool:
        """Whether only programs of this machine can reach the port of HTTP."""
        return self.http_port is None or is_loopback(self.http_host)

    def of(self, venue: str) -> VenueConfig:
        """Settings of one venue."""
        return self.venue.get(venue, VenueConfig())


def build(settings: Mapping[str, Any]) -> Config:
    """Checks settings (keys as in the file) and makes them a Config. Raises ConfigErrors: all that is wrong."""
    found = Collector()
    for key in settings:
        if key not in _READERS:
            hint = did_you_mean(key, list(_READERS))
            found.errors.append(ConfigError(f"unknown setting {key!r}{hint}", (key,), key=True))
    if not settings.get("pairs") and settings.get("edge") is not True:
        words = "no pair was given: use --base BTC --quote USDT, or --pair BTC/USDT"
        found.errors.append(ConfigError(words, ("pairs",)))
    nothing_read = settings.get("push") is True and settings.get("use_venues") == []
    known = [key for key in _READERS if key in settings and not (nothing_read and key == "use_venues")]
    values: dict[str, Any] = {key: found.attempt((key,), partial(_READERS[key], key, settings[key])) for key in known}
    certificates = [values.pop(key, None) for key in ("tls_cert", "tls_key", "tls_client_ca")]
    tls = found.attempt(("tls_cert",), partial(_tls, *certificates)) if not found.of("tls_") else None
    venue = values.pop("venues", None) or {}
    chosen = values.pop("use_venues", None)
    used = (
        ()
        if nothing_read or found.of("venues", "use_venues")
        else found.attempt(("use_venues",), partial(_used, chosen, _enabled(settings)))
    )
    if values.get("edge") and not chosen:
        used = ()  # All venues of the topics.
    analytics = {name: values.pop(key) for key, name in ANALYTICS_KEYS.items() if key in values}
    tier = analytics.get("fee_tier", "")
    fees = {} if found.of("venues", "fee_tier") else found.attempt(("fee_tier",), partial(_taker_fees, tier, venue))
    kafka_values = {key: values.pop(key) for key in KAFKA_READERS if key in values}
    kafka = None if found.of("kafka") else found.attempt(("kafka",), partial(kafka_settings, kafka_values))
    found.attempt((), partial(check_roles, values, kafka is not None))
    if values.get("push") and not found.of("http_port", "http_host", "tokens"):
        found.attempt(("push",), partial(_check_push, values))
    found.done()
    values["pairs"] = values.get("pairs") or ()
    if values.get("shard") is not None:
        values["pairs"] = values["shard"].share(values["pairs"])
    computed = AnalyticsSettings(taker_fees=fees or {}, **analytics)
    return Config(tls=tls, venue=venue, venues=used or (), analytics=computed, kafka=kafka, **values)


_READERS: dict[str, Any] = {
    "pairs": readers.pairs,
    "use_venues": venue_names,
    "venues": venues,
    "levels": readers.whole(1, MAX_LEVELS),
    "dust": readers.dust,
    "host": readers.host,
    "port": readers.whole(0, 65535),
    "book_levels": readers.whole(1, MAX_BOOK_LEVELS),
    "max_streams": readers.whole(1, 100_000),
    "heartbeat": readers.seconds,
    "stall_limit": readers.seconds,
    "max_connection_age": readers.age,
    "tls_cert": readers.path,
    "tls_key": readers.path,
    "tls_client_ca": readers.path,
    "tokens": readers.path,
    "http_port": readers.whole(0, 65535),
    "http_host": readers.http_host,
    "http_names": readers.host_names,
    "http_processes": readers.http_processes,
    "push": readers.flag,
    "push_stale": readers.seconds,
    "push_rate": readers.rate,
    "transport": readers.transport,
    "serve_processes": readers.serve_processes,
    "shm": readers.shm_name,
    "data": readers.path,
    "data_ring_mb": readers.whole(1, 4096),
    "keep_days": readers.kept,
    "keep_gb": readers.kept,
    "history": readers.path,
    "sql": readers.text,
    "history_days": readers.whole(0, 100_000),
    "history_gb": readers.kept,
    "csv": readers.path,
    **KAFKA_READERS,
    "edge": readers.flag,
    "ingest_only": readers.flag,
    "shard": shard_of,
    "channelz": readers.flag,
    "reflection": readers.flag,
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
KEYS = tuple(_READERS)
"""All settings of the file, in the order in which they are shown."""
ANALYTICS_KEYS = {
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
        raise ConfigError(f"fee_tier {tier!r} is in no venue's taker_fees{did_you_mean(tier, sorted(tiers))}")
    return {name: settings.taker_fees.get(tier, settings.taker_fee) for name, settings in venues.items()}


def _tls(certificate: Path | None, key: Path | None, authority: Path | None) -> Tls | None:
    if certificate is None and key is None and authority is None:
        return None
    if certificate is None or key is None:
        raise ConfigError("TLS needs both a certificate and a key: --tls-cert and --tls-key")
    return Tls(certificate, key, authority)


def _check_push(values: Mapping[str, Any]) -> None:
    """Raises ConfigError where nobody could post, or anybody."""
    if values.get("http_port") is None:
        raise ConfigError("push needs the port of HTTP: set http_port")
    if values.get("tokens") is None and not is_loopback(values.get("http_host", "localhost")):
        raise ConfigError("push needs tokens where others can reach the port of HTTP: set tokens, or http_host")


def _enabled(settings: Mapping[str, Any]) -> dict[str, bool]:
    """Venues that are switched on or off by their own table."""
    return {name: table["enabled"] for name, table in settings.get("venues", {}).items() if "enabled" in table}


def _used(chosen: tuple[str, ...] | None, enabled: Mapping[str, bool]) -> tuple[str, ...]:
    """The venues to read: the chosen venues, or the default and enabled venues; without disabled venues."""
    names = chosen or tuple(name for name in VENUES if name in DEFAULT_VENUES or enabled.get(name))
    venues = tuple(name for name in names if enabled.get(name, True))
    if not venues:
        raise ConfigError("every venue is switched off")
    return venues
