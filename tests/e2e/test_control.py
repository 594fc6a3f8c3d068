"""Commands to a running server from the command line, on simulated venues: what is not named must not blink."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import grpc
import pytest

from client.control import ControlClient
from onebook.v1 import market_data_pb2 as pb
from tests.waiting import eventually

from .processes import Server, Simulator, Yard
from .test_tls import Authority
from .watching import Watch

PAIR, OTHER, LATER = "BTC/USDT", "ETH/USDT", "SOL/USDT"
VENUES = ("binance", "bitstamp")
NEWCOMER = "binance_us"


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    pairs = [word for pair in (PAIR, OTHER, LATER) for word in ("--pair", pair)]
    return shared_yard.simulator("--venues", ",".join((*VENUES, NEWCOMER)), *pairs)


@pytest.fixture
def server(yard: Yard, simulator: Simulator) -> Server:
    return serve(yard, simulator)


def serve(yard: Yard, simulator: Simulator, *flags: str, name: str = "server") -> Server:
    """A server of two pairs on two venues, which knows where the third one is."""
    for venue, at in simulator.venues.items():
        flags += ("--endpoint", f"{venue}={at['ws']},{at['rest']}")
    return yard.server("--venues", ",".join(VENUES), "--pair", PAIR, "--pair", OTHER, *flags, name=name)


def command(yard: Yard, server: Server, *words: str) -> CompletedProcess[str]:
    return yard.run("-m", "cli", "control", *words, "--server", server.address)


def done(yard: Yard, server: Server, *words: str) -> str:
    """The output of a command that was obeyed."""
    said = command(yard, server, *words)
    assert (said.returncode, said.stderr) == (0, ""), said
    return said.stdout


@contextmanager
def undisturbed(server: Server) -> Iterator[Watch]:
    """The other pair on both venues: live, moving, without a change of state, gap or resync, on unbroken streams."""
    with Watch(server, VENUES, (OTHER,), OTHER) as watch:
        watch.wait_live()
        began = time.monotonic()
        yield watch
        for venue in VENUES:
            known = len(watch.of(venue).books)
            eventually(lambda: len(watch.of(venue).books) > known + 2, f"{venue} {OTHER} goes on")  # noqa: B023
            assert not watch.of(venue).since(began)
        assert not watch.failures


def status(stub: Any, venue: str, pair: str = PAIR) -> tuple[str, int]:
    """State and resyncs of a book now; "" where the market does not have the venue."""
    entries = stub.GetVenueStatus(pb.GetVenueStatusRequest(market=pair)).status.venues
    found = [entry for entry in entries if entry.venue == venue]
    if not found:
        return "", 0
    kind = type(found[0]).DESCRIPTOR.fields_by_name["state"].enum_type
    return kind.values_by_number[found[0].state].name.removeprefix("VENUE_STATE_"), found[0].resyncs


def wait_state(stub: Any, venue: str, state: str, pair: str = PAIR) -> None:
    eventually(lambda: status(stub, venue, pair)[0] == state, f"{venue} {pair} {state}")


@pytest.mark.parametrize("venue", VENUES)
def test_resync_and_reconnect(yard: Yard, simulator: Simulator, server: Server, venue: str) -> None:
    with undisturbed(server), server.client() as stub:
        wait_state(stub, venue, "LIVE")
        before = status(stub, venue)[1]
        assert f"{venue} {PAIR}: " in done(yard, server, "resync", venue, PAIR)
        eventually(lambda: status(stub, venue) == ("LIVE", before + 1), "the book was built anew")
        opened = simulator.state(venue)["counters"]["connects"]
        assert "being replaced" in done(yard, server, "reconnect", venue)
        eventually(lambda: simulator.state(venue)["counters"]["connects"] > opened, "a new connection")
        eventually(lambda: server.said(f"{venue}: the second connection has taken over"), "it took over")
        assert status(stub, venue) == ("LIVE", before + 1), "make before break"


@pytest.mark.parametrize("venue", VENUES)
def test_pause_and_resume_a_pair(yard: Yard, server: Server, venue: str) -> None:
    other = next(each for each in VENUES if each != venue)
    with undisturbed(server), server.client() as stub:
        for each in VENUES:
            wait_state(stub, each, "LIVE")
        for _ in range(2):
            assert f"{venue} {PAIR}: halted, paused by command" in done(yard, server, "pause", venue, PAIR)
            book = stub.GetBook(pb.GetBookRequest(market=PAIR)).book
            assert {book.venues[level.venue].venue for level in book.bids} == {other}
            done(yard, server, "resume", venue, PAIR)
            wait_state(stub, venue, "LIVE")
        done(yard, server, "pause", venue, PAIR)
        until = time.monotonic() + 2.0
        eventually(lambda: time.monotonic() > until, "a while")
        assert status(stub, venue)[0] == "HALTED", "it stays paused"
        assert status(stub, other) == ("LIVE", 0)


def test_pause_and_resume_a_venue(yard: Yard, server: Server) -> None:
    with server.client() as stub, Watch(server, VENUES, (PAIR, OTHER), PAIR) as watch:
        watch.wait_live()
        began = time.monotonic()
        assert done(yard, server, "pause", VENUES[0]).count("halted, paused by command") == 2
        for pair in (PAIR, OTHER):
            wait_state(stub, VENUES[0], "HALTED", pair)
        done(yard, server, "resume", VENUES[0])
        for pair in (PAIR, OTHER):
            wait_state(stub, VENUES[0], "LIVE", pair)
            assert not watch.of(VENUES[1], pair).since(began)
        assert not watch.failures


def test_a_pair_comes_and_goes_and_comes_again(yard: Yard, server: Server) -> None:
    with undisturbed(server), server.client() as stub:
        for _ in range(2):
            said = done(yard, server, "add-pair", "sol/usdt")
            assert f"{LATER} was added" in said
            assert "binance   listed as SOLUSDT" in said
            assert "bitstamp  listed as " in said
            for venue in VENUES:
                wait_state(stub, venue, "LIVE", LATER)
            stream: Any = iter(stub.StreamBook(pb.StreamBookRequest(market=LATER)))
            assert next(stream).book.bids
            assert done(yard, server, "remove-pair", LATER) == f"{LATER} was removed; 1 stream ended\n"
            with pytest.raises(grpc.RpcError) as caught:
                for _message in stream:
                    pass
            assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        names = [market.name for market in stub.ListMarkets(pb.ListMarketsRequest()).markets]
        assert names == [PAIR, OTHER]


def test_a_venue_comes_and_goes_and_comes_again(yard: Yard, simulator: Simulator, server: Server) -> None:
    with undisturbed(server), server.client() as stub:
        stream: Any = iter(stub.StreamBook(pb.StreamBookRequest(market=PAIR)))
        assert [entry.venue for entry in next(stream).book.venues] == list(VENUES)
        for _ in range(2):
            said = done(yard, server, "add-venue", NEWCOMER)
            assert f"{NEWCOMER} was added" in said
            assert f"{PAIR}  listed as BTCUSDT" in said
            for pair in (PAIR, OTHER):
                wait_state(stub, NEWCOMER, "LIVE", pair)
            book = next(m.book for m in stream if len(m.book.venues) == 3 and m.book.venues[2].bid_levels)
            assert book.venues[2].venue == NEWCOMER
            assert done(yard, server, "remove-venue", NEWCOMER) == f"{NEWCOMER} was removed\n"
            book = next(m.book for m in stream if len(m.book.venues) == 2)
            assert book.bids
            eventually(lambda: not simulator.state(NEWCOMER)["connections"], "its connections are closed")
        stream.cancel()


@pytest.mark.slow
def test_a_pair_removed_at_once_after_it_was_added(yard: Yard, server: Server) -> None:
    """However far the venues had come with it, they go on and can take it up again."""
    with undisturbed(server), server.client() as stub, ControlClient(server.address) as control:
        for _ in range(5):
            control.add_market(LATER)
            control.remove_market(LATER)
        control.add_market(LATER)
        for venue in VENUES:
            wait_state(stub, venue, "LIVE", LATER)


def test_refusals_are_one_line(yard: Yard, simulator: Simulator, server: Server) -> None:
    for words, code, text in (
        (("resync", "binanse", PAIR), 2, "this server reads no venue 'binanse'; did you mean binance?"),
        (("resync", "binance", "BTCUSDT"), 2, "market: pair 'BTCUSDT' was not BASE/QUOTE"),
        (("pause", "binance", "QQQ/USDT"), 2, "this server has no market 'QQQ/USDT'"),
        (("add-pair", "BTC/UDST"), 2, "no venue lists BTC/UDST; nearest: BTC/USDT"),
        (("add-pair", PAIR), 1, f"{PAIR} is served already"),
        (("remove-pair", PAIR), 1, f"{PAIR} is the default market"),
        (("add-venue", "nowhere"), 2, "onebook knows no venue 'nowhere'"),
        (("resync", "binance"), 2, "the following arguments are required: PAIR"),
        (("fly",), 2, "invalid choice: 'fly'"),
    ):
        said = command(yard, server, *words)
        assert (said.returncode, said.stdout) == (code, ""), said
        assert said.stderr.startswith("onebook control: ")
        assert text in said.stderr
        assert said.stderr.count("\n") == 1
    silent = serve(yard, simulator, "--no-control", name="silent")
    said = command(yard, silent, "pause", "binance")
    assert (said.returncode, "start it with --control" in said.stderr) == (1, True)
    assert command(yard, server, "resync", "binance", PAIR, "--tls").returncode == 3


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_commands_from_known_clients_only(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    """TLS with client certificates, as on an address that others can reach."""
    authority = Authority(tmp_path, "authority")
    own, friend = authority.sign("server"), authority.sign("friend")
    ca = str(authority.pem.certificate)
    flags = ("--tls-cert", str(own.certificate), "--tls-key", str(own.key), "--tls-client-ca", ca)
    server = serve(yard, simulator, *flags)
    proof = ("--client-certificate", str(friend.certificate), "--client-key", str(friend.key))
    assert "paused by command" in done(yard, server, "pause", "binance", PAIR, "--root-certificates", ca, *proof)
    said = command(yard, server, "resume", "binance", PAIR, "--root-certificates", ca)
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (3, "", 1)
