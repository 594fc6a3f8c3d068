"""The books served equal the truth of the simulated exchanges, level by level, digit by digit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from onebook.v1 import types_pb2
from tests.waiting import eventually

from .books import Level, levels_of, merged, rows_of
from .processes import Truth, Yard

VENUES = ("binance", "binance_us", "bitstamp")
PAIRS = ("BTC/USDT", "ETH/BTC")
SEEDS = (1, 20, 333)

Stub = stubs.MarketDataServiceStub


class Scene:
    """A manual market, a server of it, and the truth once both are at rest."""

    def __init__(self, yard: Yard, seed: int, *flags: str) -> None:
        pairs = [flag for pair in PAIRS for flag in ("--pair", pair)]
        self.simulator = yard.simulator("--manual", "--seed", str(seed), *pairs)
        self.deep = "--book-levels" in flags
        """Whether every venue's book is known to its last level."""
        self.server = yard.serve(self.simulator, *flags)

    def settle(self, stub: Stub, steps: int) -> None:
        """Moves the market, then waits until every venue's book has arrived at its truth."""
        for pair in PAIRS:
            eventually(lambda pair=pair: self._listened(stub, pair), f"{pair} live")  # type: ignore[misc]
        self.simulator.step(steps)
        for pair in PAIRS:
            wanted = {venue: self.simulator.truth(venue, pair, 1).sequence for venue in VENUES}
            eventually(lambda pair=pair, wanted=wanted: arrived(stub, pair) == wanted, f"{pair} at {wanted}")  # type: ignore[misc]

    def _listened(self, stub: Stub, pair: str) -> bool:
        """A snapshot joins a frame: the market must move until every venue has had its frame."""
        status = stub.GetVenueStatus(pb.GetVenueStatusRequest(market=pair)).status
        if all(venue.state == types_pb2.VENUE_STATE_LIVE for venue in status.venues):
            return True
        self.simulator.step()
        return False

    def truths(self, pair: str) -> dict[str, Truth]:
        return {venue: self.simulator.truth(venue, pair) for venue in VENUES}


def arrived(stub: Stub, pair: str) -> dict[str, int]:
    """Sequence of each live book."""
    status = stub.GetVenueStatus(pb.GetVenueStatusRequest(market=pair)).status
    return {v.venue: v.venue_sequence for v in status.venues if v.state == types_pb2.VENUE_STATE_LIVE}


def proved(book: types_pb2.Book, sides: tuple[list[Level], list[Level]]) -> tuple[list[Level], list[Level]]:
    """The levels down to which the message itself says that every venue is known complete."""
    exponent = book.price_exponent
    limited = [venue for venue in book.venues if not venue.whole_book]
    floor = max((Decimal(v.lowest_complete_bid).scaleb(exponent) for v in limited), default=Decimal(0))
    ceiling = min((Decimal(v.highest_complete_ask).scaleb(exponent) for v in limited), default=Decimal("Infinity"))
    bids, asks = sides
    return [level for level in bids if level.price >= floor], [level for level in asks if level.price <= ceiling]


@pytest.fixture(scope="module", params=SEEDS)
def scene(request: pytest.FixtureRequest, shared_yard: Yard) -> Scene:
    deep = ("--book-levels", "5000") if request.param == SEEDS[-1] else ()
    return Scene(shared_yard, request.param, "--dust", "0.01", "--levels", "7", *deep)


@pytest.fixture
def stub(scene: Scene) -> Iterator[Stub]:
    with scene.server.client() as client:
        yield client


@pytest.mark.parametrize("pair", PAIRS)
def test_consolidated_book(scene: Scene, stub: Stub, pair: str) -> None:
    for steps in (1, 2, 17, 40):
        scene.settle(stub, steps)
        truths = scene.truths(pair)
        for levels in (1, 10, 200, 1000):
            for dust in ("0", "0.001", "0.5", "3"):
                found = stub.GetBook(pb.GetBookRequest(market=pair, levels=levels, dust=dust)).book
                wanted = merged(truths, VENUES, levels, Decimal(dust))
                assert proved(found, levels_of(found)) == proved(found, wanted), (steps, levels, dust)
                if scene.deep or (levels <= 10 and dust == "0"):
                    assert levels_of(found) == wanted, (steps, levels, dust)


def test_the_servers_own_options(scene: Scene, stub: Stub) -> None:
    scene.settle(stub, 3)
    for pair in PAIRS:
        found = stub.GetBook(pb.GetBookRequest(market=pair)).book
        assert levels_of(found) == merged(scene.truths(pair), VENUES, 7, Decimal("0.01"))


@pytest.mark.parametrize("chosen", [("bitstamp",), ("binance_us", "bitstamp"), ("bitstamp", "binance"), VENUES])
def test_venue_filters(scene: Scene, stub: Stub, chosen: tuple[str, ...]) -> None:
    scene.settle(stub, 5)
    for pair in PAIRS:
        truths = {venue: truth for venue, truth in scene.truths(pair).items() if venue in chosen}
        request = pb.GetBookRequest(market=pair, levels=50, venues=chosen, dust="0")
        assert levels_of(stub.GetBook(request).book) == merged(truths, VENUES, 50)


@pytest.mark.parametrize("venue", VENUES)
def test_venue_books(scene: Scene, stub: Stub, venue: str) -> None:
    scene.settle(stub, 9)
    for pair in PAIRS:
        truth = scene.truths(pair)[venue]
        book = stub.GetVenueBook(pb.GetVenueBookRequest(market=pair, venue=venue, levels=200)).book
        assert rows_of(book) == (truth.bids[:200], truth.asks[:200])
        assert book.venues[0].venue_sequence == truth.sequence


def test_spread_and_mid_of_the_summary(scene: Scene, stub: Stub) -> None:
    """Both over all venues, also where they cross one another."""
    scene.settle(stub, 4)
    for pair in PAIRS:
        bids, asks = merged(scene.truths(pair), VENUES, 1)
        summary = stub.GetSummary(pb.GetSummaryRequest(market=pair, dust="0")).summary
        assert Decimal(summary.spread).scaleb(summary.price_exponent) == asks[0].price - bids[0].price
        assert Decimal(summary.mid).scaleb(summary.price_exponent - 1) == (asks[0].price + bids[0].price) / 2


@pytest.mark.parametrize(("venue", "depth"), [("binance", 20), ("binance_us", 20), ("bitstamp", 100)])
def test_partial_books(shared_yard: Yard, partial: Callable[[], Scene], venue: str, depth: int) -> None:
    scene = partial()
    with scene.server.client() as client:
        scene.settle(client, 6)
        for pair in PAIRS:
            truth = scene.truths(pair)[venue]
            book = client.GetVenueBook(pb.GetVenueBookRequest(market=pair, venue=venue, levels=200)).book
            assert rows_of(book) == (truth.bids[:depth], truth.asks[:depth])
            assert book.venues[0].bid_levels == min(depth, len(truth.bids))


@pytest.fixture(scope="module")
def partial(shared_yard: Yard) -> Callable[[], Scene]:
    made: list[Scene] = []

    def make() -> Scene:
        if not made:
            made.append(Scene(shared_yard, 5, "--book", "partial"))
        return made[0]

    return make
