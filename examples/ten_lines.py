"""The shortest useful client: every change of the consolidated book, exact, with its venues."""

import sys

from onebook.client import Client

with Client(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50052") as client:
    for book in client.stream_book("BTC/USDT", levels=10):
        if book.best_bid and book.best_ask:
            print(book.best_bid.price, book.best_bid.venue, book.best_ask.price, book.best_ask.venue, book.spread)
