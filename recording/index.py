"""The index at the end of a segment: where each block is, and which times, sources and books it holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from .blocks import Block
from .layout import RECORD_HEAD
from .records import CHANGING, Kind

SAMPLE_NS = 10_000_000_000
"""Least nanoseconds between two samples of one book."""


class Entry(NamedTuple):
    """One block of records."""

    offset: int
    first_time: int
    last_time: int
    records: int
    defining: int
    """How many of the records define a run or a source, or are commands."""
    sources: dict[int, int]
    """Number of records per source."""


class Sample(NamedTuple):
    """The sequence number of one book at one time."""

    market: str
    venue: str
    sequence: int
    time: int
    """Nanoseconds UTC."""
    block: int
    """Position of the block in `Index.entries`."""


class Index(NamedTuple):
    """The index of one segment."""

    entries: list[Entry]
    samples: list[Sample]

    def packed(self) -> bytes:
        """The index as JSON."""
        entries = [[*entry[:-1], {str(number): count for number, count in entry.sources.items()}] for entry in self[0]]
        return json.dumps({"blocks": entries, "samples": self.samples}, separators=(",", ":")).encode()


def unpacked(payload: bytes) -> Index:
    """The index of this JSON. Raises ValueError, KeyError or TypeError if it is none."""
    read: dict[str, Any] = json.loads(payload)
    entries = [
        Entry(int(offset), int(first), int(last), int(records), int(defining), _counts(sources))
        for offset, first, last, records, defining, sources in read["blocks"]
    ]
    samples = [
        Sample(str(market), str(venue), int(sequence), int(time), int(block))
        for market, venue, sequence, time, block in read["samples"]
    ]
    return Index(entries, samples)


def _counts(sources: dict[str, int]) -> dict[int, int]:
    return {int(number): int(count) for number, count in sources.items()}


class IndexBuilder:
    """Collects the index while blocks are written, or are read again."""

    def __init__(self) -> None:
        self.index = Index([], [])
        self.records = 0
        self._sampled: dict[tuple[str, str], int] = {}

    def add(self, block: Block, payload: bytes) -> None:
        """Adds a block of records, whose raw payload this is."""
        heads = block.heads(payload)
        kinds = Counter(kind for _length, _source, kind, *_times in heads)
        sources = Counter(source for _length, source, *_rest in heads)
        header = block.header
        self.index.entries.append(
            Entry(
                block.offset,
                header.first_time,
                header.last_time,
                len(heads),
                sum(kinds[kind] for kind in CHANGING),
                dict(sources),
            )
        )
        self.records += len(heads)
        if kinds[Kind.STATE]:
            self._sample(heads, payload)

    def _sample(self, heads: Sequence[tuple[int, int, int, int, int]], payload: bytes) -> None:
        at = len(heads) * RECORD_HEAD.size
        for length, _source, kind, _time, _monotonic in heads:
            if kind == Kind.STATE:
                for market, venue, sequence, _digest, time in json.loads(payload[at : at + length]):
                    self._keep(Sample(market, venue, sequence, time, len(self.index.entries) - 1))
            at += length

    def _keep(self, sample: Sample) -> None:
        book = (sample.market, sample.venue)
        # A clock that was set back starts anew.
        if abs(sample.time - self._sampled.get(book, -SAMPLE_NS)) >= SAMPLE_NS:
            self._sampled[book] = sample.time
            self.index.samples.append(sample)
