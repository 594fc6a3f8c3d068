"""`--shm` of a real server: the books of the stream, read in Python and in C, until the server's end and after it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from client import Client, ControlClient
from shm import MarketError, NoServerError, ServerGoneError, SharedBooks, get_include, layout
from tests.captures import ROOT
from tests.waiting import eventually

from .processes import VENUES, Server, Simulator, Yard

pytest.importorskip("server.transport.shm._slots")

PAIR = "BTC/USDT"
PAIRS = ("--pair", PAIR, "--pair", "ETH/USDT")


@pytest.fixture
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A name that no other test has; its file is removed."""
    made = f"test-{os.getpid()}-{abs(hash(request.node.name)) % 10**8}"
    yield made
    path_of(made).unlink(missing_ok=True)


def path_of(name: str) -> Path:
    return Path(layout.DIRECTORY) / f"{layout.PREFIX}{name}"


@pytest.fixture
def simulator(yard: Yard) -> Simulator:
    return yard.simulator(*PAIRS)


def opened(name: str, server: Server) -> SharedBooks:
    """The books of a server, once all venues of the first pair are live."""

    def look() -> SharedBooks | None:
        try:
            books = SharedBooks(name)
        except NoServerError:
            assert server.running, server.errors()
            return None
        if PAIR in books and books[PAIR].version and set(books[PAIR].last().live_venues) == set(VENUES):
            return books
        books.close()
        return None

    found = eventually(look, "live books in shared memory")
    assert isinstance(found, SharedBooks)
    return found


def test_books_are_those_of_the_stream(yard: Yard, simulator: Simulator, name: str) -> None:
    server = yard.serve(simulator, "--shm", name)
    assert path_of(name).stat().st_mode & 0o777 == 0o600
    compared = 0
    with opened(name, server) as books, Client(server.address) as client:
        assert books.pid == server.pid
        assert set(books.markets) == {PAIR, "ETH/USDT"}
        shared = books[PAIR]
        for book in client.stream_book(PAIR):
            assert book.header.epoch == books.epoch
            found = shared.last()
            if found.sequence != book.header.sequence:
                continue  # Another book came meanwhile.
            assert [tuple(level) for level in found.bids] == [(each.price, each.size, each.venue) for each in book.bids]
            assert [tuple(level) for level in found.asks] == [(each.price, each.size, each.venue) for each in book.asks]
            assert (found.spread, found.mid, found.live_venues) == (book.spread, book.mid, book.live_venues)
            for quality, other in zip(found.venues, book.venues, strict=True):
                assert all(getattr(quality, key) == getattr(other, key) for key in type(quality).__slots__)
            assert found.publish_time_nanos == book.header.publish_time_nanos
            compared += 1
            if compared == 50:
                break
    assert server.stop() == 0
    assert not path_of(name).exists()


def test_pairs_that_are_removed_and_added(yard: Yard, simulator: Simulator, name: str) -> None:
    server = yard.serve(simulator, "--shm", name)
    with opened(name, server) as books:
        eth = books["ETH/USDT"]
        with ControlClient(server.address) as control:
            assert control.remove_market("ETH/USDT") == 1, "its stream into shared memory"
            with pytest.raises(MarketError, match="ETH/USDT was removed"):
                eth.read()
            control.add_market("ETH/USDT")
        assert eventually(lambda: "ETH/USDT" in books and eth.last().live_venues)


def test_a_crash_is_seen_and_the_next_server_takes_over(yard: Yard, simulator: Simulator, name: str) -> None:
    server = yard.serve(simulator, "--shm", name)
    with opened(name, server) as books:
        refused = yard.serve(simulator, "--shm", name, name="refused", serving=False)
        assert refused.wait() == 2
        assert f"shm '{name}' is in use: another server owns" in refused.errors()
        assert eventually(lambda: books[PAIR].last().alive), "the file is still that of the first"
        server.kill()
        with pytest.raises(ServerGoneError, match=f"process {server.pid}. stopped, crashed or hangs"):
            while True:
                books[PAIR].read()
                time.sleep(0.01)
        last = books[PAIR].last()
        assert not last.alive
        with pytest.raises(ServerGoneError):
            SharedBooks(name)
        later = yard.serve(simulator, "--shm", name, name="later")
        with opened(name, later) as fresh:
            assert fresh.pid == later.pid
            assert fresh[PAIR].last().epoch > last.epoch
        with pytest.raises(ServerGoneError):
            books[PAIR].read()
        assert books[PAIR].last().sequence == last.sequence, "the file of the dead server is left as it was"


def test_a_program_in_c_reads_the_same(yard: Yard, simulator: Simulator, name: str, tmp_path: Path) -> None:
    compiler = shutil.which("cc") or pytest.skip("no C compiler")
    program = tmp_path / "shared_memory"
    source = ROOT / "examples" / "shared_memory.c"
    subprocess.run([str(compiler), "-std=c99", "-O2", f"-I{get_include()}", source, "-o", program], check=True)
    server = yard.serve(simulator, "--shm", name)
    with opened(name, server):

        def twenty() -> list[str]:
            # A server that does not get on for two seconds, on a machine with much other work, ends the program.
            done = subprocess.run([program, name, PAIR, "20"], capture_output=True, text=True, check=False, timeout=60)
            lines = done.stdout.splitlines()
            return lines if len(lines) == 20 else []

        lines: list[str] = eventually(twenty)
        numbers = [int(line.split()[0][1:]) for line in lines]
        assert numbers == sorted(set(numbers))
        _, bid, _, _, venue, _, ask, *_ = lines[-1].split()
        assert Decimal(bid) > 0
        assert Decimal(ask) > 0
        assert venue in VENUES
        assert lines[-1].endswith(", 3 of 3 venues live")
        unknown = subprocess.run([program, name, "X/Y", "1"], capture_output=True, text=True, check=False, timeout=60)
        assert (unknown.returncode, unknown.stderr) == (1, "X/Y: the server has no such market\n")
        process = subprocess.Popen([program, name, PAIR], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        server.kill()
        assert process.communicate(timeout=60)[1] == f"{PAIR}: the server stopped, crashed or hangs\n"
        assert process.returncode == 1


def test_a_server_that_cannot_be_stops_with_one_line(yard: Yard, simulator: Simulator) -> None:
    refused = yard.serve(simulator, "--shm", "a/b", serving=False)
    assert refused.wait() == 2
    assert "shm was 'a/b', must be a name of 1 to 64 letters, digits, - and _" in refused.errors()
