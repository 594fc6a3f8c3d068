"""A venue's session and its simulated exchange in one process: texts go to and fro by hand, and nothing waits.

The book that comes out can be compared with the market's own, step by step, and every frame can be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl, unquote, urlsplit

from orderbook_ext import BookLock
from server.book.depth_reader import level_values
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, FetchSnapshot, LogMessage, Reconnect, Send, TradeReceived
from server.connection.session import Session
from server.model import Instrument, Receipt, VenueState
from server.protocol.rest_request import RestRequest
from server.units import SECOND
from server.venues import VENUES
from simulator import exchange as simulated
from simulator.instruments import Pair as SimulatedPair
from simulator.venues import VENUES as EXCHANGES
from tests.first_markets import first_market

STEP = SECOND // 10
START = 1_760_000_000 * SECOND


class InProcess:
    """One connection with the books and trades of some pairs, and the exchange at its other end.

    `exchange` and `exchange_pairs`: what is at the other end, if not of the same name and with the same pairs. `drop`
    says which frames the wire loses: it is asked with the stream and the frame.
    """

    def __init__(
        self,
        name: str,
        pairs: Iterable[str],
        mode: str = "",
        *,
        exchange: str = "",
        exchange_pairs: Iterable[str] = (),
        options: Mapping[str, str] | None = None,
        levels: int = 100,
    ) -> None:
        self.venue = VENUES[name]()
        self.now = START
        pairs = tuple(pairs)
        made = EXCHANGES[exchange or name]([SimulatedPair.parse(pair) for pair in exchange_pairs or pairs], 10)
        made.configure(options or {})
        made.clock = made.steady = lambda: self.now // 1000
        self.exchange = made
        self.market = first_market([made.terms], seed=11, step_seconds=0.1, time_us=self.now // 1000)
        made.bind(self.market.of_venue(made.name))
        self.drop: Callable[[str, str], bool] = lambda _stream, _text: False
        self.sent: list[str] = []
        self.trades: list[TradeReceived] = []
        self.complaints: list[str] = []
        self.renewals: list[Reconnect] = []
        self.asked: list[RestRequest] = []
        self._answers: list[tuple[FetchSnapshot, bytes]] = []
        self.instruments = {str(item.pair): item for item in self._discover()}
        self.syncs = {
            pair: self._sync(self.instruments[pair], mode or self.venue.BOOK_MODES[0], levels) for pair in pairs
        }
        streams = [self.venue.trade_stream(sync.plan.instrument) for sync in self.syncs.values()]
        others = self._other_streams()
        self.session = Session(self.venue, list(self.syncs.values()), streams, others)

    def _discover(self) -> list[Instrument]:
        return self.venue.instruments(self.rest(self.venue.discovery()))

    def _other_streams(self) -> list[str]:
        """Tickers and open interest: only tests that look at them ask for them."""
        return []

    def _sync(self, instrument: Instrument, mode: str, levels: int) -> BookSynchronizer:
        plan = replace(self.venue.book_plan(instrument, mode, levels), provisional=None)
        return BookSynchronizer(self.venue.NAME, plan, self.venue.LIMITS, BookLock(), lambda: None, wanted=levels)

    # -- what tests may change -----------------------------------------------------------------------------------

    def answers(self, text: str) -> Iterable[str | simulated.Close]:
        """What the exchange answers to a message."""
        return self.exchange.receive(self.peer, text)

    def frame(self, publication: simulated.Publication, text: str) -> str | bytes | None:
        """What the wire makes of a frame; None: it is lost."""
        return None if self.drop(publication.stream, text) else text

    def body(self, request: RestRequest, body: bytes) -> bytes:
        """What the wire makes of the body of an answer."""
        return body

    # -- both ends -----------------------------------------------------------------------------------------------

    def rest(self, request: RestRequest) -> bytes:
        """The exchange's answer."""
        self.asked.append(request)
        parts = urlsplit(request.path)
        answer = self.exchange.rest(
            simulated.RestRequest(
                unquote(parts.path),
                dict(parse_qsl(parts.query)),
                {"User-Agent": "test", "Host": "h"},
                "c",
                self.now / SECOND,
            )
        )
        assert answer.status == 200, answer.payload()
        return self.body(request, answer.payload())

    def connect(self) -> None:
        """Opens the connection anew."""
        path = self.session.path
        request = self.venue.address()
        if request is not None:
            parts = urlsplit(self.venue.given_address(self.rest(request)))
            path = f"{parts.path}?{parts.query}"
        opened = self.exchange.open(path)
        assert opened is not None, f"the exchange knows no {path}"
        self.peer = opened
        self.peer.opened = self.now / SECOND
        self.do(self.session.opened(self.now))
        self.hear(self.exchange.greet(self.peer))

    def hear(self, texts: Iterable[str | bytes | simulated.Close]) -> None:
        """The exchange said this."""
        for text in texts:
            assert isinstance(text, str | bytes), f"the exchange closed: {text}"
            data = text.encode() if isinstance(text, str) else text
            self.do(self.session.receive(data, Receipt(self.now, self.now)))

    def do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.sent.append(effect.text)
                if effect.request is not None:
                    self.session.sent(effect.request, self.now)
                self.hear(self.answers(effect.text))
            elif isinstance(effect, FetchSnapshot):
                # It arrives with the next step: meanwhile the stream goes on.
                self._answers.append((effect, self.rest(effect.request)))
            elif isinstance(effect, TradeReceived):
                self.trades.append(effect)
            elif isinstance(effect, LogMessage):
                self.complaints.append(effect.text)
            elif isinstance(effect, Reconnect):
                self.renewals.append(effect)

    def step(self, steps: int = 1) -> None:
        """Time passes, a tenth of a second a step."""
        for _ in range(steps):
            self.now += STEP
            ticks = self.market.step({self.exchange.name: self.now // 1000}).get(self.exchange.name, [])
            for publication in self.exchange.publish(ticks, self.peer.streams):
                if publication.stream not in self.peer.streams:
                    continue
                text = self.exchange.address(self.peer, publication)
                made = self.frame(publication, text) if text is not None else None
                if made is not None:
                    self.hear([made])
            self.hear(self.exchange.pulse(self.peer, self.now / SECOND))
            answers, self._answers = self._answers, []
            for fetch, body in answers:
                self.session.snapshot(fetch, body, Receipt(self.now, self.now))
            self.do(self.session.tick(self.now))

    # -- what came of it -----------------------------------------------------------------------------------------

    def live(self, pair: str) -> bool:
        return self.syncs[pair].state is VenueState.LIVE

    def ours(self, pair: str, levels: int) -> list[list[tuple[Decimal, Decimal]]]:
        """The best levels as we have them."""
        return level_values(self.syncs[pair].book, levels)

    def truth(self, pair: str, levels: int) -> list[list[tuple[Decimal, Decimal]]]:
        """The best levels as the market has them."""
        market = self.exchange.markets[self.symbol(pair)]
        item = market.instrument
        return [
            [(Decimal(item.price_number(price)), Decimal(item.size_number(size))) for price, size in side.top(levels)]
            for side in (market.book.bids, market.book.asks)
        ]

    def symbol(self, pair: str) -> str:
        """The exchange's own symbol of a pair."""
        return next(item.symbol for item in self.exchange.instruments.values() if str(item.pair) == pair)

    def told(self, pair: str) -> list[tuple[str, Decimal, Decimal, str]]:
        """The trades that the market made: id, price, size and aggressor."""
        market = self.exchange.markets[self.symbol(pair)]
        item = market.instrument
        return [
            (
                str(trade.id), Decimal(item.price_number(trade.price)), Decimal(item.size_number(trade.size)),
                "SELL" if trade.buyer_is_maker else "BUY",
            )
            for trade in market.history.trades
        ]  # fmt: skip

    def seen(self, pair: str) -> list[tuple[str, Decimal, Decimal, str]]:
        """The same of the trades that we were told, past ones left out."""
        stream = self.venue.trade_stream(self.instruments[pair])
        events = [effect.event for effect in self.trades if effect.event.stream == stream and not effect.event.past]
        return [(event.trade.trade_id, event.trade.price, event.trade.size, event.trade.side.name) for event in events]
