"""Pairs with names in other scripts, in mixed case, with digits and dots: found and asked for at every venue."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote

import pytest

from server.feed.discovery import find
from server.model import Instrument, Pair, Reach
from server.protocol.rest_request import RestRequest
from server.protocol.venue import Venue
from server.units import SECOND
from server.venues import VENUES
from simulator.exchange import Close, Publication
from tests.venues.exchanges import SimulatedVenue
from tests.venues.in_process import InProcess
from tests.venues.simulated import HOSTS
from tests.venues.test_subscribing import of_one_connection, streams_of

pytestmark = pytest.mark.slow

NAMES = ("币安人生", "AAPLx", "1000SATS", "4", "LUNA2.0", "ÄÖ", "weETH")


@cache
def listing(name: str) -> bytes:
    wire = SimulatedVenue(name)
    return wire.rest(wire.venue.discovery())


def listed_as(venue: Venue, name: str) -> list[Instrument]:
    """What the venue lists when one of its assets is called so, in whichever way it writes long names."""
    body = json.dumps(json.loads(listing(venue.NAME)), ensure_ascii=False)
    for colon in ("", ":"):
        old = ("XBT", "BTC", "btc")
        text = body
        for each in old:
            text = text.replace(each, (name.lower() if each.islower() else name) + colon)
        found = [item for item in venue.instruments(text.encode()) if item.pair.base.casefold() == name.casefold()]
        if found:
            return found
    raise AssertionError(f"{venue.NAME} cannot list {name}")


@pytest.mark.parametrize("asset", NAMES)
@pytest.mark.parametrize("name", VENUES)
def test_a_pair_is_found_asked_for_and_quoted(name: str, asset: str) -> None:
    venue = VENUES[name]()
    items = listed_as(venue, asset)
    quote = items[0].pair.quote
    for typed in (f"{asset}/{quote}", f"{asset.lower()}/{quote.lower()}", str(items[0].pair)):
        wanted = Pair.parse(typed)
        (found,) = find(name, items, [wanted])
        assert found.reach is Reach.LISTED, typed
        assert found.instrument is not None
        assert found.instrument.pair == wanted, "the pair is called as it was asked for"
        assert found.instrument.symbol == items[0].symbol, "and the venue is asked in its own spelling"
    (missing,) = find(name, items, [Pair(quote, items[0].pair.base)])
    assert find(name, items, [Pair.parse(missing.suggestion)])[0].reach is Reach.LISTED
    _asks(venue, items[0])


def _asks(venue: Venue, item: Instrument) -> None:
    streams = of_one_connection(venue, streams_of(venue, item))
    for request in venue.subscribe(streams):
        message = json.loads(request.text.encode())
        if request.streams:
            assert item.symbol.removeprefix("t").casefold() in json.dumps(message, ensure_ascii=False).casefold()
    plan = venue.book_plan(item, venue.BOOK_MODES[0], 100)
    now = 1_760_000_000 * SECOND
    requests = [
        plan.rest_snapshot, plan.audit, venue.past_trades(item, None), venue.open_interest(item),
        venue.CANDLES.request(item, 60, now, now + 60 * SECOND) if venue.CANDLES else None,
    ]  # fmt: skip
    for asked in requests:
        if isinstance(asked, RestRequest):
            assert asked.path.isascii(), asked.path
            assert " " not in asked.path
            assert item.symbol in unquote(asked.path)


class Escaping(InProcess):
    """A venue that writes what is not ASCII as escapes."""

    def answers(self, text: str) -> Iterable[str | Close]:
        return [_escaped(said) if isinstance(said, str) else said for said in super().answers(text)]

    def frame(self, publication: Publication, text: str) -> str | bytes | None:
        return _escaped(text)

    def body(self, request: RestRequest, body: bytes) -> bytes:
        return _escaped(body.decode()).encode()


def _escaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


@pytest.mark.parametrize(
    ("base", "kind"), [("币安人生", InProcess), ("币安人生", Escaping), ("AAPLx", InProcess), ("LUNA2.0", InProcess)]
)
@pytest.mark.parametrize("name", VENUES)
def test_a_book_of_such_a_pair_is_the_markets_own(name: str, base: str, kind: type[InProcess]) -> None:
    host = HOSTS.get(name, name)
    listed = {
        str(item.pair)
        for item in SimulatedVenue(name, [f"{base}/{quote}" for quote in ("USDT", "USD", "USDC")]).instruments()
    }
    pair = sorted(listed, key=len)[0]
    assert Pair.parse(pair).base.casefold() == base.casefold()
    wire = kind(name, [pair], exchange=host, levels=20)
    wire.connect()
    wire.step(60)
    assert wire.live(pair), (wire.syncs[pair].state, wire.complaints[:3])
    assert wire.ours(pair, 5) == wire.truth(pair, 5)
    book, trades = wire.syncs[pair].plan.stream, wire.venue.trade_stream(wire.instruments[pair])
    assert wire.trades or wire.venue.connection_group(book) != wire.venue.connection_group(trades), (
        "which is another connection"
    )
    assert not wire.complaints
    venue, item, now = wire.venue, wire.instruments[pair], wire.now
    assert venue.CANDLES is not None
    assert venue.read_candles(item, wire.rest(venue.CANDLES.request(item, 60, now - 600 * SECOND, now)))
    for asked in (venue.past_trades(item, None), venue.open_interest(item), wire.syncs[pair].plan.audit):
        if asked is not None:
            venue.check_answer(wire.rest(asked))
