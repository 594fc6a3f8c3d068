"""The tables of a report's page."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import TypeVar

from .gap_report import BookReport, Disconnect, GapReport, Latency, VenueReport, Withdrawal
from .html_tags import Column, table, text
from .report_words import duration, moment, percent, size

SHOWN = 30
"""Rows of a list of events at most: the longest, or the first. The JSON has more."""
NONE = "-"
T = TypeVar("T")
_VENUE, _PAIR = Column("Venue", "text head"), Column("Pair", "text head")
_WHEN, _LENGTH = Column("From (UTC)", "text"), Column("Length")
_REASON = Column("Reason", "text long")
BOOKS = (
    _VENUE, _PAIR, Column("Live"), Column("Withdrawals"), Column("Longest"), Column("Gaps"), Column("Resyncs"),
    Column("Frames"), Column("Bytes"), Column("Checksums matched"), Column("Checksums failed"),
    Column("Latency p50"), Column("Latency p99"),
)  # fmt: skip
CHECKS = (
    _VENUE, _PAIR, Column("Trades"), Column("Missing"), Column("Gaps"), Column("Complete"), Column("Interruptions"),
    Column("Candle alarms"), Column("Audits"), Column("Equal"), Column("Bids match"), Column("Asks match"),
    Column("Extra levels"), Column("Missing levels"),
)  # fmt: skip
CONNECTIONS = (
    _VENUE, Column("Messages"), Column("Bytes"), Column("Answers by REST"), Column("Bytes of answers"),
    Column("Failed requests"), Column("Connections opened"), Column("Disconnects"), Column("Disconnected"),
    Column("Longest"), Column("Clock offset"),
)  # fmt: skip
LATENCIES = (
    _VENUE, Column("Of", "text head"), Column("Messages"), Column("Least"), Column("p50"), Column("p90"), Column("p99"),
    Column("p99.9"), Column("Most"),
)  # fmt: skip


def books_table(report: GapReport) -> str:
    """Coverage, gaps and frames of each book."""
    return table(BOOKS, (_book_row(venue, book) for venue, book in _books(report)))


def _book_row(venue: VenueReport, book: BookReport) -> Sequence[object]:
    return (
        venue.venue, book.pair, percent(book.coverage_ppm), f"{book.withdrawal_count:,}",
        _time(book.longest_withdrawal_ns), f"{book.gaps:,}", f"{book.resyncs:,}", f"{book.frames:,}", size(book.bytes),
        f"{book.checksums_verified:,}", f"{book.checksum_failures:,}", _time(book.latency.p50_ns),
        _time(book.latency.p99_ns),
    )  # fmt: skip


def checks_table(report: GapReport) -> str:
    """Trades, candles and audits of each book."""
    return table(CHECKS, (_check_row(venue, book) for venue, book in _books(report)))


def _check_row(venue: VenueReport, book: BookReport) -> Sequence[object]:
    trades, audits = book.trades, book.audits
    return (
        venue.venue, book.pair, f"{trades.count:,}", f"{trades.missing:,}", f"{trades.gap_count:,}",
        _share(trades.covered_ns, book.observed_ns), f"{trades.interruptions:,}", f"{book.candle_alarm_count:,}",
        f"{audits.count:,}", f"{audits.equal:,}", _ppm(audits.worst_bid_match_ppm), _ppm(audits.worst_ask_match_ppm),
        f"{audits.extra_levels:,}", f"{audits.missing_levels:,}",
    )  # fmt: skip


def connections_table(report: GapReport) -> str:
    """Messages, answers and disconnects of each venue."""
    return table(CONNECTIONS, (_connection_row(venue) for venue in report.venues))


def _connection_row(venue: VenueReport) -> Sequence[object]:
    return (
        venue.venue, f"{venue.messages:,}", size(venue.bytes), f"{venue.answers:,}", size(venue.answer_bytes),
        f"{venue.failed_requests:,}", f"{venue.connections:,}", f"{venue.disconnect_count:,}",
        _time(venue.disconnected_ns), _time(venue.longest_disconnect_ns),
        NONE if venue.clock_offset_ns is None else duration(venue.clock_offset_ns),
    )  # fmt: skip


def latency_table(report: GapReport) -> str:
    """Percentiles of each venue: of frames and of trades."""
    rows = [
        (venue.venue, what, *_percentiles(latency))
        for venue in report.venues
        for what, latency in (("frames of books", venue.latency), ("trades", venue.trade_latency))
        if latency.count
    ]
    return table(LATENCIES, rows) if rows else ""


def _percentiles(latency: Latency) -> Sequence[object]:
    values = (latency.minimum_ns, latency.p50_ns, latency.p90_ns, latency.p99_ns, latency.p999_ns, latency.maximum_ns)
    return (f"{latency.count:,}", *(NONE if each is None else duration(each) for each in values))


def withdrawals_table(report: GapReport) -> str:
    """The longest withdrawals of all books, in the order of their times."""
    found = [(each, venue, book) for venue, book in _books(report) for each in book.withdrawals]
    chosen = _longest(found, [_length(each) for each, _, _ in found])
    columns = (_VENUE, _PAIR, _WHEN, _LENGTH, Column("State", "text"), _REASON)
    rows = [
        (venue.venue, book.pair, moment(each.begin_ns), _ended(each, each.healed), each.state, each.reason)
        for each, venue, book in sorted(chosen, key=lambda found: found[0].begin_ns)
    ]
    return _events(columns, rows, sum(book.withdrawal_count for _, book in _books(report)), "longest")


def disconnects_table(report: GapReport) -> str:
    """The longest disconnects of all venues, in the order of their times."""
    found = [(each, venue) for venue in report.venues for each in venue.disconnects]
    chosen = _longest(found, [_length(each) for each, _ in found])
    columns = (_VENUE, _WHEN, _LENGTH, Column("Connection"), Column("Pairs"), _REASON)
    rows = [
        (venue.venue, moment(each.begin_ns), _ended(each, each.reopened), each.connection, each.pairs, each.reason)
        for each, venue in sorted(chosen, key=lambda found: found[0].begin_ns)
    ]
    return _events(columns, rows, sum(venue.disconnect_count for venue in report.venues), "longest")


def trade_gaps_table(report: GapReport) -> str:
    """The first gaps of trades of each book."""
    rows = [
        (venue.venue, book.pair, moment(each.time_ns), f"{each.missing:,}" if each.missing else "not known",
         f"after {each.after_id}, before {each.before_id}")
        for venue, book in _books(report)
        for each in book.trades.gaps
    ]  # fmt: skip
    columns = (_VENUE, _PAIR, Column("Time (UTC)", "text"), Column("Missing"), Column("Between", "text long"))
    return _events(columns, rows[:SHOWN], sum(book.trades.gap_count for _, book in _books(report)), "first")


def alarms_table(report: GapReport) -> str:
    """The first candle alarms of each book."""
    rows = [
        (venue.venue, book.pair, each.interval, moment(each.open_ns), each.revision)
        for venue, book in _books(report)
        for each in book.candle_alarms
    ]
    columns = (_VENUE, _PAIR, Column("Interval"), Column("Opened (UTC)", "text"), Column("Revision"))
    return _events(columns, rows[:SHOWN], sum(book.candle_alarm_count for _, book in _books(report)), "first")


def losses_table(report: GapReport) -> str:
    """The first losses of the recorder."""
    rows = [
        (moment(each.begin_ns), duration(each.end_ns - each.begin_ns) if each.messages is not None else NONE,
         "not known" if each.messages is None else f"{each.messages:,}",
         "not known" if each.bytes is None else size(each.bytes), each.reason)
        for each in report.losses
    ]  # fmt: skip
    columns = (_WHEN, _LENGTH, Column("Messages"), Column("Bytes"), _REASON)
    return _events(columns, rows[:SHOWN], len(rows), "first")


def runs_table(report: GapReport) -> str:
    """The runs of the recorded server."""
    rows = [
        (moment(each.begin_ns), duration(each.end_ns - each.begin_ns),
         "in order" if each.ended_in_order else "not said", each.onebook)
        for each in report.runs
    ]  # fmt: skip
    columns = (_WHEN, _LENGTH, Column("End", "text"), Column("onebook", "text long"))
    return _events(columns, rows[:SHOWN], len(rows), "first")


def _events(columns: Sequence[Column], rows: Sequence[Sequence[object]], total: int, which: str) -> str:
    """A table of events, and how many are left out of it."""
    if not rows:
        return ""
    left = f'<p class="quiet">The {len(rows)} {which} of {total:,}.</p>' if total > len(rows) else ""
    return table(columns, rows) + left


def _books(report: GapReport) -> Iterable[tuple[VenueReport, BookReport]]:
    return [(venue, book) for venue in report.venues for book in venue.books]


def _longest(found: Sequence[T], lengths: Sequence[int]) -> list[T]:
    places = heapq.nlargest(SHOWN, range(len(found)), key=lambda place: lengths[place])
    return [found[place] for place in places]


def _length(each: Withdrawal | Disconnect) -> int:
    return each.end_ns - each.begin_ns


def _ended(each: Withdrawal | Disconnect, over: bool) -> str:
    return duration(_length(each)) + ("" if over else ", to the end")


def _time(nanoseconds: int | None) -> str:
    return duration(nanoseconds) if nanoseconds else NONE


def _share(part: int, whole: int) -> str:
    return percent(min(part, whole) * 1_000_000 // whole) if whole else NONE


def _ppm(value: int | None) -> str:
    return NONE if value is None else percent(value)


def damage_list(report: GapReport) -> str:
    """What the reader complained of."""
    lines = report.recording.damage
    items = "".join(f"<p>{text(line)}</p>" for line in lines[:SHOWN])
    left = f'<p class="quiet">The {SHOWN} first of {len(lines):,}.</p>' if len(lines) > SHOWN else ""
    return f'<div class="card">{items}{left}</div>' if lines else ""
