"""The books of one server: opened, found, read, and every way in which that fails."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from server.transport.shm._slots import STARTING, STOPPED
from shm import (
    FileError,
    LayoutError,
    Level,
    MarketError,
    NameInvalidError,
    NoBookError,
    NoServerError,
    NotAllowedError,
    ServerGoneError,
    SharedBooks,
    layout,
)
from tests.shm.shared_file_rig import NAME, SharedFileRig, make_book

pytestmark = pytest.mark.usefixtures("implementation")


def test_the_newest_book_is_read(rig: SharedFileRig) -> None:
    rig.write(make_book(1))
    with rig.open() as books:
        book = books["BTC/USDT"]
        assert book.version == 1
        assert book.read().sequence == 1
        rig.write(make_book(2))
        assert book.version == 2
        found = book.read()
    assert (found.market, found.sequence, found.alive) == ("BTC/USDT", 2, True)
    assert found.best_bid == Level(Decimal("61837.63"), Decimal("1.50002"), "alpha")


def test_what_a_server_says_of_itself(rig: SharedFileRig) -> None:
    with rig.open() as books:
        assert (books.name, books.epoch, books.pid, books.alive) == (NAME, 77, os.getpid(), True)
        assert books.markets == ("BTC/USDT",)
        assert "BTC/USDT" in books
        assert "ETH/USDT" not in books


def test_a_market_that_is_added_is_found(rig: SharedFileRig) -> None:
    with rig.open() as books:
        with pytest.raises(MarketError):
            books["ETH/USDT"]
        rig.writer.add(b"ETH/USDT")
        assert books.markets == ("BTC/USDT", "ETH/USDT")
        with pytest.raises(NoBookError, match="ETH/USDT has no book yet"):
            books["ETH/USDT"].read()


def test_a_market_that_is_removed_and_comes_again(rig: SharedFileRig) -> None:
    rig.write(make_book(1))
    with rig.open() as books:
        book = books["BTC/USDT"]
        rig.writer.remove(rig.slot)
        for read in (book.read, book.last):
            with pytest.raises(MarketError, match="BTC/USDT was removed from the server 'test'"):
                read()
        assert books.markets == ()
        rig.writer.restore(rig.slot)
        assert book.read().sequence == 1
        assert books["BTC/USDT"] is book


def test_an_unknown_market_names_the_nearest(rig: SharedFileRig) -> None:
    with rig.open() as books:
        with pytest.raises(MarketError, match=r"has no market 'btc/usdt'; did you mean BTC/USDT\?") as caught:
            books["btc/usdt"]
        assert caught.value.suggestion == "BTC/USDT"
        with pytest.raises(MarketError, match="has no market 'XYZ'$") as caught:
            books["XYZ"]
        assert caught.value.suggestion == ""


def test_a_server_that_is_silent_is_gone(rig: SharedFileRig) -> None:
    rig.write(make_book(1))
    with rig.open() as books:
        book = books["BTC/USDT"]
        rig.writer.beat(time.monotonic_ns() - layout.SILENCE - 1)
        with pytest.raises(ServerGoneError, match=f"process {os.getpid()}. stopped, crashed or hangs"):
            book.read()
        assert not books.alive
        last = book.last()
        assert (last.sequence, last.alive) == (1, False)
        assert "of a server that is gone" in repr(last)
        rig.live()
        assert book.read().alive
        with pytest.raises(ServerGoneError):
            rig.writer.beat(0)
            SharedBooks(NAME, directory=rig.folder)


def test_a_heartbeat_of_another_clock_is_none(rig: SharedFileRig) -> None:
    rig.write(make_book(1))
    with rig.open() as books:
        rig.writer.beat(time.monotonic_ns() + 3600 * 10**9)
        with pytest.raises(ServerGoneError):
            books["BTC/USDT"].read()


def test_a_server_that_stopped_is_gone_at_once(rig: SharedFileRig) -> None:
    rig.write(make_book(1))
    with rig.open() as books:
        rig.writer.set_state(STOPPED)
        rig.close()
        with pytest.raises(ServerGoneError):
            books["BTC/USDT"].read()
        assert books["BTC/USDT"].last().sequence == 1, "its memory stays while it is mapped"
    with pytest.raises(
        NoServerError, match="no onebook server serves 'test' on this machine: start one with --shm test"
    ):
        SharedBooks(NAME, directory=rig.folder)


def test_a_server_that_starts_is_none_yet(rig: SharedFileRig) -> None:
    rig.writer.set_state(STARTING)
    with pytest.raises(NoServerError, match="is starting") as caught:
        rig.open()
    assert not isinstance(caught.value, ServerGoneError)


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "ä", "x" * 65, "a\n"])
def test_names_that_are_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameInvalidError, match="is no name of a server"):
        SharedBooks(name, directory=tmp_path)


def write_over(offset: int, form: str, *values: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(struct.pack(form, *values))

    return change


def cut(size: int) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, size)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (write_over(0, "8s", b"whatever"), FileError, "is not a file of onebook"),
        (cut(0), FileError, "is not a file of onebook"),
        (cut(7), FileError, "is not a file of onebook"),
        (cut(100), FileError, "is cut short: 100 bytes"),
        (cut(4096), FileError, r"is cut short: 4096 bytes of \d+"),
        (write_over(8, "=I", 2), LayoutError, "has layout 2, this reader has layout 1"),
        (write_over(12, "=I", 512), LayoutError, "has layout 1"),
        (write_over(40, "=I", 2**32 - 1), FileError, "is cut short"),
        (write_over(40, "=I", 0), FileError, "is cut short"),
        (write_over(48, "=Q", 2**63), FileError, "is cut short"),
        (write_over(48, "=Q", 8), FileError, "is cut short"),
        (write_over(56, "=Q", 64), FileError, "is cut short"),
        (write_over(64, "=Q", 1), FileError, "is cut short"),
        (write_over(72, "=Q", 64), FileError, "is cut short"),
        (write_over(80, "=I", 100_000), FileError, "is cut short"),
        (write_over(84, "=I", 100_000), FileError, "is cut short"),
    ],
)
def test_files_that_are_none(
    rig: SharedFileRig, change: Callable[[Path], None], kind: type[FileError], words: str, tmp_path: Path
) -> None:
    copy = tmp_path / f"{layout.PREFIX}copy"
    copy.write_bytes(rig.path.read_bytes())
    change(copy)
    with pytest.raises(kind, match=words):
        SharedBooks("copy", directory=tmp_path)
    extension = pytest.importorskip("shm._reader")
    with pytest.raises(ValueError, match="not a file of this layout"):
        extension.Reader(copy.read_bytes())


def test_a_file_that_may_not_be_read(rig: SharedFileRig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / f"{layout.PREFIX}link").symlink_to(rig.path)
    with pytest.raises(NotAllowedError, match="may not be read"):
        SharedBooks("link", directory=tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    monkeypatch.setattr("shm.shared_books.ROOT", -1)
    with pytest.raises(NotAllowedError, match=r"belongs to another user \(uid \d+\)"):
        rig.open()


def test_nothing_can_be_written(rig: SharedFileRig) -> None:
    with rig.open() as books, pytest.raises(TypeError):
        books._memory[0] = 1  # noqa: SLF001 - that it is mapped read-only


def test_closed_books_are_an_error_and_no_crash(rig: SharedFileRig) -> None:
    rig.write(make_book(1))
    books = rig.open()
    book = books["BTC/USDT"]
    kept = book.read()
    books.close()
    books.close()
    for call in (book.read, book.last, lambda: book.version, lambda: books.alive):
        with pytest.raises(ValueError):
            call()
    assert kept.best_bid is not None, "a book that was read is a copy"


def descriptors() -> int:
    """Open ones of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_descriptor_is_kept(rig: SharedFileRig) -> None:
    before = descriptors()
    with rig.open(), rig.open():
        assert descriptors() <= before + 2, "mmap has one of its own"
    assert descriptors() == before
