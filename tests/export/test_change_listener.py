"""ChangeListener: the changes that it hands on make, at each point, the book of the replay."""

from __future__ import annotations

import pytest

from orderbook_ext import BookUpdate, OrderBook, UpdateKind, UpdateLog
from recording import Kind
from server.export.change_listener import ChangeListener
from server.export.export_market import ExportMarket
from server.export.level_book import LevelBook
from server.market.market import Market
from server.model import Pair, VenueState
from server.units import SECOND
from tests.export.captured import LONGEST, PLAYED, Collected, of, play


class Compared(Collected):
    """Holds the book that the changes make against the book of the replay, at each update."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.compared = 0
        self.logs: dict[tuple[str, str], UpdateLog] = {}
        self.waiting: dict[tuple[str, str], list[BookUpdate]] = {}
        made = ChangeListener.market_added

        def market_added(listener: ChangeListener, market: Market) -> None:
            made(listener, market)
            for venue, entry in market.entries.items():
                self.logs[market.name, venue] = UpdateLog(entry, levels=1000, capacity=4096)

        monkeypatch.setattr(ChangeListener, "market_added", market_added)

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        super().book(market, book, update, at)
        expected = self.expected(str(market.pair), market.venue, update.kind)
        assert update.sequence == expected.sequence
        assert (book.bids.best(1000), book.asks.best(1000)) == (list(expected.bids), list(expected.asks))
        self.compared += 1

    def expected(self, pair: str, venue: str, kind: int) -> BookUpdate:
        """The same update as another log has it; that log tells of a hidden book more than once."""
        waiting = self.waiting.setdefault((pair, venue), [])
        while True:
            if not waiting:
                waiting.extend(self.logs[pair, venue].take()[0])
            found = waiting.pop(0)
            if found.kind != UpdateKind.HIDDEN or kind == UpdateKind.HIDDEN:
                return found


@pytest.mark.slow
@pytest.mark.parametrize("capture", PLAYED)
def test_the_changes_make_the_book_of_the_replay_at_each_point(capture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Compared(monkeypatch)
    play(sink, of(capture, 1500))
    assert sink.compared == len(sink.updates) > 0
    times = [at for _, _, at in sink.updates]
    assert times == sorted(times)


def test_what_is_before_the_beginning_is_one_whole_book() -> None:
    records = of(LONGEST, 1500)
    begin = records[len(records) // 2].time
    whole, part = Collected(), Collected()
    play(whole, records)
    play(part, records, begin)
    assert [each for each in whole.trades if each[2] >= begin] == part.trades
    assert part.updates[0][1].kind == UpdateKind.SHOWN
    assert part.updates[0][2] >= begin
    after = [each for each in whole.updates if each[2] >= begin]
    assert part.updates[1:] == after[len(after) - len(part.updates) + 1 :]


def test_a_segment_whose_first_records_say_when_it_was_opened_moves_no_event() -> None:
    records = of(LONGEST, 400)
    later = [
        record._replace(time=record.time + SECOND) if record.kind in (Kind.RUN, Kind.SOURCE) else record
        for record in records
    ]
    first, second = Collected(), Collected()
    play(first, records)
    play(second, later)
    assert first.updates == second.updates
    assert first.trades == second.trades


def test_what_the_sink_raises_ends_the_replay() -> None:
    class Full(Collected):
        def book(self, *_arguments: object) -> None:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        play(Full(), of(LONGEST, 300))


def test_a_book_whose_market_or_venue_is_removed_is_withdrawn() -> None:
    market = Market(Pair("BTC", "USDT"), ["a", "b"], lambda _market: None)
    for entry in market.entries.values():
        book = OrderBook(lock=market.lock)
        book.load([("1", "1")], [])
        entry.book, entry.state = book, VenueState.LIVE
    sink = Collected()
    listener = ChangeListener(sink, lambda _venue, _market: None)
    listener.market_added(market)
    listener.tick()
    market.remove_venue("a")
    listener.tick()
    listener.market_removed(market)
    assert [(of.venue, update.kind) for of, update, _ in sink.updates] == [
        ("a", UpdateKind.SHOWN), ("b", UpdateKind.SHOWN), ("a", UpdateKind.HIDDEN), ("b", UpdateKind.HIDDEN),
    ]  # fmt: skip
    assert listener.error is None
