"""`onebook compare`: two servers that agree, that differ, and that are not there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from client.compare_cli import main
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import FakeServer, Send, Stall

MARKETS = Send(api.ListMarketsResponse(markets=[pb.Market(name="A/B"), pb.Market(name="C/D")]))


@pytest.fixture
def servers() -> Iterator[tuple[FakeServer, FakeServer]]:
    first, second = FakeServer(), FakeServer()
    for server in (first, second):
        server.script("ListMarkets", [MARKETS])
    yield first, second
    first.stop()
    second.stop()


def play(server: FakeServer, digests: Sequence[int]) -> None:
    """States of one venue with these digests, at the sequence numbers 1, 2, ..."""
    steps = []
    for sequence, digest in enumerate(digests, 1):
        summary = pb.Summary(market="A/B", price_exponent=-2, size_exponent=-8)
        summary.header.epoch, summary.header.sequence = 1, sequence
        summary.venues.add(venue="v", state=pb.VENUE_STATE_LIVE, venue_sequence=sequence, digest=digest)
        steps.append(Send(api.StreamSummaryResponse(summary=summary)))
    server.script("StreamSummary", [*steps, Stall()])


def compare(servers: tuple[FakeServer, FakeServer], *words: str) -> int:
    return main([servers[0].target, servers[1].target, "--market", "A/B", "--for", "1s", *words])


def test_servers_that_agree(servers: tuple[FakeServer, FakeServer], capsys: pytest.CaptureFixture[str]) -> None:
    for server in servers:
        play(server, [11, 12, 13])
    assert compare(servers) == 0
    assert "A/B on v: 3 states equal, 0 different" in capsys.readouterr().out


@pytest.mark.slow
def test_where_they_differ_first(servers: tuple[FakeServer, FakeServer], capsys: pytest.CaptureFixture[str]) -> None:
    play(servers[0], [11, 12, 13])
    play(servers[1], [11, 255, 256])
    assert compare(servers) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"A/B on v at 2: {12:016x} and {255:016x}" in lines
    assert compare(servers, "--json") == 1
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert read[-1] == {"type": "compare", "books": 1, "equal": 1, "different": 2}
    assert (read[0]["type"], read[0]["venue_sequence"]) == ("difference", "2")


def test_nothing_in_common_is_no_agreement(servers: tuple[FakeServer, FakeServer]) -> None:
    play(servers[0], [11])
    play(servers[1], [])
    assert compare(servers) == 1
    assert main([servers[0].target, servers[1].target, "--market", "X/Y", "--for", "1s"]) == 1


def test_the_server_that_is_away_is_named(
    servers: tuple[FakeServer, FakeServer], capsys: pytest.CaptureFixture[str]
) -> None:
    gone = FakeServer()
    target = gone.target
    gone.stop()
    assert main([servers[0].target, target, "--for", "1s"]) == 3
    assert f"onebook compare: {target}: " in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["127.0.0.1:1"], ["127.0.0.1:1", "x:y"], ["a:1", "b:2", "--for", "long"]])
def test_mistakes_are_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("onebook compare: ")
