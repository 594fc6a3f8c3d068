"""The settings of Kafka in the configuration, checked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from . import config_readers as readers
from .config_errors import Collector
from .config_venues import venue_name
from .errors import ConfigError
from .kafka.contract import KINDS
from .kafka.settings import KafkaSettings, VwapTopics
from .model import Pair
from .suggestions import did_you_mean

PASSWORD_VARIABLE = "ONEBOOK_KAFKA_PASSWORD"
"""Environment variable that stands for the property sasl.password."""
OWN = ("bootstrap.servers", "enable.idempotence", "message.timeout.ms", "acks", "partitioner", "debug")
"""Properties that onebook sets itself: what it promises stands on them. `debug` writes secrets into logs."""
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):([0-9]{1,5})")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_SECRET = re.compile(r"password|secret|key\.pem|\.pem$|jaas|oauthbearer\.config", re.IGNORECASE)
MAX_TRADES = 20_000


def bootstrap(key: str, value: Any) -> str:
    """host:port,host:port"""
    addresses = [part.strip() for part in readers.text(key, value).split(",")]
    for address in addresses:
        found = _ADDRESS.fullmatch(address)
        if found is None or not 0 < int(found[2]) < 65536:
            raise ConfigError(f"{key} was {value!r:.200}, must be addresses of brokers: host:9092,host:9092")
    return ",".join(addresses)


def topics(key: str, value: Any) -> tuple[str, ...]:
    """Names of kinds of records."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ConfigError(f"{key} was not a list of some of {', '.join(KINDS)}")
    return tuple(dict.fromkeys(readers.each(value, partial(_topic_name, key))))


def _topic_name(key: str, name: Any) -> str:
    if name not in KINDS:
        raise ConfigError(f"{key}: there is no {name!r:.80}{did_you_mean(str(name), list(KINDS))}")
    return str(name)


def prefix(key: str, value: Any) -> str:
    """What the names of topics begin with."""
    if not isinstance(value, str) or (value and not _TOPIC.fullmatch(value)) or len(value) > 200:
        raise ConfigError(f"{key} was {value!r:.80}, must be letters, digits, '.', '_' and '-'")
    return value


def properties(key: str, value: Any) -> dict[str, str]:
    """Settings of librdkafka, by their own names."""
    if not isinstance(value, Mapping):
        raise ConfigError(f'{key} was not a table such as {{ "security.protocol" = "SASL_SSL" }}')
    found, made = Collector(), {}
    for name, setting in value.items():
        made[str(name)] = found.attempt((name,), partial(_property, f"{key}.{name}", str(name), setting))
    found.done()
    return {name: text for name, text in made.items() if text is not None}


def _property(key: str, name: str, value: Any) -> str:
    if name in OWN:
        raise ConfigError(f"{key} is set by onebook itself", key=True)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ConfigError(f"{key} must be text, a number, true or false")
    return str(value)


def vwap_topics(key: str, value: Any) -> dict[str, str]:
    """Topics of text by pair."""
    if not isinstance(value, Mapping) or not value:
        raise ConfigError(f'{key} was not a table of topics by pair, such as {{ "ETH/USD" = "ETH-USD" }}')
    found, made = Collector(), {}
    for name, topic in value.items():
        pair = found.attempt((name,), partial(Pair.parse, str(name)))
        text = found.attempt((name,), partial(_topic, f"{key}.{name}", topic))
        if pair is not None and text is not None:
            made[str(pair)] = text
    found.done()
    return made


def _topic(key: str, value: Any) -> str:
    if not isinstance(value, str) or not _TOPIC.fullmatch(value) or value in (".", ".."):
        raise ConfigError(f"{key} was {value!r:.80}, must be the name of a topic: letters, digits, '.', '_' and '-'")
    return value


def _vwap_trades(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value > MAX_TRADES:
        raise ConfigError(f"{key} was {value!r:.80}, must be a number of trades up to {MAX_TRADES}")
    return value


KAFKA_READERS: dict[str, Any] = {
    "kafka": bootstrap,
    "kafka_topics": topics,
    "kafka_prefix": prefix,
    "kafka_levels": readers.whole(1, 1000),
    "kafka_interval_ms": readers.whole(1, 60_000),
    "kafka_partitions": readers.whole(1, 10_000),
    "kafka_replication": readers.whole(0, 100),
    "kafka_create": readers.flag,
    "kafka_properties": properties,
    "kafka_vwap": vwap_topics,
    "kafka_vwap_trades": _vwap_trades,
    "kafka_vwap_venue": lambda _key, value: venue_name(str(value)),
}
"""By setting of the file."""
_VWAP = {"kafka_vwap": "topics", "kafka_vwap_trades": "trades", "kafka_vwap_venue": "venue"}


def kafka_settings(values: Mapping[str, Any]) -> KafkaSettings | None:
    """The checked values of these settings as one object; None without brokers. Raises ConfigError."""
    if "kafka" not in values:
        if values:
            first = next(iter(values))
            raise ConfigError(f'{first} needs the addresses of brokers: kafka = "host:9092", or --kafka', (first,))
        return None
    given = {key: value for key, value in values.items() if value is not None}
    vwap = {name: given.pop(key) for key, name in _VWAP.items() if key in given}
    if "topics" not in vwap and given.get("kafka_topics") == ():
        raise ConfigError("kafka_topics is empty and there is no kafka_vwap: nothing would be sent", ("kafka_topics",))
    if vwap and "topics" not in vwap:
        raise ConfigError("kafka_vwap_trades and kafka_vwap_venue need kafka_vwap", ("kafka_vwap_trades",))
    made = {key.removeprefix("kafka_"): value for key, value in given.items() if key != "kafka"}
    password = os.environ.get(PASSWORD_VARIABLE)
    if password:
        made["properties"] = {"sasl.password": password, **made.get("properties", {})}
    return KafkaSettings(given["kafka"], vwap=VwapTopics(**vwap) if vwap else None, **made)


def shown(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties for people: without secrets."""
    return {name: "***" if _SECRET.search(name) else value for name, value in properties.items()}
