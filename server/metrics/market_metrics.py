"""Metrics of markets and of the venues' books: how far each can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orderbook_ext import BookStatus

from .. import clock
from ..market.market import Market
from ..market.readiness import ready
from ..model import Pair, VenueState
from ..units import SECOND
from .metric import Metric, Sample

_BOOK = ("market", "venue")
READY = Metric("gauge", "onebook_market_ready", "1 while the book of at least one venue is live.", ("market",))
STREAMS = Metric("gauge", "onebook_market_streams", "Open streams of the market.", ("market",))
LIVE = Metric("gauge", "onebook_book_live", "1 while the venue's book is proved and published.", _BOOK)
STATE = Metric("gauge", "onebook_book_state", "Number of onebook.v1.VenueState; 3 is LIVE.", _BOOK)
AGE = Metric("gauge", "onebook_book_age_seconds", "Time since the newest frame of the book.", _BOOK)
FRAMES = Metric("counter", "onebook_book_frames_total", "Frames that the book has taken.", _BOOK)
RESYNCS = Metric("counter", "onebook_book_resyncs_total", "Times the book was rebuilt after it was live.", _BOOK)
GAPS = Metric("counter", "onebook_book_gaps_total", "Gaps in the sequence numbers of the book.", _BOOK)
VERIFIED = Metric("counter", "onebook_book_checksums_verified_total", "Checksums that matched.", _BOOK)
FAILURES = Metric("counter", "onebook_book_checksum_failures_total", "Checksums that did not match.", _BOOK)
UNVERIFIED = Metric(
    "gauge", "onebook_book_unverified", "1 while the venue's own checksum is broken and not relied on.", _BOOK
)
AUDITS = Metric("counter", "onebook_book_audits_total", "Comparisons with the venue's own answer to a request.", _BOOK)
MATCH = Metric(
    "gauge",
    "onebook_book_audit_match_ratio",
    "Part of the levels that were equal in the last comparison.",
    (*_BOOK, "side"),
)
EXTRA = Metric(
    "gauge", "onebook_book_audit_extra_levels", "Levels that the book had and the venue did not, likewise.", _BOOK
)
MISSING = Metric(
    "gauge", "onebook_book_audit_missing_levels", "Levels that the venue had and the book did not, likewise.", _BOOK
)
OFFSET = Metric("gauge", "onebook_clock_offset_seconds", "This server's clock less the venue's, as estimated.", _BOOK)
UNCERTAINTY = Metric(
    "gauge", "onebook_clock_uncertainty_seconds", "How far the true offset may be from the estimate.", _BOOK
)
TRADES = Metric("counter", "onebook_trades_total", "Trades received.", _BOOK)
TRADE_GAPS = Metric("counter", "onebook_trade_gaps_total", "Gaps in the trades that nothing could fill.", _BOOK)
TRADES_STATE = Metric("gauge", "onebook_trades_state", "Number of onebook.v1.TradesState; 2 is RECEIVED.", _BOOK)

METRICS = (
    READY, STREAMS, LIVE, STATE, AGE, FRAMES, RESYNCS, GAPS, VERIFIED, FAILURES, UNVERIFIED, AUDITS, MATCH, EXTRA,
    MISSING, OFFSET, UNCERTAINTY, TRADES, TRADE_GAPS, TRADES_STATE,
)  # fmt: skip


class MarketMetrics:
    """The values of all markets that the server has when it is asked."""

    def __init__(self, markets: Mapping[Pair, Market]) -> None:
        self._markets = markets

    def samples(self) -> Iterator[Sample]:
        """All values now."""
        for market in list(self._markets.values()):
            yield Sample(READY, ready(market), (market.name,))
            yield Sample(STREAMS, market.watched, (market.name,))
            for venue, entry in market.entries.items():
                book = market.name, venue
                yield from _book(entry, book)
                yield Sample(TRADES, market.trades.get(venue, 0), book)
                yield Sample(TRADE_GAPS, market.trade_gaps.get(venue, 0), book)
                yield Sample(TRADES_STATE, entry.trades_state, book)


def _book(entry: BookStatus, book: tuple[str, str]) -> Iterator[Sample]:
    yield Sample(LIVE, entry.state == VenueState.LIVE, book)
    yield Sample(STATE, entry.state, book)
    if entry.receive_monotonic > 0:
        yield Sample(AGE, max(0, clock.monotonic_ns() - entry.receive_monotonic) / SECOND, book)
    yield Sample(FRAMES, entry.frames, book)
    yield Sample(RESYNCS, entry.resyncs, book)
    yield Sample(GAPS, entry.gaps, book)
    yield Sample(VERIFIED, entry.checksums_verified, book)
    yield Sample(FAILURES, entry.checksum_failures, book)
    yield Sample(UNVERIFIED, entry.unverified, book)
    yield from _audit(entry, book)
    if entry.clock_uncertainty:
        yield Sample(OFFSET, entry.clock_offset / SECOND, book)
        yield Sample(UNCERTAINTY, entry.clock_uncertainty / SECOND, book)


def _audit(entry: BookStatus, book: tuple[str, str]) -> Iterator[Sample]:
    audit = entry.audit
    yield Sample(AUDITS, audit.audits, book)
    if audit.audits:
        yield Sample(MATCH, audit.bid_match / 1_000_000, (*book, "bid"))
        yield Sample(MATCH, audit.ask_match / 1_000_000, (*book, "ask"))
        yield Sample(EXTRA, audit.ghost_levels, book)
        yield Sample(MISSING, audit.missing_levels, book)
