"""A dispatcher without a thread, whose books go into a file of the test's own."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from server.api.topics import default_book_channel
from server.market.market import Market
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice
from server.transport.shm.shared_file import SharedFile
from server.transport.shm.slot_publisher import SlotPublisher
from shm import SharedBooks
from tests.market.books import fill, market

NAME = "test"
CHOICE = BookChoice(5, Decimal(0))


class PublisherRig:
    """Passes are made by hand."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.dispatcher = Dispatcher(Epoch.now())
        self.publisher = SlotPublisher(
            NAME,
            lambda of: default_book_channel(self.dispatcher, of, CHOICE),
            epoch=self.dispatcher.epoch.start,
            levels=CHOICE.levels,
            venues=3,
            file=lambda name, size: SharedFile(name, size, folder),
            **options,
        )
        self.dispatcher.listen(self.publisher)

    def add(self, pair: str, bid: str = "9", ask: str = "11") -> Market:
        """A market with one live book."""
        made = market(pair, "alpha", "beta")
        fill(made, "alpha", bid, ask)
        self.dispatcher.add_market(made)
        return made

    def run(self) -> None:
        """One pass."""
        self.dispatcher.run_pass(time.monotonic_ns())

    def change(self, of: Market, bid: str, ask: str) -> None:
        """Another book, published."""
        fill(of, "alpha", bid, ask)
        self.dispatcher.book_changed(of)
        self.run()

    def open(self) -> SharedBooks:
        return SharedBooks(NAME, directory=self.folder)
