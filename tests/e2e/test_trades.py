"""Trades from the venue to a subscriber: every number once, in order, or in a gap event that stands in its place."""

from __future__ import annotations

import threading
from typing import Any

import grpc

from onebook.v1 import market_data_pb2 as pb
from tests.waiting import eventually

from .processes import Simulator, Yard

PAIR = "BTC/USDT"


class Reading(threading.Thread):
    """Collects a stream's events until it is cancelled."""

    def __init__(self, call: Any) -> None:
        super().__init__(daemon=True)
        self.events: list[pb.StreamTradesResponse] = []
        self._call = call
        self.start()

    def run(self) -> None:
        try:
            for event in self._call:
                if not event.trade.header.heartbeat:
                    self.events.append(event)
        except grpc.RpcError:
            return

    def stop(self) -> list[pb.StreamTradesResponse]:
        self._call.cancel()
        self.join()
        return self.events


def numbers(events: list[pb.StreamTradesResponse]) -> list[int]:
    """The trades' own numbers, those that gap events tell of among them."""
    found: list[int] = []
    for event in events:
        if event.HasField("gap"):
            lost = range(int(event.gap.after_trade_id) + 1, int(event.gap.before_trade_id))
            assert event.gap.missing == len(lost)
            found += lost
        else:
            found.append(int(event.trade.trade_id))
    return found


def lose_trades(yard: Yard, history: bool) -> list[pb.StreamTradesResponse]:
    """What a subscriber gets while the venue's stream skips two trades, and its history answers or does not."""
    simulator: Simulator = yard.simulator("--manual", "--venues", "binance", "--pair", PAIR)
    server = yard.serve(simulator)

    def step() -> bool:
        simulator.step()
        return bool(server.said("is live"))

    eventually(step, "binance live")
    with server.client() as stub:
        reading = Reading(stub.StreamTrades(pb.StreamTradesRequest()))

        def trades(more: int) -> None:
            """Moves the market until so many more events have come."""
            count = len(reading.events) + more

            def look() -> bool:
                simulator.step()
                return len(reading.events) >= count

            eventually(look, f"{more} events")

        trades(5)
        if not history:
            simulator.fault("binance", "http", status=503, on="rest", lasting="600s")
        simulator.fault("binance", "trade_gap", count=2)
        trades(20)
        simulator.clear()
        return reading.stop()


def test_lost_trades_are_fetched_from_the_venues_history(yard: Yard) -> None:
    events = lose_trades(yard, history=True)
    assert not [event.gap for event in events if event.HasField("gap")]
    found = numbers(events)
    assert found == list(range(found[0], found[0] + len(found)))


def test_lost_trades_that_cannot_be_had_are_an_event(yard: Yard) -> None:
    events = lose_trades(yard, history=False)
    gap = next(event.gap for event in events if event.HasField("gap"))
    assert (gap.market, gap.venue) == (PAIR, "binance")
    found = numbers(events)
    assert found == list(range(found[0], found[0] + len(found)))
    sequences = [(event.gap if event.HasField("gap") else event.trade).header.sequence for event in events]
    assert sequences == sorted(set(sequences))
