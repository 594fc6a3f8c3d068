"""Channels, each on a market that moves: what is sent of every step, and what a client makes of it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from simulator import channels as kinds
from simulator.channels import Channel, Message, Stream
from simulator.generator import Tick, VenueMarket
from simulator.instruments import Pair
from simulator.listing import Listing
from simulator.market import Market

NOW = 1_760_000_000_000_000
TERMS = Listing(ticks={"BTC": 1}).terms("plain", [Pair.parse("BTC/USD")])


class Scene:
    """One channel on one market."""

    def __init__(self, channel: Channel) -> None:
        self.market = Market([TERMS], 2, 0.1, NOW)
        (self.book,) = self.market.of_venue("plain").values()
        self.stream = Stream("x", channel, self.book.instrument)
        self.first = channel.opened(self.stream, self.book)
        self.steps = 0

    def step(self, count: int = 1, change: Callable[[Tick], Tick] = lambda tick: tick) -> list[Message]:
        sent: list[Message] = []
        for _ in range(count):
            self.steps += 1
            (tick,) = self.market.step({"plain": NOW + self.steps * 100_000})["plain"]
            sent += self.stream.channel.advance(self.stream, change(tick), self.steps, 10)
        return sent


def levels(frame: kinds.BookFrame) -> Any:
    return {"bids": frame.bids, "asks": frame.asks, "previous": frame.previous, "sequence": frame.sequence}


def held(messages: list[Message]) -> tuple[dict[int, int], dict[int, int]]:
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for message in messages:
        for side, name in zip(sides, ("bids", "asks"), strict=True):
            if message.kind != "diff":
                side.clear()
            side.update(message.data[name])
    return tuple({price: size for price, size in side.items() if size} for side in sides)  # type: ignore[return-value]


def truth(market: VenueMarket, depth: int | None = None) -> tuple[dict[int, int], dict[int, int]]:
    return dict(market.book.bids.top(depth)), dict(market.book.asks.top(depth))


def test_the_changes_of_a_book_make_the_book() -> None:
    for depth in (None, 20):
        scene = Scene(kinds.Book(levels, depth))
        messages = [*scene.first, *scene.step(50)]
        assert [message.kind for message in messages[:2]] == ["snapshot", "diff"]
        assert held(messages) == truth(scene.book, depth)
        links = [(message.data["previous"], message.data["sequence"]) for message in messages]
        assert links[0][0] == -1
        assert all(link[0] == before[1] for before, link in pairwise(links))


def test_a_book_that_does_not_begin_in_the_stream() -> None:
    wanted = [False]
    scene = Scene(kinds.Book(levels, 20, lambda: wanted[0]))
    assert scene.first == []
    wanted[0] = True
    assert [message.kind for message in scene.stream.channel.opened(scene.stream, scene.book)] == ["snapshot"]


def test_silence_and_changes_behind_the_depth() -> None:
    def behind(tick: Tick) -> Tick:
        """A step that changed something, but nothing of the best levels."""
        return replace(tick, last=tick.first)

    for hidden, expected in ((False, 0), (True, 20)):
        scene = Scene(kinds.Book(levels, 2, hidden=hidden))
        scene.book.calm = True
        found = scene.step(20, behind)
        assert len(found) == expected
        assert not any(message.data["bids"] or message.data["asks"] for message in found)
    idle = Scene(kinds.Book(levels, 2, idle_us=1_000_000))
    idle.book.calm = True
    messages = idle.step(35)
    assert len(messages) == 3
    assert all(message.data["previous"] == message.data["sequence"] for message in messages)


def test_the_top_of_a_book_is_whole_every_time() -> None:
    scene = Scene(kinds.TopOfBook(levels, 5))
    messages = scene.step(30)
    assert {message.kind for message in messages} == {"book"}
    assert held(messages[-1:]) == truth(scene.book, 5)


def test_numbered_changes_have_no_hole() -> None:
    channel = kinds.NumberedChanges(lambda _item, rows, _now: list(rows), silent=8, batch=5)
    scene = Scene(channel)
    before = channel.number(scene.book.sequence)
    rows = [row for message in scene.step(40) for row in message.data]
    assert [row.number for row in rows] == list(range(before + 1, channel.number(scene.book.sequence) + 1))
    assert sum(row.price == 0 for row in rows) > 10, "numbers that show nothing"


def test_trades_singly_and_together() -> None:
    single, together = (Scene(kinds.Trades(lambda _item, trade: trade.id, flag, first=3)) for flag in (False, True))
    numbers = [message.data for message in single.step(60)]
    assert numbers == [number for message in together.step(60) for number in message.data]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    (old,) = together.stream.channel.opened(together.stream, together.book)
    assert old == Message(numbers[-3:], "snapshot")


def test_tickers_by_change_and_by_time() -> None:
    def write(market: VenueMarket) -> Any:
        return market.book.touch()

    assert Scene(kinds.Ticker(write)).step(50)
    assert len(Scene(kinds.Ticker(write, period_ms=500)).step(50)) == 10
    assert [message.kind for message in Scene(kinds.Ticker(write, begins=True)).first] == ["snapshot"]


def test_a_candle_closes_once_and_the_next_begins() -> None:
    scene = Scene(kinds.Candles(lambda _item, row, closed, _now: (row.start_ms, closed), 60_000))
    messages = scene.step(700)
    closed = [number for number, message in enumerate(messages) if message.data[1]]
    assert len(closed) == 1
    assert messages[closed[0] + 1].begins
    assert sum(message.begins for message in messages) == 1
    assert messages[closed[0] + 1].data[0] == messages[closed[0]].data[0] + 60_000
