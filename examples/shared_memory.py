"""Print the best prices of every market of a server on this machine, whenever they change.

onebook serve --pair BTC/USDT --shm bot
python shared_memory.py [NAME]
"""

from __future__ import annotations

import sys
import time
from typing import NoReturn

from onebook.shm import Book, NoBookError, NoServerError, ServerGoneError, SharedBooks


def line(book: Book) -> str:
    """The touch, and how far to trust it."""
    bid, ask = book.best_bid, book.best_ask
    if bid is None or ask is None:
        reasons = [f"{venue.venue} {venue.state.name.lower()}" for venue in book.venues if not venue.live]
        return f"{book.market} has no two sides: {', '.join(reasons) or 'a side is empty'}"
    ages = [age for venue in book.venues if venue.live and (age := book.age_of(venue)) is not None]
    oldest = f", the oldest frame is of {max(ages) / 1e6:.0f} ms ago" if ages else ""
    return f"{book.market} {bid.price} {bid.venue} / {ask.price} {ask.venue}{oldest}"


def follow(name: str) -> NoReturn:
    """Until the server ends. A program that must be faster looks without a pause."""
    with SharedBooks(name) as books:
        seen = dict.fromkeys(books.markets, 0)
        while True:
            for market, version in seen.items():
                book = books[market]
                if book.version != version or not books.alive:
                    seen[market] = book.version
                    try:
                        print(line(book.read()), flush=True)
                    except NoBookError:
                        continue  # It has not come yet.
            time.sleep(0.0005)


def ended(name: str) -> str:
    """Follow one server; return how it ended."""
    try:
        follow(name)
    except ServerGoneError as error:
        return str(error)


def main(name: str = "bot") -> int:
    """Follow one server after the other, until Ctrl-C."""
    try:
        while True:
            print(ended(name), file=sys.stderr)
            time.sleep(1)
    except NoServerError as error:
        print(error, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
