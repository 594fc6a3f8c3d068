"""A client and a naive book of Coinbase Advanced Trade."""

import json
from collections.abc import Callable
from typing import Any

from simulator import Simulator
from tests.simulator.naive_books import NaiveBook, parse
from tests.simulator.venue_clients import Gap, Socket, get

Start = Callable[..., Simulator]
VENUE = "coinbase_advanced"
PAIRS = ["BTC/USD", "ETH/USDT"]


class AdvancedSocket(Socket):
    """Counts the numbers of its connection. Raises Gap when one is missing."""

    def __init__(self, sim: Simulator) -> None:
        super().__init__(sim.endpoints[VENUE].ws)
        self.next = 0
        self.strict = True
        self.kept: list[Any] = []

    def __enter__(self) -> "AdvancedSocket":
        return self

    def read(self) -> Any:
        message = super().read()
        if self.strict and "sequence_num" in message:
            if message["sequence_num"] != self.next:
                raise Gap(f"{self.next} -> {message['sequence_num']}")
            self.next += 1
        return message

    def subscribe(self, channel: str, *products: str, kind: str = "subscribe") -> None:
        """Subscribe and wait until it is done; what comes meanwhile is kept for `drain`."""
        message = {"type": kind, "channel": channel, **({"product_ids": list(products)} if products else {})}
        self.raw.send(json.dumps(message))
        self.kept += self._sent_before_now()

    def drain(self, channel: str = "") -> list[Any]:
        """All messages (of a channel) that were sent before now."""
        messages, self.kept = self.kept + self._sent_before_now(), []
        return [message for message in messages if channel in ("", message.get("channel"))]

    def _sent_before_now(self) -> list[Any]:
        self.raw.send("not json")
        return list(iter(self.read, {"type": "error", "message": "failed to parse message"}))


class AdvancedBook(NaiveBook):
    """A snapshot, then absolute quantities; sides are bid and offer."""

    def take(self, message: Any) -> None:
        for event in message["events"]:
            if event["type"] == "snapshot":
                self.bids, self.asks = {}, {}
            for row in event["updates"]:
                assert row["side"] in ("bid", "offer")
                rows = [(row["price_level"], row["new_quantity"])]
                self.apply(rows if row["side"] == "bid" else [], rows if row["side"] == "offer" else [])


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints[VENUE].rest}/api/v3/brokerage/{path}")
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def trades_of(messages: list[Any], kind: str) -> list[Any]:
    """Trades oldest first: the newest stands first in a message."""
    events = [event for message in messages for event in message["events"] if event["type"] == kind]
    return [trade for event in events for trade in reversed(event["trades"])]
