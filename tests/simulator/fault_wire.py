"""One stepped venue and one client on its diffs, for the tests of faults."""

import itertools
from typing import Any

from simulator import Fault, Simulator
from tests.simulator.venue_clients import Socket

DIFF = "btcusdt@depth@100ms"
PAIR = "BTC/USDT"


class Wire:
    """A stepped simulator of one venue and one client of its BTC/USDT diffs."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.rest = sim.endpoints["binance"].rest
        self.socket = Socket(f"{sim.endpoints['binance'].ws}/stream?streams={DIFF}/ethbtc@depth@100ms")
        sim.wait_for_listeners("binance", DIFF)

    def fault(self, kind: str, **changes: Any) -> None:
        self.sim.inject(Fault("binance", kind, **changes))

    def read(self, symbol: str = "BTCUSDT") -> Any:
        while True:
            data = self.socket.read()["data"]
            if data["s"] == symbol:
                return data

    def read_to_truth(self) -> list[Any]:
        """Everything up to the newest update of the venue."""
        seen: list[Any] = []
        last = self.sim.truth("binance", PAIR).sequence
        while not seen or seen[-1]["u"] != last:
            seen.append(self.read())
        return seen

    def raw(self) -> bytes | str:
        """The next BTC/USDT frame as it came."""
        while True:
            data: bytes | str = self.socket.raw.recv()
            if b"ethbtc" not in (data if isinstance(data, bytes) else data.encode()):
                return data


def gaps(events: list[Any]) -> int:
    return sum(later["U"] != earlier["u"] + 1 for earlier, later in itertools.pairwise(events))
