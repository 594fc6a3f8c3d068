"""Both files of docs/add-a-venue.md are whole: they run against one another, and say what the page says."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import types
from decimal import Decimal

import pytest

import server.venues
import simulator.venues
from server.model import Pair
from simulator import Fault, Simulator, SimulatorConfig
from tests.faults.rig import Rig
from tests.simulator.venue_clients import Socket, get
from tests.test_layout import ROOT
from tests.venues.exchanges import SimulatedVenue
from tests.venues.in_process import InProcess
from tests.venues.simulated import recording

PAGE = (ROOT / "docs" / "add-a-venue.md").read_text()
SERVER_FILE, USE, SIMULATOR_FILE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PAIRS = ("BTC/USD", "ETH/USD")


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both files as modules of their folders, with their lines in the registries."""
    for package, text in (("server.venues", SERVER_FILE), ("simulator.venues", SIMULATOR_FILE)):
        module = types.ModuleType(f"{package}.acme")
        module.__package__ = package
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(text, f"{package}/acme.py", "exec"), module.__dict__)
    (line,) = re.findall(r'`"acme": (lambda .*?)`', PAGE)
    monkeypatch.setitem(server.venues.VENUES, "acme", sys.modules["server.venues.acme"].Acme)
    made = eval(line, {"acme": sys.modules["simulator.venues.acme"]})
    monkeypatch.setitem(simulator.venues.VENUES, "acme", made)


def test_the_venue_of_the_page_works_as_it_says() -> None:
    (said,) = re.findall(r'```\n(\{"op.*?)```', PAGE, re.DOTALL)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(USE, "use.py", "exec"), {})
    assert output.getvalue() == said
    assert "try:" not in SERVER_FILE, "the boundary is guarded by the base class"


def test_books_and_trades_are_the_simulated_exchanges_own() -> None:
    exchange = InProcess("acme", PAIRS)
    exchange.connect()
    for _ in range(20):
        exchange.step(5)
        for pair, sync in exchange.syncs.items():
            assert sync.live, sync.entry.detail
            assert exchange.ours(pair, 100) == exchange.truth(pair, 100)
    for pair, sync in exchange.syncs.items():
        assert exchange.seen(pair) == exchange.told(pair) != []
        assert (sync.entry.checksum_failures, sync.entry.resyncs) == (0, 0)
        assert sync.entry.checksums_verified > 50
    assert exchange.complaints == []


def test_a_naive_client_reaches_the_exchanges_own_book() -> None:
    """The simulated side alone, from what the page says of the protocol."""
    with Simulator(SimulatorConfig(venues=("acme",), pairs=PAIRS, manual=True, seed=3)) as sim:
        books: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
        with Socket(f"{sim.endpoints['acme'].ws}/v1") as socket:
            assert socket.ask({"op": "ping"}) == {"pong": 1}
            assert socket.ask({"op": "sub", "names": ["book:NO-PE"], "id": 4})["id"] == 4
            assert socket.ask({"op": "sub", "names": ["book:BTC-USD"], "id": 5}) == {
                "ok": True,
                "sub": ["book:BTC-USD"],
            }
            sim.step(10)
            socket.raw.send('{"op":"ping"}')
            while "pong" not in (message := json.loads(socket.raw.recv())):
                for name, side in books.items():
                    side.update((Decimal(price), Decimal(size)) for price, size in message[name])
        truth = sim.truth("acme", "BTC/USD")
        for side, rows in ((books["bids"], truth.bids), (books["asks"], truth.asks)):
            held = {price: size for price, size in side.items() if size}
            assert held == {Decimal(price): Decimal(size) for price, size in rows}
        rest = sim.endpoints["acme"].rest
        assert get(f"{rest}/book?sym=NO-PE").json() == {"ok": False, "why": "bad sym: NO-PE"}
        assert get(f"{rest}/nothing").status_code == 404


def test_every_stream_is_confirmed_or_refused() -> None:
    peer = SimulatedVenue("acme", PAIRS)
    venue, (first, second) = peer.venue, peer.instruments()
    streams = [venue.trade_stream(item) for item in (first, second)]
    (confirmed,) = peer.send(venue.subscribe(streams))
    assert set(confirmed.streams) == set(streams)  # type: ignore[union-attr]
    (refused,) = peer.send(venue.subscribe(["trades:NO-PE"], 7))
    assert refused.request == "7"  # type: ignore[union-attr]


def test_real_frames_and_answers_are_read() -> None:
    made = recording.__wrapped__("acme")
    assert len(made.frames) > 10
    assert len(made.venue.instruments(made.bodies["instruments"])) == 2
    assert made.venue.read_past_trades(made.instrument, made.bodies["trades"])


@pytest.mark.slow
def test_faults_on_frames_of_books_are_found_and_healed() -> None:
    """Over sockets, as `make venue-check` does it: each struck, was noticed, and was healed."""
    with Rig(("acme",), PAIRS, audit=2.0) as rig:
        rig.settle()
        for fault in (
            Fault("*", "drop", pair=PAIRS[0], count=1, frames="book"),
            Fault("*", "corrupt", mode="types", pair=PAIRS[0], count=1, frames="book"),
            Fault("*", "checksum", pair=PAIRS[0], count=1),
        ):
            seen = rig.suffer(fault, patience=60.0)
            rig.simulator.clear_faults()
            assert not rig.missed, f"{fault.kind} struck nothing"
            assert seen["acme", PAIRS[0]].healed is not None, fault.kind
            assert not seen["acme", PAIRS[1]].states
            rig.settle()
        entry = rig.markets[Pair.parse(PAIRS[0])].entries["acme"]
        assert entry.checksum_failures == 1
        assert entry.checksums_verified > 10
        assert entry.audit.audits > 0
