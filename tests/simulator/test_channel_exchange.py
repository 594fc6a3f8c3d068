"""What a declared exchange does by itself: requests, refusals, first messages, and its REST side."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from simulator import channels as kinds
from simulator.channel_exchange import Answers, Asked, ChannelExchange, Problem, compact
from simulator.channels import Channel, Message, Stream
from simulator.exchange import RestRequest, Session
from simulator.instruments import Pair
from simulator.listing import Listing
from simulator.market import Market
from simulator.rest import Refused, RestApi

LISTING = Listing(symbol="{base}{quote}", ticks={"BTC": 1}, lots={"BTC": 4}, without=("EUR",))
PAIRS = [Pair.parse(text) for text in ("BTC/USD", "ETH/USD", "BTC/EUR")]
NOW = 1_760_000_000_000_000


class PlainRest(RestApi):
    budget = 5, 60
    weights = {"/dear": 3}
    troubles = {429: ("slow", "too fast"), 404: ("none", "no such path"), 500: ("bad", "our fault")}

    def __init__(self, instruments: Any) -> None:
        super().__init__(instruments)
        self.routes = {
            "/book": lambda request: self.market(request).instrument.symbol,
            "/count": lambda request: self.whole(request, "count", 7, 1, 9),
            "/side": lambda request: self.word(request, "side", {"b": 1, "s": 2}, "b"),
            "/dear": lambda _: "dear",
        }

    def wrapped(self, data: Any, request: RestRequest) -> Any:
        return {"ok": data}

    def error(self, code: str, text: str) -> Any:
        return {"code": code, "text": text}

    def bad(self, name: str, value: str | None) -> Refused:
        return self.refused("param", f"{name}={value}")


class Plain(ChannelExchange):
    paths = ("/ws",)
    ping = "ping", "pong"

    def rest_api(self) -> RestApi:
        return PlainRest(self.instruments)

    def channels(self) -> Mapping[str, Channel]:
        return {
            "book:{}": kinds.Book(lambda frame: [frame.sequence, len(frame.bids)], 10),
            "top:{}": kinds.TopOfBook(lambda frame: len(frame.bids), 3),
            "trade:{}": kinds.Trades(lambda _item, trade: trade.id, together=True, first=2),
        }

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:
        return Asked(message["begin"], message["names"]) if "names" in message else ["else"]

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:
        return [f"{'began' if asked.begin else 'ended'} {' '.join(names)}"]

    def refused(self, asked: Asked, problem: Problem) -> Answers:
        return [f"{problem.reason} {problem.name} {problem.most}"]

    def unreadable(self, text: str) -> Answers:
        return [f"what is {text}"]

    def envelope(self, stream: Stream, message: Message) -> Any:
        return {"of": stream.name, "is": message.kind, "data": message.data}


@pytest.fixture
def exchange() -> Plain:
    made = Plain(LISTING.terms("plain", PAIRS), 10)
    made.bind(Market([made.terms], 1, 0.1, NOW).of_venue("plain"))
    return made


def ask(exchange: Plain, session: Session, *names: str, begin: bool = True) -> list[Any]:
    return exchange.receive(session, compact({"begin": begin, "names": names}))


def test_a_listing_says_how_pairs_are_written() -> None:
    items = {item.symbol: item for item in LISTING.terms("plain", PAIRS).instruments}
    assert set(items) == {"BTCUSD", "ETHUSD"}
    assert (items["BTCUSD"].tick_decimals, items["BTCUSD"].lot_decimals) == (1, 4)
    only = Listing(quotes=("EUR",)).terms("plain", PAIRS).instruments
    assert [item.symbol for item in only] == ["BTCEUR"]


def test_connections_are_opened_at_its_paths_alone(exchange: Plain) -> None:
    assert exchange.open("/ws?x=1") is not None
    assert exchange.open("/other") is None


def test_messages_that_ask_for_nothing(exchange: Plain) -> None:
    session = Session()
    assert exchange.receive(session, "ping") == ["pong"]
    assert exchange.receive(session, "{") == ["what is {"]
    assert exchange.receive(session, "[1]") == ["what is [1]"]
    assert exchange.receive(session, "{}") == ["else"]


def test_names_are_accepted_one_by_one(exchange: Plain) -> None:
    session = Session()
    answers = ask(exchange, session, "trade:NOPE", "top:BTCUSD")
    assert answers[:2] == ["unknown trade:NOPE 0", "began top:BTCUSD"]
    assert json.loads(answers[2]) == {"of": "top:BTCUSD", "is": "snapshot", "data": 3}
    assert list(session.streams) == ["top:BTCUSD"]
    assert ask(exchange, session, "top:BTCUSD", begin=False) == ["ended top:BTCUSD"]
    assert not session.streams


def test_or_all_together(exchange: Plain) -> None:
    exchange.one_by_one, session = False, Session()
    assert ask(exchange, session, "book:BTCUSD", "trade:NOPE") == ["unknown trade:NOPE 0"]
    assert not session.streams
    assert ask(exchange, session, "book:BTCUSD", "book:ETHUSD")[0] == "began book:BTCUSD book:ETHUSD"


def test_limits_and_repetitions(exchange: Plain) -> None:
    exchange.most, exchange.most_at_once, exchange.one_by_one = 2, 2, False
    session = Session()
    assert ask(exchange, session, "book:BTCUSD", "book:ETHUSD", "top:BTCUSD") == ["many book:BTCUSD 2"]
    ask(exchange, session, "book:BTCUSD", "book:ETHUSD")
    assert ask(exchange, session, "top:BTCUSD") == ["many top:BTCUSD 2"]
    assert ask(exchange, session, "book:BTCUSD")[0] == "began book:BTCUSD"
    exchange.strict = True
    assert ask(exchange, session, "book:BTCUSD") == ["again book:BTCUSD 0"]
    assert ask(exchange, session, "top:BTCUSD", begin=False) == ["absent top:BTCUSD 0"]


def test_streams_send_what_their_channels_make(exchange: Plain) -> None:
    market = Market([exchange.terms], 1, 0.1, NOW)
    exchange.bind(market.of_venue("plain"))
    session = Session()
    ask(exchange, session, "book:BTCUSD", "trade:BTCUSD")
    sent = []
    for step in range(1, 40):
        sent += list(exchange.publish(market.step({"plain": NOW + step * 100_000})["plain"], session.streams))
    assert {publication.stream for publication in sent} == {"book:BTCUSD", "trade:BTCUSD"}
    assert {publication.kind for publication in sent} == {"diff", "trade"}
    numbers = [json.loads(each.make(""))["data"][0] for each in sent if each.kind == "diff"]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == exchange.sequence_of(exchange.markets["BTCUSD"])
    again = list(exchange.restart(session.streams))
    assert [(each.stream, each.kind) for each in again] == [("book:BTCUSD", "snapshot")]


def rest(exchange: Plain, path: str, **query: str) -> tuple[int, Any]:
    answer = exchange.rest(RestRequest(path, query, {}, "me", 1_760_000_000.0))
    return answer.status, answer.body


@pytest.mark.parametrize(
    ("path", "query", "status", "body"),
    [
        ("/book", {"symbol": "BTCUSD"}, 200, {"ok": "BTCUSD"}),
        ("/book", {}, 400, {"code": "param", "text": "symbol=None"}),
        ("/book", {"symbol": "NOPE"}, 400, {"code": "param", "text": "symbol=NOPE"}),
        ("/count", {}, 200, {"ok": 7}),
        ("/count", {"count": "9"}, 200, {"ok": 9}),
        ("/count", {"count": "10"}, 400, {"code": "param", "text": "count=10"}),
        ("/count", {"count": "x"}, 400, {"code": "param", "text": "count=x"}),
        ("/side", {"side": "s"}, 200, {"ok": 2}),
        ("/side", {"side": "q"}, 400, {"code": "param", "text": "side=q"}),
        ("/nothing", {}, 404, {"code": "none", "text": "no such path"}),
    ],
)
def test_parameters_are_checked(exchange: Plain, path: str, query: dict[str, str], status: int, body: Any) -> None:
    assert rest(exchange, path, **query) == (status, body)


def test_a_budget_is_spent_by_weight(exchange: Plain) -> None:
    assert [rest(exchange, "/dear")[0] for _ in range(3)] == [200, 429, 429]
    assert rest(exchange, "/dear")[1] == {"code": "slow", "text": "too fast"}
    assert exchange.used() == {"all": 12}


def test_error_statuses_have_the_venues_words(exchange: Plain) -> None:
    assert exchange.refusal(503, 0.0, 4).body == {"code": "bad", "text": "our fault"}
    assert exchange.refusal(429, 0.0, 4).headers == {"Retry-After": "4"}
