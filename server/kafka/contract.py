"""The topics, and what a record of each is: part of the public contract, as the .proto files are (docs/kafka.md)."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = b"1"
"""Header `v` of every record: the version of this contract."""


@dataclass(frozen=True, slots=True)
class TopicKind:
    """One topic, without the prefix of the installation."""

    name: str
    """As settings name it."""
    topic: str
    message: str
    """Full name of the protobuf message of its values; empty: text."""
    compacted: bool = False
    """Kafka keeps the newest record of every key for ever."""


BOOK = TopicKind("book", "md.book.v1", "onebook.v1.StreamVenueBookResponse")
TRADE = TopicKind("trade", "md.trade.v1", "onebook.v1.StreamTradesResponse")
CANDLE = TopicKind("candle", "md.candle.v1", "onebook.v1.StreamCandlesResponse")
STAT = TopicKind("stat", "md.stat.v1", "onebook.v1.StreamSummaryResponse")
QUALITY = TopicKind("quality", "md.quality.v1", "onebook.v1.StreamVenueStatusResponse")
REF = TopicKind("ref", "md.ref.v1", "onebook.v1.Reference", compacted=True)
TEXT = TopicKind("text", "", "")
"""Topics of VWAPs as text, whose names are in the settings."""
KINDS = {kind.name: kind for kind in (BOOK, TRADE, CANDLE, STAT, QUALITY, REF)}
"""By name; without those of text."""
