"""Markets that come, change, fail and go, as readers see them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from onebook.v1.market_data_pb2 import StreamBookResponse
from server.api.topics import default_book_channel
from server.errors import ConfigError
from server.publish.channel import Channel
from shm import Book, MarketError, NoBookError, NoServerError, ServerGoneError
from tests.publish.reader import Reader

pytest.importorskip("server.transport.shm._slots")

from server.transport.shm import slot_publisher
from tests.transport.shm.publisher_rig import CHOICE, PublisherRig


def best(book: Book) -> Decimal:
    """The price of the best bid, which there is."""
    assert book.best_bid is not None
    return book.best_bid.price


def test_markets_of_the_start_are_there_when_the_server_serves(publishing: PublisherRig) -> None:
    publishing.add("BTC/USDT")
    publishing.add("ETH/USDT", "2", "3")
    with pytest.raises(NoServerError, match="is starting"):
        publishing.open()
    publishing.run()
    with publishing.open() as books:
        assert books.markets == ("BTC/USDT", "ETH/USDT")
        assert books.epoch == publishing.dispatcher.epoch.start
        book = books["ETH/USDT"].read()
    assert (book.mid, book.live_venues) == (Decimal("2.5"), ("alpha",))
    assert [venue.venue for venue in book.venues] == ["alpha", "beta"]


def test_books_follow_changes_and_are_those_of_the_stream(publishing: PublisherRig) -> None:
    market = publishing.add("BTC/USDT")
    publishing.run()
    stream = Reader(default_book_channel(publishing.dispatcher, market, CHOICE))
    stream.source.join(stream)
    with publishing.open() as books:
        for number in range(5):
            publishing.change(market, str(20 + number), "40.5")
            book = books["BTC/USDT"].read()
            stream.done()
            message = StreamBookResponse.FromString(stream.received[-1]).book
            assert book.sequence == message.header.sequence
            assert [level[:2] for level in book.raw_bids] == [(each.price, each.size) for each in message.bids]
            assert book.bids[0].price == 20 + number
            assert not book.withheld


def test_no_change_writes_no_book(publishing: PublisherRig) -> None:
    publishing.add("BTC/USDT")
    publishing.run()
    publishing.run()
    with publishing.open() as books:
        before = books["BTC/USDT"].version
        for _ in range(5):
            publishing.run()
        assert books["BTC/USDT"].version == before


def test_a_removed_market_is_said_and_comes_again_in_its_slot(publishing: PublisherRig) -> None:
    market = publishing.add("BTC/USDT")
    publishing.run()
    with publishing.open() as books:
        book = books["BTC/USDT"]
        assert publishing.dispatcher.remove_market(market) == 1
        with pytest.raises(MarketError, match="was removed"):
            book.read()
        publishing.run()
        again = publishing.add("BTC/USDT", "3", "4")
        publishing.run()
        assert best(book.read()) == 3
        publishing.change(again, "3.5", "4")
        assert best(book.read()) == Decimal("3.5")
        assert books.markets == ("BTC/USDT",)


def test_a_book_that_cannot_be_made_is_withheld_and_comes_again(
    publishing: PublisherRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_publisher, "AGAIN", 0)
    market = publishing.add("BTC/USDT")
    publishing.run()
    with publishing.open() as books:
        book = books["BTC/USDT"]
        default_book_channel(publishing.dispatcher, market, CHOICE).fail("a defect")
        found = book.read()
        assert (found.withheld, found.bids, found.venues) == (True, (), ())
        publishing.run()
        assert not book.read().withheld
        publishing.change(market, "8", "11")
        assert best(book.read()) == 8


def test_a_stream_that_cannot_be_opened_is_opened_later(
    publishing: PublisherRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slot_publisher, "AGAIN", 0)

    def broken(*_arguments: object) -> Channel:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("tests.transport.shm.publisher_rig.default_book_channel", broken)
        publishing.add("BTC/USDT")
        publishing.run()
        with publishing.open() as books, pytest.raises(NoBookError, match="BTC/USDT has no book yet"):
            books["BTC/USDT"].read()
    assert "BTC/USDT: the book could not be put into shared memory" in caplog.text
    assert "MemoryError" in caplog.text
    publishing.run()
    with publishing.open() as books:
        assert best(books["BTC/USDT"].read()) == 9


def test_a_message_that_does_not_fit_is_withheld_and_logged(
    publishing: PublisherRig, caplog: pytest.LogCaptureFixture
) -> None:
    market = publishing.add("BTC/USDT")
    publishing.run()
    channel = default_book_channel(publishing.dispatcher, market, CHOICE)
    channel.publish(b"no book", 1)
    with publishing.open() as books:
        assert books["BTC/USDT"].read().withheld
    assert "a stream failed and is ended" in caplog.text
    assert "no book of at most 5 levels per side and 3 venues" in caplog.text


def test_venues_that_come_and_go_are_in_the_book(publishing: PublisherRig) -> None:
    market = publishing.add("BTC/USDT")
    publishing.run()
    with publishing.open() as books:
        market.add_venue("gamma")
        publishing.change(market, "9", "12")
        assert [venue.venue for venue in books["BTC/USDT"].read().venues] == ["alpha", "beta", "gamma"]
        market.remove_venue("beta")
        publishing.change(market, "9", "13")
        assert [venue.venue for venue in books["BTC/USDT"].read().venues] == ["alpha", "gamma"]


def test_markets_without_a_slot_are_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rig = PublisherRig(tmp_path, slots=1)
    rig.add("BTC/USDT")
    rig.add("ETH/USDT")
    rig.add(f"{'币' * 40}/{'x' * 40}")
    rig.run()
    rig.run()
    with rig.open() as books:
        assert books.markets == ("BTC/USDT",)
    said = [record.getMessage() for record in caplog.records if "not in shared memory" in record.getMessage()]
    assert len(said) == 2
    assert said[0].startswith("ETH/USDT is not in shared memory: all 1 slots had markets; a restart frees")
    assert said[1].endswith("its name has more than 127 bytes")
    rig.publisher.close()


def test_a_system_without_memory_costs_that_market_alone(
    publishing: PublisherRig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.add("BTC/USDT")
    publishing.run()

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.transport.shm.shared_file.reserve", full)
    publishing.add("ETH/USDT")
    publishing.run()
    assert "ETH/USDT is not in shared memory: there is no memory for it (No space left on device)" in caplog.text
    with publishing.open() as books:
        assert books.markets == ("BTC/USDT",)


def test_an_end_is_seen_at_once_and_calls_after_it_do_nothing(publishing: PublisherRig) -> None:
    market = publishing.add("BTC/USDT")
    publishing.run()
    with publishing.open() as books:
        publishing.publisher.close()
        with pytest.raises(ServerGoneError):
            books["BTC/USDT"].read()
        publishing.change(market, "1", "2")
        publishing.add("ETH/USDT")
        publishing.run()
        assert best(books["BTC/USDT"].last()) == 9
    with pytest.raises(NoServerError, match="no onebook server serves"):
        publishing.open()
    publishing.publisher.close()


def test_a_name_in_use_is_refused(publishing: PublisherRig) -> None:
    with pytest.raises(ConfigError, match="in use"):
        PublisherRig(publishing.folder)
