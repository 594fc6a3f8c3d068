"""A client and a naive book of Coinbase Exchange."""

from collections.abc import Callable
from typing import Any

from simulator import Simulator
from tests.simulator.naive_books import NaiveBook, parse
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]
VENUE = "coinbase_exchange"
PAIRS = ["BTC/USD", "ETH/USDT"]


class CoinbaseSocket(Socket):
    """Knows how to subscribe and how to read up to now."""

    def __init__(self, sim: Simulator) -> None:
        super().__init__(sim.endpoints[VENUE].ws)

    def __enter__(self) -> "CoinbaseSocket":
        return self

    def subscribe(self, *channels: Any, products: Any = ("BTC-USD",), kind: str = "subscribe") -> Any:
        return self.ask({"type": kind, "product_ids": list(products), "channels": list(channels)})

    def drain(self, kind: str = "") -> list[Any]:
        """All messages (of a type) that were sent before now."""
        self.raw.send("not json")
        messages = iter(self.read, {"type": "error", "message": "Malformed JSON"})
        return [message for message in messages if kind in ("", message["type"])]


class CoinbaseBook(NaiveBook):
    """A snapshot, then changes in the order of the array."""

    def take(self, message: Any) -> None:
        if message["type"] == "snapshot":
            self.bids, self.asks = {}, {}
            self.apply(message["bids"], message["asks"])
            return
        for side, price, size in message["changes"]:
            rows = [(price, size)]
            self.apply(rows if side == "buy" else [], rows if side == "sell" else [])


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints[VENUE].rest}{path}")
    assert answer.status_code == 200, answer.text
    return parse(answer.text)
