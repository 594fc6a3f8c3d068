"""The books of one server: its file, mapped read-only, and the markets in it."""

from __future__ import annotations

import difflib
import mmap
import os
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from . import layout
from .book import Book
from .book_parts import text_of
from .errors import (
    FileError,
    LayoutError,
    MarketError,
    NameInvalidError,
    NoBookError,
    NoServerError,
    NotAllowedError,
    ServerGoneError,
    SharedBookError,
)
from .readers import Reader, make_reader

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# How alike two names are at least, from 0 to 1.
_NEAR = 0.4
ROOT = 0
"""The user whose files everybody may trust."""


class SharedBook:
    """The newest book of one market. Made by SharedBooks."""

    __slots__ = ("_books", "_read", "_reader", "_slot", "market")

    def __init__(self, books: SharedBooks, reader: Reader, slot: int, market: str) -> None:
        self.market = market
        """BASE/QUOTE."""
        self._books = books
        self._reader = reader
        self._read = reader.read
        self._slot = slot

    @property
    def version(self) -> int:
        """Number of books so far: a larger one than before means that there is a newer book."""
        return self._reader.version(self._slot)

    def read(self) -> Book:
        """The newest book of a server that lives. Raises ServerGoneError, NoBookError, MarketError."""
        found = self._read(self._slot)
        if isinstance(found, int):
            raise self._books.error_of(found, self.market)
        return Book(self.market, found)

    def last(self) -> Book:
        """The newest book, also of a server that is gone: then `Book.alive` is false, and the book one of the past."""
        found = self._reader.last(self._slot)
        if isinstance(found, int):
            raise self._books.error_of(found, self.market)
        return Book(self.market, found, self._reader.alive() == layout.OK)


class SharedBooks:
    """All books of the server that was started with `--shm NAME`.

    After a ServerGoneError the server may have come again: its books are in a new file, which a new SharedBooks opens.
    """

    def __init__(self, name: str, *, directory: str | Path = layout.DIRECTORY) -> None:
        """Raises NameInvalidError, NoServerError, ServerGoneError, NotAllowedError, FileError, LayoutError."""
        if not _NAME.fullmatch(name):
            raise NameInvalidError(f"{name!r:.80} is no name of a server: 1 to 64 letters, digits, - and _")
        self.name = name
        self.path = Path(directory) / f"{layout.PREFIX}{name}"
        self._memory = _mapped(self.path, name)
        self._reader: Reader | None = None
        self._found: dict[str, SharedBook] = {}
        try:
            self._head = _checked(self._memory, self.path)
            self._reader = make_reader(self._memory)
            state = self._reader.alive()
            if state != layout.OK:
                raise self.error_of(state, "")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SharedBooks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the memory; reading raises ValueError from now on. A second time does nothing."""
        if self._reader is not None:
            self._reader.close()
        self._memory.close()

    @property
    def epoch(self) -> int:
        """Start of the server process in nanoseconds UTC, as in its messages."""
        return int(self._head["epoch"])

    @property
    def pid(self) -> int:
        """The server's process."""
        return int(self._head["pid"])

    @property
    def alive(self) -> bool:
        """Whether the server serves and has given a sign of life within the last 2 seconds."""
        assert self._reader is not None
        return self._reader.alive() == layout.OK

    @property
    def markets(self) -> tuple[str, ...]:
        """The markets that are served now."""
        return tuple(market for market, state in self._slots() if state == layout.SERVED)

    def __getitem__(self, market: str) -> SharedBook:
        """A market by its name, such as BTC/USDT. Raises MarketError."""
        found = self._found.get(market)
        if found is not None:
            return found
        for slot, (name, state) in enumerate(self._slots()):
            if name == market and state == layout.SERVED:
                assert self._reader is not None
                found = self._found[market] = SharedBook(self, self._reader, slot, market)
                return found
        raise self._unknown(market)

    def __contains__(self, market: object) -> bool:
        return market in self.markets

    def _slots(self) -> list[tuple[str, int]]:
        """Name and state of each slot, in their order."""
        count = int.from_bytes(self._memory[layout.SLOT_COUNT_AT : layout.SLOT_COUNT_AT + 4], sys.byteorder)
        first, size = self._head["first_slot"], self._head["slot_size"]
        starts = [first + slot * size for slot in range(min(count, self._head["slot_capacity"]))]
        rows = [layout.SLOT.unpack_from(self._memory, start) for start in starts]
        return [(text_of(name), state) for name, _counter, state in rows]

    def _unknown(self, market: str) -> MarketError:
        known = {name.casefold(): name for name in self.markets}
        near = difflib.get_close_matches(market[:80].casefold(), list(known), n=1, cutoff=_NEAR)
        nearest = known[near[0]] if near else ""
        hint = f"; did you mean {nearest}?" if nearest else ""
        return MarketError(f"the server {self.name!r} has no market {market[:80]!r}{hint}", nearest)

    def error_of(self, result: int, market: str) -> SharedBookError:
        """The error of a result of a read that is not OK."""
        server = f"the server {self.name!r} (process {self.pid})"
        if result == layout.SERVER_GONE:
            return ServerGoneError(f"{server} stopped, crashed or hangs")
        if result == layout.NOT_SERVING:
            return NoServerError(f"{server} is starting, or ended before it served")
        if result == layout.GONE_MARKET:
            return MarketError(f"{market} was removed from {server}")
        if result == layout.NO_BOOK:
            return NoBookError(f"{market} has no book yet")
        return NoBookError(f"no consistent book of {market} could be read: it changes faster than it can be copied")


