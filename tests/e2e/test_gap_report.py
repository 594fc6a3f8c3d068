"""The report of a recording has exactly the faults that a simulator put in, and no fault of the venues beside them."""

from __future__ import annotations

import json
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from onebook.v1 import market_data_pb2, types_pb2
from tests.waiting import eventually

from .processes import Server, Yard

FLAWED, QUIET, PAIR, OTHER = "binance", "bitstamp", "BTC/USDT", "ETH/USDT"
DROPS, DISCONNECTS = 3, 2


def qualities(server: Server, pair: str) -> dict[str, types_pb2.VenueQuality]:
    """What a live server says of its books of a pair."""
    with server.client() as stub:
        request = market_data_pb2.GetVenueStatusRequest(market=pair)
        return {each.venue: each for each in stub.GetVenueStatus(request, timeout=10).status.venues}


def all_live(server: Server) -> bool:
    found = [each for pair in (PAIR, OTHER) for each in qualities(server, pair).values()]
    return len(found) == 4 and all(each.state == types_pb2.VENUE_STATE_LIVE for each in found)


def moved(server: Server, sequence: int) -> bool:
    return qualities(server, PAIR)[FLAWED].venue_sequence > sequence


def wait_for_frames(server: Server) -> None:
    """A few frames more: what is lost of the frames that a snapshot has anyway is no gap."""
    for _ in range(3):
        eventually(partial(moved, server, qualities(server, PAIR)[FLAWED].venue_sequence), "frames")


def has_gaps(server: Server, count: int) -> bool:
    return qualities(server, PAIR)[FLAWED].gaps >= count and all_live(server)


def has_resyncs(server: Server, count: int) -> bool:
    return qualities(server, OTHER)[FLAWED].resyncs >= count and all_live(server)


@pytest.mark.timeout(240)
def test_the_report_has_the_faults_that_were_injected(yard: Yard, tmp_path: Path) -> None:
    simulator = yard.simulator("--venues", f"{FLAWED},{QUIET}", "--pair", PAIR, "--pair", OTHER)
    server = yard.serve(simulator, "--data", str(tmp_path / "rec"))
    eventually(lambda: all_live(server), "all live")
    for number in range(1, DROPS + 1):
        wait_for_frames(server)
        simulator.fault(FLAWED, "drop", pair=PAIR, frames="book")
        eventually(partial(has_gaps, server, number), f"gap {number}")
    for number in range(1, DISCONNECTS + 1):
        wait_for_frames(server)
        simulator.fault(FLAWED, "disconnect")
        eventually(partial(has_resyncs, server, number), f"disconnect {number}")
    live = {pair: qualities(server, pair) for pair in (PAIR, OTHER)}
    server.signal(signal.SIGTERM)
    assert server.wait() == 0

    page, text = tmp_path / "page.html", tmp_path / "report.json"
    made = yard.run(
        "-m", "cli", "report", str(tmp_path / "rec"), "--out", str(page), "--json", str(text), timeout=120
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    report = json.loads(text.read_text())
    assert report["proof"]["different"] == 0
    assert report["proof"]["equal"] > 0
    (run,) = report["runs"]
    assert run["ended_in_order"]
    assert report["losses"] == []
    venues = {venue["venue"]: venue for venue in report["venues"]}
    books = {(name, book["pair"]): book for name, venue in venues.items() for book in venue["books"]}
    assert set(books) == {(venue, pair) for venue in (FLAWED, QUIET) for pair in (PAIR, OTHER)}
    for (venue, pair), book in books.items():
        assert (book["gaps"], book["resyncs"]) == (live[pair][venue].gaps, live[pair][venue].resyncs), (venue, pair)
        check_sums(book, report["recorded_ns"])
    assert books[FLAWED, PAIR]["gaps"] == DROPS
    assert books[FLAWED, PAIR]["resyncs"] == DROPS + DISCONNECTS
    assert books[FLAWED, OTHER]["gaps"] == 0
    assert books[FLAWED, OTHER]["resyncs"] == DISCONNECTS
    states = [each["state"] for each in books[FLAWED, PAIR]["withdrawals"]]
    assert states == ["gap"] * DROPS + ["down"] * DISCONNECTS
    assert venues[FLAWED]["disconnect_count"] == DISCONNECTS
    assert all(each["reopened"] and each["pairs"] == 2 for each in venues[FLAWED]["disconnects"])
    assert venues[QUIET]["disconnect_count"] == 0
    for pair in (PAIR, OTHER):
        assert books[QUIET, pair]["withdrawal_count"] == 0
        assert books[QUIET, pair]["trades"]["missing"] == 0
    source = page.read_text()
    assert all(venue["sentence"] in source for venue in venues.values())


def check_sums(book: dict[str, Any], recorded: int) -> None:
    """The numbers of one book fit together."""
    assert book["observed_ns"] == recorded == sum(book["states_ns"].values())
    assert book["live_ns"] == book["states_ns"]["live"]
    assert book["withdrawn_ns"] == sum(int(each["end_ns"]) - int(each["begin_ns"]) for each in book["withdrawals"])
    assert all(each["healed"] for each in book["withdrawals"])
    assert book["frames"] > 0
    assert book["trades"]["count"] > 0
    assert book["latency"]["count"] > 0
