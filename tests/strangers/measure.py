"""What attacks cost others, as a table: `python -m tests.strangers.measure`. The tests beside it assert, this tells."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import grpc

from onebook.v1 import market_data_pb2 as pb
from tests.waiting import eventually

from ..e2e.processes import Server, Yard
from . import test_floods as floods
from .http2 import BOOK, CONTINUATION, HEADERS, REFLECTION, STREAM, WATCH, RawConnection, frame, header_block
from .rig import Innocent, everything, memory

Attack = Callable[[RawConnection], None]
PATIENCE = 20.0
SECONDS = 3.0


def calls(path: str, count: int) -> Attack:
    """So many calls without a request."""

    def attack(stranger: RawConnection) -> None:
        for _ in range(count):
            stranger.call(path)

    return attack


def streams(count: int, levels: int) -> Attack:
    """So many streams of different books."""

    def attack(stranger: RawConnection) -> None:
        for number in range(count):
            request = pb.StreamBookRequest(levels=levels, dust=f"0.{number:06d}")
            stranger.request(STREAM, request.SerializeToString())

    return attack


def same(stranger: RawConnection) -> None:
    """All the streams that a server has, of one book."""
    for _ in range(1_100):
        stranger.request(STREAM, b"")


def watches(stranger: RawConnection) -> None:
    for number in range(20_000):
        stranger.request(WATCH, b"\x0a\x06" + b"x%05d" % number)


def continuation(stranger: RawConnection) -> None:
    """Headers that do not end, 64 MB of them in small fields."""
    stranger.write(frame(HEADERS, 0, 1, header_block(BOOK)))
    part = b"\x00\x04x-ab\x0aaaaaaaaaaa" * 900
    for _ in range((64 << 20) // len(part)):
        stranger.write(frame(CONTINUATION, 0, 1, part))


ATTACKS: list[tuple[str, int, Attack]] = [
    ("17 calls without a request, one connection", 1, calls(BOOK, 17)),
    ("17 reflection streams left open, one connection", 1, calls(REFLECTION, 17)),
    ("10,000 calls without a request, one connection", 1, calls(BOOK, 10_000)),
    ("10,000 calls without a request, 40 connections", 40, calls(BOOK, 250)),
    ("1,500 calls with 15 KB of headers, one connection", 1, lambda stranger: floods.headers(stranger, 15_000)),
    ("headers without an end, 64 MB, one connection", 1, continuation),
    ("20,000 watches of health, one connection", 1, watches),
    ("1,100 streams of one book, unread, one connection", 1, same),
    ("1,000 different books of 1,000 levels, unread, one connection", 1, streams(1_000, 1_000)),
    ("900 answers of 1,000 levels, unread, one connection", 1, floods.unread),
    ("5,000 calls reset at once, one connection", 1, floods.resets),
    ("50,000 pings, one connection", 1, floods.pings),
    ("50,000 settings, one connection", 1, floods.settings),
]


def row(server: Server, innocent: Innocent, name: str, connections: int, attack: Attack) -> str:
    """One line of the table."""
    before, length = memory(server), len(server.errors())
    began, strangers, cut = time.monotonic(), [], 0
    with contextlib.ExitStack() as stack:
        for _ in range(connections):
            stranger = stack.enter_context(RawConnection(server.port, window=0 if "unread" in name else 65_535))
            strangers.append(stranger)
            try:
                attack(stranger)
            except OSError:
                cut += 1
        spent = time.monotonic() - began
        times = []
        for _ in range(2):
            try:
                times.append(f"{everything(server, PATIENCE) * 1000:,.0f} ms")
            except (grpc.RpcError, StopIteration):
                times.append("none")
        rate = innocent.rate(SECONDS)
        during = memory(server) - before
        cut += sum(stranger.ended.is_set() for stranger in strangers) and not cut
    logged = len(server.errors()) - length
    ended = " (cut)" if cut else ""
    return (
        f"| {name} | {spent:.1f} s{ended} | {times[0]} / {times[1]} | {rate:.0f}/s | {during:+.0f} MB | {logged:,} B |"
    )


def main() -> int:
    """Prints the table."""
    print("| attack | it took | slowest of four calls, at once / then | a stream | memory | log |\n" + "|---" * 6 + "|")
    for name, connections, attack in ATTACKS:
        with tempfile.TemporaryDirectory() as folder:
            yard = Yard(Path(folder))
            try:
                server = yard.serve(yard.simulator("--pair", "BTC/USDT", "--rate", "20"))
                with server.client() as stub:
                    eventually(lambda: len(stub.GetBook(pb.GetBookRequest()).book.bids) > 5, "a live book")
                innocent = Innocent(server)
                print(row(server, innocent, name, connections, attack), flush=True)
            finally:
                with contextlib.suppress(AssertionError):
                    yard.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
