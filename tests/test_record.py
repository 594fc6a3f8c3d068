"""`onebook record`: the line of status."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from recording import Counters
from server.model import VenueState
from server.options import recording_parser
from server.record import status


def test_the_status_is_one_line() -> None:
    entries = {"a": SimpleNamespace(state=VenueState.LIVE), "b": SimpleNamespace(state=VenueState.STALE)}
    app: Any = SimpleNamespace(
        recorder=SimpleNamespace(counters=Counters(12345, 6_500_000, 3, 7, 800, 1_200_000)),
        markets={"BTC/USDT": SimpleNamespace(entries=entries)},
    )
    assert status(app) == "12,345 records in 6.5 MB  1 of 2 books live  1.2 MB waiting  7 lost"


def test_options_of_the_port_are_not_taken() -> None:
    known = {option for action in recording_parser("onebook record")._actions for option in action.option_strings}  # noqa: SLF001
    assert {"--base", "--pair", "--venues", "--config", "--endpoint", "--keep-days", "--book"} <= known
    assert not {"--port", "--host", "--tls-cert", "--tokens", "--control", "--shm", "--data"} & known
