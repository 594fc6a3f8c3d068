"""VenueWatch: messages, answers and connections of the window, and the reports of the books."""

from __future__ import annotations

from decimal import Decimal

from server.model import Side, Trade
from server.report import venue_watch
from server.report.report_window import ReportWindow
from server.report.venue_watch import VenueWatch


def watch(begin: int = 100, end: int = 580) -> VenueWatch:
    return VenueWatch("x", ReportWindow(begin, end))


def test_messages_and_answers_of_the_window_are_counted() -> None:
    made = watch()
    for now in (50, 100, 101, 579):
        made.message(now, 10)
        made.answer(now, 7)
        made.failed(now)
    found = made.result()
    assert (found.messages, found.bytes, found.answers, found.answer_bytes) == (3, 30, 3, 21)
    assert found.failed_requests == 3
    assert [found.messages_by_part[at] for at in (0, 1, 2, 479)] == [1, 1, 0, 1]


def test_only_subscribed_books_have_a_report() -> None:
    made = watch()
    made.book("C/D")
    connection = made.connection(3, ["A/B", "A/B"])
    assert [book.pair for book in connection.books] == ["A/B"]
    found = made.result()
    assert [book.pair for book in found.books] == ["A/B"]
    assert found.not_subscribed == ("C/D",)
    assert found.clock_offset_ns is None


def test_disconnects_of_all_connections_are_summed() -> None:
    made = watch()
    first, second = made.connection(1, ["A/B"]), made.connection(2, ["C/D"])
    for connection, begin, end in ((first, 120, 130), (second, 110, 150)):
        connection.opened(105)
        connection.closed(begin, "gone")
        connection.opened(end)
    found = made.result()
    assert (found.connections, found.disconnect_count) == (4, 2)
    assert (found.disconnected_ns, found.longest_disconnect_ns) == (50, 40)
    assert [each.connection for each in found.disconnects] == [2, 1], "in the order of their times"
    assert "2 disconnects" in found.sentence


def test_the_longest_disconnects_are_kept() -> None:
    made = watch(0, 10**9)
    connection = made.connection(1, ["A/B"])
    for number in range(venue_watch.KEPT + 3):
        connection.closed(number * 10_000, "gone")
        connection.opened(number * 10_000 + number + 1)
    found = made.result()
    assert found.disconnect_count == venue_watch.KEPT + 3
    assert len(found.disconnects) == venue_watch.KEPT
    assert min(each.end_ns - each.begin_ns for each in found.disconnects) == 4


def test_latencies_of_all_books_are_merged() -> None:
    made = watch()
    made.connection(1, ["A/B", "C/D"])
    for pair, late in (("A/B", 10), ("C/D", 30)):
        made.book(pair).trades.trade(Trade("s", "1", Decimal(1), Decimal(1), Side.BUY, 200 - late), 200)
    found = made.result().trade_latency
    assert (found.count, found.minimum_ns, found.maximum_ns) == (2, 10, 30)
