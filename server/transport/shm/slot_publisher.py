"""Every market's newest book in shared memory: markets get slots, slots get streams."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from ...codes import Code
from ...logs import about
from ...market.feed_listener import MarketListener
from ...market.market import Market
from ...publish.channel import Channel
from ...publish.defects import Defects
from ...publish.topic_table import NoTopicError
from ...units import SECOND
from ._slots import LONGEST_MARKET, SERVING, STOPPED, SlotWriter, file_size
from .shared_file import SharedFile
from .slot_stream import SlotStream

log = logging.getLogger(__name__)

SLOTS = 512
"""Markets that one server can show in its life: more than it may serve at once, as each keeps its slot."""
AGAIN = SECOND // 2
"""Nanoseconds between two attempts to go on after a book could not be made."""
_FAILED = "the book could not be put into shared memory"


class SlotPublisher(MarketListener):
    """A listener of the dispatcher."""

    def __init__(
        self,
        name: str,
        book_channel: Callable[[Market], Channel],
        *,
        epoch: int,
        levels: int,
        venues: int,
        slots: int = SLOTS,
        file: Callable[[str, int], SharedFile] = SharedFile,
    ) -> None:
        """`book_channel`: the channel of the book of the server's own options. Raises ConfigError."""
        self._file = file(name, file_size(levels, venues, slots))
        self._writer = SlotWriter(
            self._file.memory, epoch=epoch, pid=os.getpid(), levels=levels, venues=venues, slots=slots
        )
        self._book_channel = book_channel
        self._slots: dict[str, int] = {}
        """By name of the market: its slot for ever."""
        self._shown: dict[Market, int] = {}
        """The slots of the markets that are served now."""
        self._streams: dict[Market, SlotStream] = {}
        self._defects = Defects()
        self._serving = False
        self._closed = False
        self._lock = threading.Lock()
        """Held by each call: close() is of another thread than the others."""
        self._next_attempt = 0

    def market_added(self, market: Market) -> None:
        """The market gets a slot, or its own slot again, and its book is shown."""
        with self._lock:
            slot = None if self._closed else self._slot(market.name)
            if slot is not None:
                self._shown[market] = slot
                self._defects.spare(_FAILED, market, self._open, market, slot)

    def market_removed(self, market: Market) -> None:
        """Its stream has ended with its topic."""
        with self._lock:
            self._shown.pop(market, None)
            stream = self._streams.pop(market, None)
            if stream is not None and not self._closed:
                stream.end(Code.NOT_FOUND, "the market was removed")

    def tick(self) -> None:
        """A sign of life; streams that failed are opened again."""
        with self._lock:
            if not self._closed:
                self._live(time.monotonic_ns())

    def _live(self, now: int) -> None:
        self._writer.beat(now)
        if not self._serving:  # The markets of the start have their slots by now.
            self._serving = True
            self._writer.set_state(SERVING)
        if now < self._next_attempt:
            return
        self._next_attempt = now + AGAIN
        for market, slot in self._shown.items():
            stream = self._streams.get(market)
            if stream is None or stream.ended is Code.UNAVAILABLE:
                self._defects.spare(_FAILED, market, self._open, market, slot)

    def close(self) -> None:
        """Readers see a server that has ended, and the file has no name any more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._writer.set_state(STOPPED)
            for stream in self._streams.values():
                stream.close()
            self._writer.close()
            self._file.remove()

    def _slot(self, market: str) -> int | None:
        """The slot of this market; None, with one line in the log, where it can have none."""
        slot = self._slots.get(market)
        if slot is not None:
            self._writer.withhold(slot, time.time_ns(), time.monotonic_ns())
            self._writer.restore(slot)
            return slot
        trouble = self._trouble(market.encode())
        if trouble:
            log.error("%s is not in shared memory: %s", market, trouble, extra=about("shm_left_out", market))
            return None
        slot = self._slots[market] = self._writer.add(market.encode())
        return slot

    def _trouble(self, market: bytes) -> str:
        """Why there can be no slot for another market; empty if there can be one."""
        if len(market) > LONGEST_MARKET:
            return f"its name has more than {LONGEST_MARKET} bytes"
        if self._writer.full:
            return f"all {len(self._slots)} slots had markets; a restart frees those of markets that were removed"
        try:
            self._file.reserve(*self._writer.next_slot())
        except OSError as error:
            return f"there is no memory for it ({error.strerror})"
        return ""

    def _open(self, market: Market, slot: int) -> None:
        try:
            channel = self._book_channel(market)
        except NoTopicError:
            return  # It is being removed: market_removed() comes.
        stream = self._streams[market] = SlotStream(self._writer, slot, channel)
        stream.begin()
