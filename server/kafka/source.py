"""What a server has for Kafka. Types alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..api.calls import Service
from ..market.market import Market
from ..publish.epoch import Epoch
from ..registry import Feed


@dataclass(frozen=True, slots=True)
class KafkaSource:
    """The parts of one server."""

    services: Sequence[Service]
    """Their streams take no places of clients."""
    feeds: Mapping[str, Feed]
    epoch: Epoch
    default: Market
    """The server's first market."""
    intervals: Sequence[str]
    """Of candles."""
    history: bool
    """Whether streams of trades can begin in the past."""
