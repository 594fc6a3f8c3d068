"""A server with serving processes: crashes under load, a hang, the server's own death, and its orderly end."""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import grpc
import psutil
import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from server.transport import native
from tests.waiting import eventually

from .processes import Server, Simulator, Yard

pytestmark = pytest.mark.skipif(not native.PROCESSES, reason="serving processes were not built here")

ALONE = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100)]
PROCESSES, READERS = 3, 18


class Reader:
    """Reads books and trades on a connection of its own, and again where it breaks."""

    def __init__(self, server: Server) -> None:
        self.books: list[list[int]] = []
        """Sequence numbers of each stream in turn."""
        self.trades: list[str] = []
        self.dropped = 0
        self.breaks: list[float] = []
        """Seconds from each break of the books to the next one."""
        self._over = False
        self._channel = grpc.insecure_channel(server.address, ALONE)
        self._stub: Any = stubs.MarketDataServiceStub(self._channel)
        self._calls: dict[str, Any] = {}
        self._threads = [threading.Thread(target=read, daemon=True) for read in (self._read_books, self._read_trades)]
        for thread in self._threads:
            thread.start()

    def _read_books(self) -> None:
        broken = 0.0
        while not self._over:
            try:
                call = self._calls["books"] = self._stub.StreamBook(pb.StreamBookRequest(), wait_for_ready=True)
                self.books.append([])
                for message in call:
                    if broken:
                        self.breaks.append(time.monotonic() - broken)
                        broken = 0.0
                    self.books[-1].append(message.book.header.sequence)
            except grpc.RpcError:
                broken = broken or time.monotonic()

    def _read_trades(self) -> None:
        while not self._over:
            try:
                call = self._calls["trades"] = self._stub.StreamTrades(pb.StreamTradesRequest(), wait_for_ready=True)
                for message in call:
                    if message.trade.trade_id:
                        self.trades.append(f"{message.trade.venue} {message.trade.trade_id}")
                        self.dropped += message.trade.dropped
            except grpc.RpcError:
                pass

    def close(self) -> None:
        self._over = True
        for call in self._calls.values():
            call.cancel()
        self._channel.close()
        for thread in self._threads:
            thread.join(10.0)


def processes(server: Server) -> list[psutil.Process]:
    """The serving processes, the oldest first."""
    found = []
    for each in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # It has just died.
            if "processes.worker" in " ".join(each.cmdline()):
                found.append((each.create_time(), each.pid, each))
    return [each for _, _, each in sorted(found)]


@pytest.fixture
def simulator(yard: Yard) -> Simulator:
    return yard.simulator("--rate", "50")


@pytest.fixture
def server(yard: Yard, simulator: Simulator) -> Server:
    made = yard.serve(simulator, "--serve-processes", str(PROCESSES))
    eventually(lambda: len(made.said("is live")) >= 3, "three venues live")
    return made


@pytest.fixture
def readers(server: Server) -> Iterator[list[Reader]]:
    made = [Reader(server) for _ in range(READERS)]
    eventually(lambda: all(reader.books and reader.books[0] for reader in made), "books for everybody")
    yield made
    for reader in made:
        reader.close()


def peers(process: psutil.Process) -> int:
    """Connections that a process serves."""
    return len([each for each in process.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED])


def feed(simulator: Simulator, venue: str) -> dict[str, int]:
    """What a venue saw of our feed: connections now and in all, and what it refused."""
    state = simulator.state(venue)
    return {"now": state["connections"], **{name: state["counters"][name] for name in ("connects", "limited")}}


def reached(server: Server, simulator: Simulator, venue: str) -> None:
    """Waits until the server shows a venue's book of now, or a later one."""
    sequence = simulator.truth(venue, "BTC/USDT").sequence

    def shown() -> bool:
        with server.client() as stub:
            answer: Any = stub.GetBook(pb.GetBookRequest())
        return any(each.venue == venue and each.venue_sequence >= sequence for each in answer.book.venues)

    eventually(shown, "the venue's newest book")


def test_ten_crashes_under_load(server: Server, simulator: Simulator, readers: list[Reader]) -> None:
    own, chance = psutil.Process(server.pid), random.Random(11)
    assert all(peers(process) for process in processes(server)), "each process serves some"
    asked = {venue: feed(simulator, venue) for venue in simulator.venues}
    files, memory = own.num_fds(), own.memory_info().rss
    for _ in range(10):
        killed = chance.choice(processes(server))
        killed.kill()
        eventually(lambda killed=killed: len(set(processes(server)) - {killed}) == PROCESSES, "a new process")  # type: ignore[misc]
        eventually(lambda: all(reader.books[-1] for reader in readers), "books for everybody")
        time.sleep(0.3)
    # A frame that was not applied would have cost its book, or the connection.
    assert {venue: feed(simulator, venue) for venue in simulator.venues} == asked
    assert len(server.said("is live")) == 3, "no book was lost"
    assert not server.said("withdrawn")
    for venue in simulator.venues:
        reached(server, simulator, venue)
    assert len(server.said("ended by signal 9 (Killed); started anew after")) == 10
    eventually(lambda: own.num_fds() <= files, "descriptors of the dead are closed")
    assert own.memory_info().rss - memory < 40 << 20
    breaks = [seconds for reader in readers for seconds in reader.breaks]
    assert len(breaks) >= 10
    assert max(breaks) < 1.0
    for reader in readers:
        for sequences in reader.books:
            assert all(before < after for before, after in pairwise(sequences))
    steady = [reader for reader in readers if not reader.breaks]
    for reader in steady:
        assert not reader.dropped
        assert len(reader.trades) == len(set(reader.trades))


def test_a_process_that_hangs_is_found(server: Server, readers: list[Reader]) -> None:
    hanging = processes(server)[1]
    hanging.suspend()
    eventually(lambda: server.said("started anew after"), "it is killed, and started anew")
    assert server.said("serving process 2 has not moved for 3 s: it is killed")
    before = [len(reader.books[-1]) for reader in readers]
    eventually(lambda: all(len(reader.books[-1]) != count for reader, count in zip(readers, before, strict=True)))


def test_a_server_that_is_killed_leaves_no_process_behind(server: Server, readers: list[Reader]) -> None:
    left = processes(server)
    assert len(left) == PROCESSES
    assert len(readers) == READERS
    server.kill()
    eventually(lambda: not any(each.is_running() for each in left), "they end with the server", 5.0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end(server: Server, readers: list[Reader], number: signal.Signals) -> None:
    serving = processes(server)
    # The server last: it ends the processes at once.
    for each in (*(process.pid for process in serving), server.pid):
        psutil.Process(each).send_signal(number)  # As a terminal and a service manager do.
    assert server.wait() == 0
    assert not any(each.is_running() for each in serving)
    assert not server.said("serving process")
    assert all(reader.books[0] for reader in readers)


def test_the_log_says_who_serves(server: Server) -> None:
    assert server.said(f"gRPC by nghttp2 in {PROCESSES} processes")


def test_grpcio_cannot(yard: Yard) -> None:
    done = yard.run("server.py", "--pair", "BTC/USDT", "--transport", "grpcio", "--serve-processes", "2")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["server.py: serve_processes needs transport native, not grpcio"]
