"""A client and a naive book of KuCoin."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import requests

from simulator import Simulator
from tests.simulator.venue_clients import Follower, Gap, OutOfDateSnapshot, Socket, get

Start = Callable[..., Simulator]
VENUE = "kucoin"
PAIR = "BTC/USDT"
LEVEL2 = "/market/level2:BTC-USDT"


class KucoinSocket(Socket):
    """Asks for a token, connects where it is told, waits for the welcome."""

    def __init__(self, sim: Simulator, name: str = "me") -> None:
        answer = requests.post(f"{sim.endpoints[VENUE].rest}/api/v1/bullet-public", timeout=10).json()
        server = answer["data"]["instanceServers"][0]
        super().__init__(f"{server['endpoint']}?token={answer['data']['token']}&connectId={name}")
        assert self.read() == {"id": name, "type": "welcome"}

    def __enter__(self) -> "KucoinSocket":
        return self

    def subscribe(self, topic: str, kind: str = "subscribe") -> Any:
        return self.ask({"id": 7, "type": kind, "topic": topic, "privateChannel": False, "response": True})

    def drain(self, topic: str = "") -> list[Any]:
        """The data of all messages (of a topic) that were sent before now."""
        self.raw.send(json.dumps({"id": "drain", "type": "ping"}))
        found = []
        while (message := self.read()) != {"id": "drain", "type": "pong"}:
            if not topic or message["topic"] == topic:
                found.append(message["data"] if topic else message)
        return found


class KucoinFollower(Follower):
    """Messages above the snapshot's sequence, rows of the first one too; then start == previous end + 1."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0

    def join(self, events: list[Any], snapshot: Any) -> None:
        last = int(snapshot["sequence"])
        kept = [event for event in events if event["sequenceEnd"] > last]
        if kept and not kept[0]["sequenceStart"] <= last + 1 <= kept[0]["sequenceEnd"]:
            raise OutOfDateSnapshot
        self.found(snapshot)
        self.lowest, self.highest = min(self.bids), max(self.asks)
        self.last = last
        for event in kept:
            self.apply(event, joining=event is kept[0])

    def apply(self, event: Any, joining: bool = False) -> None:
        if event["sequenceStart"] != self.last + 1 and not joining:
            raise Gap(f"{self.last} -> {event['sequenceStart']}")
        for side, rows in ((self.bids, event["changes"]["bids"]), (self.asks, event["changes"]["asks"])):
            for price, size, sequence in rows:
                self.silent += price == "0"
                if int(sequence) <= self.last or Decimal(price) == 0:
                    continue
                side[Decimal(price)] = Decimal(size)
                if Decimal(size) == 0:
                    del side[Decimal(price)]
        self.last = event["sequenceEnd"]
        self.applied += 1

    def knows(self, truth: Any) -> bool:
        """Equal to the truth as far as the snapshot of 100 levels reached."""
        return self._range(self.bids) == self._range(_side(truth.bids)) and self._range(self.asks) == self._range(
            _side(truth.asks)
        )

    def _range(self, side: dict[Decimal, Decimal]) -> dict[Decimal, Decimal]:
        return {price: size for price, size in side.items() if self.lowest <= price <= self.highest}


def _side(rows: Any) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(size) for price, size in rows}


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints[VENUE].rest}{path}")
    assert (answer.status_code, answer.json()["code"]) == (200, "200000"), answer.text
    return answer.json()["data"]


def snapshot_of(sim: Simulator, count: int = 100) -> Any:
    return rest(sim, f"/api/v1/market/orderbook/level2_{count}?symbol=BTC-USDT")
