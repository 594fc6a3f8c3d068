"""The roles of a server that shares its work by Kafka: the settings edge, ingest_only and shard, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import config_readers as readers
from .errors import ConfigError
from .shard import Shard
from .transport.addresses import is_loopback

MAX_SHARDS = 1000
_SHARD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")
_NOT_OF_EDGES = {
    "ingest_only": "an edge reads no exchange",
    "shard": "an edge reads the topics of its pairs; choose them with pairs",
    "data": "an edge receives no raw messages of exchanges",
}
"""Settings that contradict edge, and why."""


def shard_of(key: str, value: Any) -> Shard:
    """2/8 is the second of eight."""
    found = _SHARD.fullmatch(readers.text(key, value).strip())
    if found is None or not 1 <= int(found[1]) <= int(found[2]) <= MAX_SHARDS:
        words = f"{key} was {value!r:.80}, must be number/count, such as 2/8, with at most {MAX_SHARDS} shards"
        raise ConfigError(words, (key,))
    return Shard(int(found[1]), int(found[2]))


def check_roles(values: Mapping[str, Any], kafka: bool) -> None:
    """Raises ConfigError for roles that contradict one another, or that have no brokers."""
    edge, ingest_only = values.get("edge"), values.get("ingest_only")
    for key in ("edge", "ingest_only"):
        if values.get(key) and not kafka:
            raise ConfigError(f'{key} needs the addresses of brokers: kafka = "host:9092", or --kafka', (key,))
    for key, reason in _NOT_OF_EDGES.items():
        if edge and values.get(key):
            raise ConfigError(f"{key} and edge contradict one another: {reason}", (key,))
    if ingest_only and not is_loopback(values.get("host") or "localhost"):
        words = "host and ingest_only contradict one another: the port only takes commands of this machine"
        raise ConfigError(words, ("host",))
    if values.get("shard") is not None and not ingest_only:
        raise ConfigError("shard is a setting of ingesters: set ingest_only, or --ingest-only, too", ("shard",))
