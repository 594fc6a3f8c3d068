"""Whatever a venue says: one documented error or named rows that are left out, and nothing impossible comes through."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orderbook_ext import FrameDecoder
from server.errors import FrameError, ThrottledError, VenueError
from server.feed.ask import ask
from server.feed.discovery import find, read_list
from server.model import Instrument, Reach, Trade
from server.network.rest_client import RestClient
from server.protocol.candle_source import Candle, OpenInterest
from server.protocol.events import Bbo, Event, OpenInterestUpdate, TradeEvent, Unread
from server.protocol.readings import Readings
from server.protocol.rest_request import RestRequest
from server.protocol.terms import TradeIds
from server.protocol.venue import Venue
from server.units import SECOND
from server.venues import VENUES
from tests.venues.exchanges import START, SimulatedVenue
from tests.venues.mutations import GONE, Mutation, mutations
from tests.venues.test_subscribing import streams_of

pytestmark = pytest.mark.slow

YEAR_2009, YEAR_2100 = 1_230_768_000 * SECOND, 4_102_444_800 * SECOND
FRAMES_OF_A_KIND = 1
# A row of numbers has up to twelve.
ROWS = 13


@dataclass
class Said:
    """What one venue says: its answers by kind, and a few messages of each kind that are no depth frames."""

    venue: Venue
    instrument: Instrument
    bodies: dict[str, bytes] = field(default_factory=dict)
    frames: list[bytes] = field(default_factory=list)


@functools.cache
def said(name: str) -> Said:
    wire = SimulatedVenue(name)
    venue, listing = wire.venue, wire.rest(wire.venue.discovery())
    items = venue.instruments(listing)
    item = items[0]
    made, frames = Said(venue, item, {"instruments": listing}), list[bytes]()
    groups: dict[str, list[str]] = {}
    for stream in dict.fromkeys(stream for each in items for stream in streams_of(venue, each)):
        groups.setdefault(venue.connection_group(stream), []).append(stream)
    for streams in groups.values():
        wire.connect(streams)
        for request in venue.subscribe(streams):
            answers = wire.exchange.receive(wire.peer, request.text)
            frames += [text.encode() for text in answers if isinstance(text, str)]
        frames += wire.frames(60)
    now = int(wire.now * SECOND)
    requests = {
        "address": venue.address(),
        "trades": venue.past_trades(item, None),
        "interest": venue.open_interest(item),
        "candles": venue.CANDLES.request(item, 60, now - 600 * SECOND, now) if venue.CANDLES else None,
    }
    made.bodies |= {kind: _short(wire.rest(request)) for kind, request in requests.items() if request is not None}
    made.frames = _some_of_each_kind(venue, frames)
    return made


def _short(body: bytes) -> bytes:
    """The same answer with a few rows."""

    def cut(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cut(item) for key, item in value.items()}
        return [cut(item) for item in value[:ROWS]] if isinstance(value, list) else value

    return json.dumps(cut(json.loads(body))).encode()


def _some_of_each_kind(venue: Venue, frames: list[bytes]) -> list[bytes]:
    """Messages with other keys, or more rows, are of another kind; the longest ones of each."""
    decoder, kinds = FrameDecoder(venue.DEPTH), dict[str, list[bytes]]()
    for frame in sorted(frames, key=lambda frame: -len(frame)):
        if len(frame) < 20_000 and not decoder.scan(frame):
            kinds.setdefault(str(_outline(json.loads(frame))), []).append(frame)
    return [frame for kind in kinds.values() for frame in kind[:FRAMES_OF_A_KIND]]


def _outline(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _outline(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_outline(item) for item in value[:2]]
    return type(value).__name__


# -- what may come out, said once more and not with the product's own words --------------------------------------------


def possible(value: Decimal, *, zero: bool = False) -> None:
    assert isinstance(value, Decimal)
    assert value.is_finite()
    assert Decimal("1e-31") < value < Decimal("1e31") or (zero and value == 0)


def possible_time(time: int) -> None:
    assert type(time) is int
    assert YEAR_2009 <= time < YEAR_2100


def possible_trade(trade: Trade, venue: Venue) -> None:
    possible(trade.price)
    possible(trade.size)
    possible_time(trade.exchange_time)
    assert trade.symbol.strip() == trade.symbol != ""
    assert trade.trade_id not in ("", "None", "True", "NaN", "[]", "{}", " ")
    if venue.TRADE_IDS is not TradeIds.OPAQUE:
        assert trade.trade_id.isdigit()
        assert str(trade.number) == trade.trade_id


def possible_instrument(item: Instrument) -> None:
    possible(item.tick, zero=True)
    possible(item.lot)
    possible(item.contract)
    possible(item.min_size, zero=True)
    possible(item.min_notional, zero=True)
    for name in (item.pair.base, item.pair.quote, item.symbol, item.status):
        assert isinstance(name, str)
        assert name.strip() == name != ""
        assert name.isprintable()
    assert item.pair.base != item.pair.quote
    assert type(item.trading) is type(item.inverse) is bool
    assert 0 <= item.price_decimals <= 40
    assert 0 <= item.size_decimals <= 40


def possible_candle(candle: Candle) -> None:
    possible_time(candle.open_time)
    assert 0 < candle.low <= candle.open <= candle.high < Decimal("1e31")
    assert candle.low <= candle.close <= candle.high
    for volume in (candle.volume, candle.quote_volume):
        if volume is not None:
            possible(volume, zero=True)
    assert candle.trades is None or candle.trades >= 0


def possible_interest(interest: OpenInterest) -> None:
    possible(interest.amount, zero=True)
    if interest.exchange_time:
        possible_time(interest.exchange_time)


def possible_event(event: Event, venue: Venue) -> None:
    if isinstance(event, TradeEvent):
        assert event.stream
        possible_trade(event.trade, venue)
    elif isinstance(event, Bbo):
        possible(event.bid)
        possible(event.ask)
    elif isinstance(event, OpenInterestUpdate):
        possible(event.amount, zero=True)
        possible_time(event.exchange_time)
    elif isinstance(event, Unread):
        assert event.reason


@pytest.fixture(params=VENUES)
def made(request: pytest.FixtureRequest) -> Said:
    return said(str(request.param))


# -- messages ----------------------------------------------------------------------------------------------------------


def test_a_wrong_leaf_of_a_message_spoils_its_own_part_only(made: Said) -> None:
    venue = made.venue
    assert any(isinstance(event, TradeEvent) for frame in made.frames for event in venue.read(frame))
    for frame in made.frames:
        before = [event for event in venue.read(frame) if isinstance(event, TradeEvent | Bbo | OpenInterestUpdate)]
        for mutation in mutations(frame):
            try:
                events = venue.read(mutation.body)
            except FrameError:
                assert not mutation.inside or len(before) < 2, f"{mutation} took its neighbours along"
                continue
            for event in events:
                possible_event(event, venue)
            if mutation.inside:
                assert len([event for event in before if event in events]) >= len(before) - 2, mutation
                gone = [event for event in before if event not in events]
                assert not gone or len(events) >= len(before) or _told(events, mutation), mutation


def _told(events: Any, mutation: Mutation) -> bool:
    return any(isinstance(event, Unread) for event in events) or mutation.wrong in ("true", GONE, "[]", "{}", "null")


def test_what_cannot_be_read_of_a_trade_names_its_stream(made: Said) -> None:
    venue = made.venue
    for frame in made.frames:
        trades = [event for event in venue.read(frame) if isinstance(event, TradeEvent)]
        if not trades:
            continue
        numbers = {str(trade.price) for trade in (event.trade for event in trades)}
        for mutation in mutations(frame):
            if mutation.wrong == "-1" and str(mutation.value) in numbers:
                events = venue.read(mutation.body)
                if all(trade in events for trade in trades):
                    continue  # That field is not read.
                unread = [event for event in events if isinstance(event, Unread)]
                assert unread, mutation
                assert {event.stream for event in unread} <= {event.stream for event in trades}, mutation


# -- answers -----------------------------------------------------------------------------------------------------------


def readers(made: Said) -> Iterator[tuple[str, Callable[[bytes], Any], Callable[[Any], None]]]:
    venue, item = made.venue, made.instrument
    yield "instruments", venue.instruments, possible_instrument
    yield "trades", lambda body: venue.read_past_trades(item, body), lambda trade: possible_trade(trade, venue)
    yield "candles", lambda body: venue.read_candles(item, body), possible_candle
    yield "interest", lambda body: venue.read_open_interest(item, body), possible_interest
    if "address" in made.bodies:
        yield "address", venue.given_address, lambda _: None
    if type(venue).next_page is not Venue.next_page:
        yield "pages", venue.more_instruments, lambda _: None


def test_a_wrong_leaf_of_an_answer_spoils_its_own_row_only(made: Said) -> None:
    for kind, read, check in readers(made):
        body = made.bodies.get("instruments" if kind == "pages" else kind)
        if body is None:
            continue
        before = read(body)
        for mutation in mutations(body):
            try:
                found = read(mutation.body)
            except VenueError:
                several = isinstance(before, list) and len(before) > 1
                assert not (mutation.inside and several), f"{kind}: {mutation} took its neighbours along"
                continue
            for each in found if isinstance(found, list) else [found]:
                check(each)
            if isinstance(before, list) and mutation.inside:
                lost = [each for each in before if each not in found]
                assert len(lost) <= 1, f"{kind}: {mutation}"
                assert not lost or found.unread or len(found) >= len(before) - 1


def test_a_pair_whose_row_cannot_be_read_is_not_called_unlisted(made: Said) -> None:
    venue, body = made.venue, made.bodies["instruments"]
    pairs = {item.pair for item in venue.instruments(body)}
    seen = 0
    for mutation in mutations(body):
        if mutation.wrong not in ("null", "NaN", GONE) or not mutation.inside:
            continue
        found = venue.instruments(mutation.body)
        for pair in pairs - {item.pair for item in found}:
            if any(asset.casefold() in str(mutation.value).casefold() for asset in (pair.base, pair.quote)):
                continue  # The name itself is gone: nobody can say whose row it was.
            (listing,) = find(venue.NAME, found, [pair], found.unread)
            assert listing.reach is Reach.UNREACHABLE, mutation
            assert "could not be read" in listing.detail
            seen += 1
    assert seen or len(venue.instruments(body)[0].pair.base) == 3


def test_a_list_without_one_readable_row_is_no_list(made: Said) -> None:
    venue = made.venue
    broken = made.bodies["instruments"].replace(b"USD", b" ")
    with pytest.raises(FrameError):
        venue.instruments(broken)


# -- answers of status 200 that are errors -----------------------------------------------------------------------------

REFUSALS = (
    (b'{"error":["EGeneral:Too many requests"]}', b'{"error":["EQuery:Unknown asset pair"]}'),
    (b'{"error":["EAPI:Rate limit exceeded"]}', b'{"error":["EService:Unavailable"]}'),
    (b'{"retCode":10006,"retMsg":"Too many visits!","result":{}}', b'{"retCode":10001,"retMsg":"params error"}'),
    (b'{"retCode":10018,"retMsg":"x","result":{}}', b'{"retCode":10016,"retMsg":"Server error."}'),
    (b'{"code":"50011","msg":"Rate limit reached","data":[]}', b'{"code":"51001","msg":"no instrument","data":[]}'),
    (b'{"code":"429000","msg":"x"}', b'{"code":"400100","msg":"symbol not exists"}'),
    (b'{"label":"TOO_MANY_REQUESTS","message":"x"}', b'{"label":"INVALID_CURRENCY_PAIR","message":"x"}'),
    (b'["error",11010,"ratelimit: error"]', b'["error",10020,"symbol: invalid"]'),
    (b'{"error":"ERR_RATE_LIMIT"}', b'["error",20060,"maintenance"]'),
    (b'{"error":{"code":10028,"message":"x"}}', b'{"error":{"code":13020,"message":"not_found"}}'),
    (b'{"result":"error","reason":"RateLimit","message":"x"}', b'{"result":"error","reason":"InvalidSymbol"}'),
    (b'{"status":"error","reason":"x","code":"400.002"}', b'{"status":"error","reason":"bad pair","code":"400.067"}'),
    (b'{"code":-1003,"msg":"x"}', b'{"code":-1121,"msg":"Invalid symbol."}'),
    (b'{"message":"Public rate limit exceeded"}', b'{"message":"NotFound"}'),
    (b'{"success":false,"error":"Do not send more than 30 requests per second"}', b'{"success":false,"error":"No"}'),
)  # fmt: skip


def test_an_error_with_status_200_is_named_as_what_it_is(made: Said) -> None:
    """Each venue knows at least one of the ways in which they are written; what it knows counts for all answers."""
    venue, known = made.venue, 0
    for throttled, refused in REFUSALS:
        for _, read, _ in readers(made):
            for body in (throttled, refused):
                try:
                    assert read(body) == [], "no pairs: which is an error where the whole list is read"
                except VenueError:
                    pass
        if not isinstance(_error(venue, throttled), ThrottledError):
            continue
        known += 1
        for _, read, _ in readers(made):
            with pytest.raises(ThrottledError) as caught:
                read(throttled)
            assert 0 < caught.value.retry_after <= 120
            with pytest.raises(VenueError) as other:
                read(refused)
            assert not isinstance(other.value, ThrottledError)
    assert known


def _error(venue: Venue, body: bytes) -> VenueError | None:
    try:
        venue.check_answer(body)
    except VenueError as error:
        return error
    return None


def test_who_asked_too_often_does_not_ask_meanwhile(made: Said) -> None:
    blocked: list[float] = []
    answers = [throttled for throttled, _ in REFUSALS]
    budget = SimpleNamespace(block=blocked.append)
    rest = SimpleNamespace(budget=budget, get=lambda _request, _stop, _held: answers.pop(0))
    while answers:
        try:
            ask(made.venue, cast(RestClient, rest), RestRequest("/"), threading.Event())
        except VenueError:
            continue
    assert blocked
    assert all(0 < wait <= 120 for wait in blocked)


def test_good_answers_are_no_errors(made: Said) -> None:
    for body in made.bodies.values():
        made.venue.check_answer(body)
    asked: list[RestRequest] = []

    def get(request: RestRequest, _stop: threading.Event, _held: object = None) -> bytes:
        asked.append(request)
        return made.bodies["instruments"]

    found = read_list(made.venue, cast(RestClient, SimpleNamespace(get=get)), threading.Event())
    assert isinstance(found, Readings)
    assert found
    assert not found.unread
    assert START > 0
