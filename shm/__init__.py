"""Books of an onebook server on the same machine, read from its shared memory in less than a microsecond.

`onebook serve --shm NAME` writes them. Reading takes no lock, makes no system call, and never waits for the server:

    from onebook.shm import SharedBooks

    with SharedBooks("NAME") as books:
        btc = books["BTC/USDT"]
        book = btc.read()
        print(book.best_bid, book.best_ask, book.live_venues)

The same in C: onebook_shm.h, in the folder that get_include() names. docs/shm.md explains the layout and the errors.
"""

from pathlib import Path

from .book import Book
from .book_parts import Level, TradesState, VenueQuality, VenueState
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
from .readers import IMPLEMENTATION
from .shared_books import SharedBook, SharedBooks

__all__ = [
    "IMPLEMENTATION",
    "Book",
    "FileError",
    "LayoutError",
    "Level",
    "MarketError",
    "NameInvalidError",
    "NoBookError",
    "NoServerError",
    "NotAllowedError",
    "ServerGoneError",
    "SharedBook",
    "SharedBookError",
    "SharedBooks",
    "TradesState",
    "VenueQuality",
    "VenueState",
    "get_include",
]


def get_include() -> str:
    """The folder of onebook_shm.h, for a C compiler's -I."""
    return str(Path(__file__).parent)
