"""PlayedSnapshots: requests begin at once, on errands, and wait for the recording's answers."""

from __future__ import annotations

import threading
from functools import partial

from server.feed.snapshots import Rank
from server.protocol.rest_request import RestRequest
from server.replay.errands import Errands
from server.replay.played_rest import PlayedRest, Reply
from server.replay.played_snapshots import PlayedSnapshots
from server.venues import DEFAULT_VENUES, VENUES


def test_requests_are_errands_and_there_are_no_workers() -> None:
    errands: Errands[Reply] = Errands(lambda: 1)
    rest = PlayedRest("v", "https://venue.example", VENUES[DEFAULT_VENUES[0]]().LIMITS, errands)
    snapshots = PlayedSnapshots("v", rest, errands)
    snapshots.start()
    assert not any(thread.is_alive() for thread in snapshots.threads)
    found: list[bytes] = []

    def ask(path: str) -> None:
        found.append(rest.get(RestRequest(path), threading.Event()))

    for rank, path in ((Rank.AUDIT, "/late"), (Rank.WATCHED, "/soon")):
        snapshots.run(rank, partial(ask, path))
    rest.answered("GET", "/soon", Reply(200, {}, b"1"))
    rest.answered("GET", "/late", Reply(200, {}, b"2"))
    assert found == [b"1", b"2"]
    snapshots.close(1.0)
