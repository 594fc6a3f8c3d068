"""Many threads on one market: nothing is torn, lost or deadlocked."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.ext.frames import BINANCE, DIFF


def frame(random_: random.Random) -> bytes:
    """A frame whose every size equals its price, so that a torn level shows."""
    rows = [f'["{price}","{price}"]' for price in random_.sample(range(1, 3000), 40)]
    return ('{"b":[' + ",".join(rows[:20]) + '],"a":[' + ",".join(rows[20:]) + "]}").encode()


def run_all(*bodies: Callable[[], None]) -> None:
    """Runs the bodies at once and raises the first error of any."""
    errors: list[BaseException] = []

    def guarded(body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


@pytest.mark.slow
def test_one_market_from_many_threads(impl: ModuleType) -> None:
    lock = impl.BookLock()
    books = [impl.OrderBook(lock=lock) for _ in range(3)]
    entries = [impl.BookStatus(f"v{number}", lock) for number in range(3)]
    for entry, book in zip(entries, books, strict=True):
        entry.book, entry.state = book, 3
    frames = [frame(random.Random(seed)) for seed in range(60)]
    rounds = 40 if impl.__name__.endswith("_book") else 3

    def feed(book: int) -> None:
        decoder = impl.FrameDecoder(BINANCE)
        for _ in range(rounds):
            for data in frames:
                assert books[book].feed(decoder, data)

    def batch() -> None:
        decoder = impl.FrameDecoder(BINANCE)
        for _ in range(rounds):
            assert books[0].feed_batch(decoder, frames) == len(frames)

    def load() -> None:
        rows = [(price, price) for price in range(1, 500)]
        for number in range(rounds):
            books[1].load(rows, rows)
            entries[1].detail = "x" * number
            entries[1].book = books[1] if number % 2 else None

    def read() -> None:
        view = impl.ConsolidatedView("A/B", entries, levels=20)
        for number in range(rounds * 10):
            view.refresh()
            for side in (view.bids, view.asks):
                assert all(price == size for price, size, _ in side)
            assert view.encode_book(1, 2, 3, number)
            assert view.encode_summary(1, 2, 3, number)
            for side in books[0].top(50):
                assert all(price == size for price, size in side)

    run_all(lambda: feed(0), lambda: feed(0), lambda: feed(2), batch, load, read, read)
    for book in books:
        book.check()
    assert books[0].stats().updates == 3 * rounds * len(frames)


def test_a_decoder_serves_one_thread_at_a_time(core: ModuleType) -> None:
    decoder = core.FrameDecoder(BINANCE)
    books = [core.OrderBook() for _ in range(2)]
    refused = [0, 0]
    fed = [0, 0]

    def feed(number: int) -> None:
        for _ in range(300):
            try:
                fed[number] += books[number].feed_batch(decoder, [DIFF] * 20)
            except RuntimeError:
                refused[number] += 1

    run_all(lambda: feed(0), lambda: feed(1))
    for number in range(2):
        books[number].check()
        assert fed[number] == 20 * (300 - refused[number]) == books[number].stats().updates


def test_a_book_may_be_used_by_its_own_arguments(core: ModuleType) -> None:
    book = core.OrderBook()

    def rows() -> object:
        book.apply([("1", "1")], [])  # re-entering the book from inside of its own arguments is fine
        yield ("2", "1")

    book.apply(rows(), [])
    assert book.levels()[0] == [(2, 1), (1, 1)]


@pytest.mark.parametrize("method", ["top", "vwap", "top_packed"])
def test_readers_beside_a_batch(core: ModuleType, method: str) -> None:
    book = core.OrderBook()
    frames = [frame(random.Random(seed)) for seed in range(200)]

    def read() -> None:
        while book.stats().updates < 20 * len(frames):
            getattr(book, method)(10)

    def batch() -> None:
        decoder = core.FrameDecoder(BINANCE)
        for _ in range(20):
            book.feed_batch(decoder, frames)

    run_all(read, batch)
    book.check()
