"""A client and a naive book of Gate, spot and perpetuals."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from simulator import Simulator
from tests.simulator.venue_clients import Follower, Gap, OutOfDateSnapshot, Socket, get

Start = Callable[..., Simulator]
PAIR = "BTC/USDT"
UPDATES = "spot.order_book_update"


class GateSocket(Socket):
    """A connection that knows how to subscribe and how to read up to now."""

    family = "spot"

    def __enter__(self) -> "GateSocket":
        return self

    def subscribe(self, channel: str, *payload: str) -> Any:
        return self.ask({"time": 1, "channel": channel, "event": "subscribe", "payload": list(payload)})

    def unsubscribe(self, channel: str, *payload: str) -> Any:
        return self.ask({"time": 1, "channel": channel, "event": "unsubscribe", "payload": list(payload)})

    def drain(self) -> list[Any]:
        """All messages that were sent before now."""
        self.raw.send(json.dumps({"time": 2, "channel": f"{self.family}.ping"}))
        return list(iter(lambda: self._unless_pong(self.read()), None))

    def _unless_pong(self, message: Any) -> Any:
        return None if message["channel"] == f"{self.family}.pong" else message


class FuturesSocket(GateSocket):
    family = "futures"


class GateFollower(Follower):
    """drop u <= id; first U <= id + 1 <= u; then U == previous u + 1. A full message replaces the book."""

    def join(self, events: list[Any], snapshot: Any) -> None:
        if events and snapshot["id"] + 1 < events[0]["U"]:
            raise OutOfDateSnapshot
        self.found({side: [pair_of(row) for row in snapshot[side]] for side in ("bids", "asks")})
        self.last = snapshot["id"]
        for event in events:
            self.apply(event)

    def apply(self, event: Any) -> None:
        if event.get("full"):
            self.found({side: [pair_of(row) for row in event[side[0]]] for side in ("bids", "asks")})
        elif event["u"] <= self.last:
            return
        elif event["U"] > self.last + 1:
            raise Gap(f"{self.last} -> {event['U']}")
        else:
            self._set(self.bids, event.get("b", []))
            self._set(self.asks, event.get("a", []))
        self.last = event["u"]
        self.applied += 1

    @staticmethod
    def _set(side: dict[Decimal, Decimal], rows: list[Any]) -> None:
        for price, size in map(pair_of, rows):
            side[price] = size
            if not size:
                del side[price]

    def is_top_of(self, truth: Any, count: int) -> bool:
        """Exactly the best `count` levels, nothing more."""
        return {Decimal(p): Decimal(s) for p, s in truth.bids[:count]} == self.bids and {
            Decimal(p): Decimal(s) for p, s in truth.asks[:count]
        } == self.asks


def pair_of(row: Any) -> tuple[Decimal, Decimal]:
    price, size = (row["p"], row["s"]) if isinstance(row, dict) else row
    return Decimal(price), Decimal(size)


def spot(sim: Simulator) -> GateSocket:
    return GateSocket(f"{sim.endpoints['gate'].ws}/ws/v4/")


def futures(sim: Simulator) -> FuturesSocket:
    return FuturesSocket(f"{sim.endpoints['gate_futures'].ws}/v4/ws/usdt")


def rest(sim: Simulator, path: str, venue: str = "gate") -> Any:
    answer = get(f"{sim.endpoints[venue].rest}/api/v4/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def results(messages: list[Any], channel: str) -> list[Any]:
    return [message["result"] for message in messages if message["channel"] == channel]