def _mapped(path: Path, name: str) -> mmap.mmap:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise NoServerError(f"no onebook server serves {name!r} on this machine: start one with --shm {name}") from None
    except OSError as error:
        raise NotAllowedError(f"{path} may not be read: {error.strerror}") from error
    try:
        status = os.fstat(file)
        # Anybody may make files there: books of a stranger are not read.
        if status.st_uid not in (os.geteuid(), ROOT):
            raise NotAllowedError(
                f"{path} belongs to another user (uid {status.st_uid}): its books are not to be trusted"
            )
        if status.st_size < len(layout.MAGIC):
            raise FileError(f"{path} is not a file of onebook")
        return mmap.mmap(file, status.st_size, mmap.MAP_SHARED, mmap.PROT_READ)
    finally:
        os.close(file)


def _checked(memory: mmap.mmap, path: Path) -> dict[str, Any]:
    """The header of a file that is whole. Raises FileError, LayoutError."""
    if memory[: len(layout.MAGIC)] != layout.MAGIC:
        raise FileError(f"{path} is not a file of onebook")
    size = len(memory)
    if size < layout.HEADER.size:
        raise FileError(f"{path} is cut short: {size} bytes")
    head: dict[str, Any] = dict(zip(layout.HEADER_FIELDS, layout.HEADER.unpack_from(memory), strict=True))
    if head["layout"] != layout.LAYOUT or head["header_size"] != layout.HEADER.size:
        raise LayoutError(f"{path} has layout {head['layout']}, this reader has layout {layout.LAYOUT}")
    if head["file_size"] > size or not _fits(head, size):
        raise FileError(f"{path} is cut short: {size} bytes of {head['file_size']}")
    return head


def _fits(head: dict[str, Any], size: int) -> bool:
    """Whether the slots and their bodies lie where the header says, as onebook_shm_attach() has it."""
    body = layout.BOOK.size + 2 * head["level_capacity"] * layout.LEVEL.size
    body += head["venue_capacity"] * layout.VENUE.size
    first_slot, slot_size, slots = head["first_slot"], head["slot_size"], head["slot_capacity"]
    first_body, body_size = head["first_body"], head["body_size"]
    return (
        not any(number % 8 for number in (first_slot, slot_size, first_body, body_size))
        and layout.HEADER.size <= first_slot
        and layout.SLOT.size <= first_body
        and body <= body_size
        and first_body + 2 * body_size <= slot_size
        and slots >= 1
        and first_slot + slots * slot_size <= size
    )
