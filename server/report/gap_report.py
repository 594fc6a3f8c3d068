"""The report of a recording as plain values, and as JSON. docs/report.md explains each field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = 1
"""Version of the JSON: fields may be added, and never change their meaning within one version."""
_TIMES = frozenset({"begin_ns", "end_ns", "time_ns", "open_ns"})


@dataclass(frozen=True, slots=True)
class Latency:
    """A distribution of durations in nanoseconds; the values are None where `count` is 0."""

    count: int
    minimum_ns: int | None
    p50_ns: int | None
    p90_ns: int | None
    p99_ns: int | None
    p999_ns: int | None
    maximum_ns: int | None
    histogram: tuple[tuple[int | None, int], ...]
    """Upper end (excluded) and count of each class that is not empty; the last of all classes has no end (None)."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A time in which a book that had been live was not live."""

    begin_ns: int
    end_ns: int
    state: str
    """The first state of it: gap, stale, crossed, checksum_failed, suspect, down, ..."""
    reason: str
    healed: bool
    """The book became live again; else the recording, or a run of its server, ended."""


@dataclass(frozen=True, slots=True)
class Audits:
    """Comparisons of the live book with the venue's own answer."""

    count: int
    equal: int
    """Audits that found all compared levels equal."""
    worst_bid_match_ppm: int | None
    worst_ask_match_ppm: int | None
    extra_levels: int
    """Levels that the book had and the venue did not: the sum over all audits."""
    missing_levels: int


@dataclass(frozen=True, slots=True)
class TradeGapReport:
    """Trades that are missing."""

    time_ns: int
    after_id: str
    before_id: str
    missing: int
    """0: at least none, the venue's ids do not tell."""


@dataclass(frozen=True, slots=True)
class Trades:
    """The trades of one venue's pair."""

    count: int
    missing: int
    """Trades known to be missing, the sum over all gaps."""
    gap_count: int
    gaps: tuple[TradeGapReport, ...]
    """The first of the gaps."""
    covered_ns: int
    """Time in which all trades were received."""
    interruptions: int
    latency: Latency


@dataclass(frozen=True, slots=True)
class CandleAlarm:
    """A complete candle that differs from the venue's own candle."""

    interval: str
    open_ns: int
    revision: int


@dataclass(frozen=True, slots=True)
class BookReport:
    """One pair at one venue."""

    pair: str
    observed_ns: int
    """Recorded time in which the server had this book to keep."""
    live_ns: int
    coverage_ppm: int
    """live_ns / observed_ns in millionths, rounded down."""
    states_ns: Mapping[str, int]
    """Observed time by state."""
    frames: int
    """Frames that changed the live book."""
    bytes: int
    """Of the messages with these frames."""
    gaps: int
    resyncs: int
    checksums_verified: int
    checksum_failures: int
    withdrawal_count: int
    withdrawn_ns: int
    longest_withdrawal_ns: int
    withdrawals: tuple[Withdrawal, ...]
    """The longest of them, in the order of their times."""
    audits: Audits
    trades: Trades
    candle_alarm_count: int
    candle_alarms: tuple[CandleAlarm, ...]
    latency: Latency
    timeline: tuple[tuple[str, int], ...]
    """Worst state per part of the window: state and number of parts, in their order."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """A connection that ended though nobody had asked for its end."""

    begin_ns: int
    end_ns: int
    """When it was open again, or when the recording of it ended."""
    reopened: bool
    connection: int
    """Number of the connection in the recording."""
    pairs: int
    """How many pairs it carried."""
    reason: str


@dataclass(frozen=True, slots=True)
class VenueReport:
    """One venue."""

    venue: str
    sentence: str
    """The summary, for people."""
    messages: int
    bytes: int
    answers: int
    """Answers by REST."""
    answer_bytes: int
    failed_requests: int
    """Requests without an answer."""
    connections: int
    """Times that a connection was opened."""
    disconnect_count: int
    disconnected_ns: int
    """The sum over all disconnects."""
    longest_disconnect_ns: int
    disconnects: tuple[Disconnect, ...]
    """The longest of them, in the order of their times."""
    clock_offset_ns: int | None
    """The server's clock less the venue's, as estimated at the end; None: not known."""
    latency: Latency
    """Over all books."""
    trade_latency: Latency
    messages_by_part: tuple[int, ...]
    """Messages in each part of the window."""
    books: tuple[BookReport, ...]
    not_subscribed: tuple[str, ...]
    """Pairs that no connection of the venue carried."""


@dataclass(frozen=True, slots=True)
class Run:
    """One start of the recorded server."""

    begin_ns: int
    end_ns: int
    """Time of its last record."""
    ended_in_order: bool
    onebook: str
    """Version of the server."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Messages that the recording does not have."""

    begin_ns: int
    end_ns: int
    messages: int | None
    """None: not known, a file is damaged."""
    bytes: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What the files say by themselves."""

    name: str
    segments: int
    unsealed: int
    """Segments without an end: they are being written, or their recorder was killed."""
    blocks: int
    bytes: int
    records: int
    begin_ns: int
    end_ns: int
    damage: tuple[str, ...]
    """What the reader complained of, one line each."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The books of this replay against the digests that the live server recorded."""

    equal: int
    different: int
    not_seen: int


@dataclass(frozen=True, slots=True)
class GapReport:
    """The whole report. Times are nanoseconds since 1970 UTC, sizes are bytes."""

    schema: int
    onebook: str
    """Version that made the report."""
    recording: RecordingFacts
    begin_ns: int
    """The window of the report."""
    end_ns: int
    recorded_ns: int
    """Time of the window in which the server ran and recorded."""
    part_ns: int
    """Length of one part of `timeline` and `messages_by_part`."""
    parts: int
    runs: tuple[Run, ...]
    losses: tuple[Loss, ...]
    unreadable_records: int
    proof: Proof
    venues: tuple[VenueReport, ...]

    def to_json(self) -> str:
        """The report as indented JSON, the same for the same recording and window."""
        return json.dumps(_with_times_as_text(asdict(self)), indent=1, ensure_ascii=False)


def _with_times_as_text(value: Any) -> Any:
    """Times of day are strings in JSON, as in the JSON lines of clients: doubles would round them."""
    if isinstance(value, dict):
        return {
            name: str(each) if name in _TIMES else _with_times_as_text(each) for name, each in value.items()
        }  # fmt: skip
    return [_with_times_as_text(each) for each in value] if isinstance(value, list | tuple) else value
