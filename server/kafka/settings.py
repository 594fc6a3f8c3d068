"""The settings of Kafka, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .contract import KINDS

LEVELS, INTERVAL_MS, PARTITIONS = 100, 100, 64


@dataclass(frozen=True, slots=True)
class VwapTopics:
    """Topics of text: one per pair, whose values are the VWAP of the newest trades."""

    topics: Mapping[str, str]
    """By pair."""
    trades: int = 200
    """The window. 0 and less is a window that stays empty."""
    venue: str = ""
    """Empty: the trades of all venues."""


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """What goes to which brokers, and how."""

    bootstrap: str
    """host:port,host:port"""
    topics: tuple[str, ...] = tuple(KINDS)
    """Names of kinds."""
    prefix: str = ""
    """Before the name of every topic, so that installations can share a cluster."""
    levels: int = LEVELS
    """Per side, of the books."""
    interval_ms: int = INTERVAL_MS
    """Least milliseconds between two states of one key."""
    partitions: int = PARTITIONS
    """Of topics that onebook makes."""
    replication: int = 0
    """Of topics that onebook makes; 0: as the cluster has it."""
    create: bool = True
    """Whether missing topics are made."""
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Settings of librdkafka: for SASL and TLS, above all. They may hold secrets."""
    vwap: VwapTopics | None = None
