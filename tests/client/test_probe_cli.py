"""`onebook probe`: ready, not ready with each venue's reason, and the same as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.market_data.venue_status import from_message as status_from
from client.numbers import Scales
from client.probe_cli import Wanted, is_ready, main, to_json, to_text
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import FakeServer, Send

SECOND = 1_000_000_000
SCALES: Any = Scales("decimal")


def status(*venues: tuple[int, float | None]) -> pb.VenueStatus:
    """Venues a, b, ... with their state and age in seconds."""
    made = pb.VenueStatus(market="A/B")
    for number, (state, age) in enumerate(venues):
        venue = made.venues.add(venue=chr(ord("a") + number), state=pb.VenueState.ValueType(state))
        if age is not None:
            venue.receive_time_nanos, venue.age_nanos = 1, int(age * SECOND)
        if state != pb.VENUE_STATE_LIVE:
            venue.detail = "for a\nreason"
    return made


LIVE, DOWN = int(pb.VENUE_STATE_LIVE), int(pb.VENUE_STATE_DOWN)


def probe(server: FakeServer, message: pb.VenueStatus, *words: str) -> int:
    server.script("GetVenueStatus", [Send(api.GetVenueStatusResponse(status=message))])
    return main(["--server", server.target, *words])


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ([], 0, "A/B is ready: 2 of 3 venues live, 1 wanted; a is live, heard 0.5 s ago; b is live, heard 7.0 s ago; "
                "c is down, for a reason\n"),
        (["--min-live", "2"], 0, "A/B is ready"),
        (["--min-live", "3"], 1, "A/B is not ready: 2 of 3 venues live, 3 wanted; "),
        (["--min-live", "2", "--max-age", "5s"], 1, "A/B is not ready: 1 of 3 venues live, 2 wanted; a is live, heard "
         "0.5 s ago; b is live but too old: heard 7.0 s ago, 5 s allowed; c is down, for a reason\n"),
        (["--max-age", "500ms"], 0, "A/B is ready"),
        (["--max-age", "499ms"], 1, "A/B is not ready"),
    ],
)  # fmt: skip
def test_verdicts(
    server: FakeServer, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str
) -> None:
    message = status((LIVE, 0.5), (LIVE, 7.0), (DOWN, None))
    assert probe(server, message, *words) == code
    told = capsys.readouterr()
    assert told.out.startswith(text)
    assert told.out.count("\n") == 1
    assert not told.err
    assert probe(server, message, *words, "--json") == code
    found = json.loads(capsys.readouterr().out)
    assert found["ready"] is (code == 0)
    assert found["venues"][2] == {
        "venue": "c",
        "state": "down",
        "age": None,
        "counts": False,
        "detail": "for a\nreason",
    }


def test_the_market_is_asked_for(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert probe(server, status((LIVE, 0.0)), "--market", "btc/usdt") == 0
    assert server.requests == [("GetVenueStatus", api.GetVenueStatusRequest(market="BTC/USDT"))]


@pytest.mark.parametrize(
    "words",
    [["--min-live", "0"], ["--min-live", "x"], ["--max-age", "5"], ["--max-age", "-1s"], ["--timeout", "0s"], ["what"]],
)
def test_wrong_use(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_no_server_as_json(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.stop()
    assert main(["--server", server.target, "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["ready"] is False
    assert found["error"].startswith("connection refused")


STATES = [int(state) for state in pb.VenueState.values()]
VENUES = st.lists(
    st.tuples(st.sampled_from([int(state) for state in pb.VenueState.values()]), st.none() | st.floats(0, 100)),
    max_size=6,
)


@given(VENUES, st.integers(1, 4), st.none() | st.floats(0, 100))
def test_ready_means_enough_live_and_heard_venues(
    venues: list[tuple[int, float | None]], least: int, oldest: float | None
) -> None:
    message: Any = status_from(status(*venues), SCALES)
    wanted = Wanted(least, float("inf") if oldest is None else oldest)
    ages = [venue.age for venue in message.venues if venue.live]
    good = sum(age is not None and age <= wanted.max_age for age in ages)
    assert is_ready(message, wanted) is (good >= least)
    line, found = to_text(message, wanted), json.loads(to_json(message, wanted))
    assert "\n" not in line
    assert f"{good} of {len(venues)} venues live, {least} wanted" in line
    assert ("not ready" not in line) is found["ready"] is (good >= least)
    assert (found["live"], sum(venue["counts"] for venue in found["venues"])) == (good, good)
