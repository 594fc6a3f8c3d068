"""The generated market: deterministic, never crossed within a venue, undoable, consistent with its own history."""

import itertools
from dataclasses import replace

import pytest

from simulator.generator import Profile, Tick, VenueMarket
from simulator.instruments import Instrument, Pair
from simulator.market import Market, VenueTerms
from simulator.venues import DEFAULT_VENUES, VENUES

START_US = 1_760_000_000_000_000
PAIRS = [Pair.parse("BTC/USDT"), Pair.parse("ETH/USDT")]
THREE = ("binance", "binance_us", "bitstamp")


def build(seed: int = 3, venues: tuple[str, ...] = THREE) -> Market:
    return Market([VENUES[name](PAIRS, 10).terms for name in venues], seed, 0.1, START_US)


def run(market: Market, steps: int) -> list[Tick]:
    ticks = []
    for _ in range(steps):
        now = START_US + (market.steps + 1) * 100_000
        ticks += [tick for of_venue in market.step(dict.fromkeys(VENUES, now)).values() for tick in of_venue]
    return ticks


def content(market: Market) -> list[object]:
    return [(key, book.state(), list(book.history.trades)) for key, book in market.books.items()]


def test_same_seed_same_market() -> None:
    one, two, other = build(), build(), build(seed=4)
    for market in (one, two, other):
        run(market, 50)
    assert content(one) == content(two)
    assert content(one) != content(other)


def test_venues_do_not_disturb_one_another() -> None:
    alone, together = build(venues=("bitstamp",)), build()
    run(alone, 30)
    run(together, 30)
    key = ("bitstamp", PAIRS[0])
    assert alone.books[key].state() == together.books[key].state()


def crossings(market: Market, steps: int, fee: float = 0.0) -> int:
    """Steps in which some venue's bid reaches another's ask after taker fees; none does so within a venue."""
    across = 0
    for _ in range(steps):
        run(market, 1)
        books = [book for (_, pair), book in market.books.items() if pair == PAIRS[0]]
        assert not any(book.book.crossed() for book in books)
        scale = [book.instrument.tick_step * 10.0**-book.instrument.tick_decimals for book in books]
        bids = [(book.book.bids.best() or 0) * unit for book, unit in zip(books, scale, strict=True)]
        asks = [(book.book.asks.best() or 0) * unit for book, unit in zip(books, scale, strict=True)]
        across += max(bids) * (1 - fee) >= min(asks) * (1 + fee)
    return across


def test_coupled_venues_hardly_ever_cross() -> None:
    market = Market([VENUES[name](PAIRS[:1], 10).terms for name in DEFAULT_VENUES], 1, 0.1, START_US)
    assert crossings(market, 600) < 30


def test_uncoupled_venues_cross_most_of_the_time() -> None:
    terms = [VENUES[name](PAIRS[:1], 10).terms for name in DEFAULT_VENUES]
    assert crossings(Market(terms, 1, 0.1, START_US, coupled=False), 200) > 100


def test_a_venue_that_drifts_crosses_after_fees_and_comes_back() -> None:
    market = build()
    assert crossings(market, 100, fee=0.001) == 0
    away = market.books["bitstamp", PAIRS[0]]
    away.away = 0.005
    assert crossings(market, 100, fee=0.001) > 50
    away.away = 0.0
    run(market, 100)
    assert crossings(market, 100, fee=0.001) == 0


def test_diffs_lead_from_state_to_state() -> None:
    market = build()
    books = {id(book): (dict(book.book.bids.sizes), dict(book.book.asks.sizes)) for book in market.books.values()}
    for tick in run(market, 100):
        bids, asks = books[id(tick.market)]
        for side, changes in ((bids, tick.bids), (asks, tick.asks)):
            for price, size in changes.items():
                side.pop(price, None) if size == 0 else side.update({price: size})
    for book in market.books.values():
        assert books[id(book)] == (book.book.bids.sizes, book.book.asks.sizes)


def test_sequence_numbers_are_one_chain() -> None:
    market = build(venues=("binance",))
    last = {id(book): book.sequence for book in market.books.values()}
    for tick in run(market, 100):
        assert tick.first == last[id(tick.market)] + 1
        assert tick.last >= tick.first
        assert all(tick.first <= touch.sequence <= tick.last for touch in tick.touches)
        last[id(tick.market)] = tick.last


def test_older_states_are_rebuilt_exactly() -> None:
    market = build(venues=("binance",))
    book = market.books["binance", PAIRS[0]]
    known = [book.state()]
    for _ in range(40):
        run(market, 1)
        known.append(book.state())
    for state in known:
        assert book.state(state.sequence, state.time_us) == state


def test_every_state_between_two_steps_is_uncrossed() -> None:
    market = build(venues=("binance",))
    book = market.books["binance", PAIRS[0]]
    run(market, 20)
    for sequence in range(book.sequence - 100, book.sequence):
        state = book.state(sequence)
        assert state.bids[0][0] < state.asks[0][0]


def test_absent_levels_are_deleted_now_and_then() -> None:
    market = build(venues=("binance",))
    book = market.books["binance", PAIRS[0]]
    run(market, 60)
    removed = [change for change in book.log if change.old == 0]
    inserted = len(book.book.bids) + len(book.book.asks)
    assert len(removed) > 0
    assert inserted > 5000


def test_frames_have_a_lifelike_size_and_books_keep_their_depth() -> None:
    market = build()
    ticks = [tick for tick in run(market, 300) if tick.market.venue == "binance"]
    mean = sum(len(tick.bids) + len(tick.asks) for tick in ticks) / len(ticks)
    assert 20 <= mean <= 60
    for book in market.books.values():
        assert 0.9 * book.profile.levels <= len(book.book.bids) <= 1.2 * book.profile.levels
        assert 0.9 * book.profile.levels <= len(book.book.asks) <= 1.2 * book.profile.levels


def test_trades_are_numbered_without_holes_and_make_the_candles() -> None:
    market = build(venues=("binance",))
    book = market.books["binance", PAIRS[0]]
    run(market, 1300)  # more than two minutes
    trades, takers = list(book.history.trades), list(book.history.aggregates)
    assert [trade.id for trade in trades] == list(range(trades[0].id, trades[0].id + len(trades)))
    assert all(later.first == earlier.last + 1 for earlier, later in itertools.pairwise(takers))
    closed = book.history.candles(60_000, book.clock_us)[-2]
    inside = [trade for trade in trades if trade.time_us // 60_000_000 == closed.start_ms // 60_000]
    assert len(inside) == closed.trades > 0
    assert sum(trade.size for trade in inside) == closed.volume
    assert sum(trade.size * trade.price for trade in inside) == closed.turnover
    assert (inside[0].price, inside[-1].price) == (closed.open, closed.close)
    assert (min(t.price for t in inside), max(t.price for t in inside)) == (closed.low, closed.high)
    assert sum(trade.size for trade in inside if not trade.buyer_is_maker) == closed.buy_volume


def test_takers_hit_the_side_they_name() -> None:
    market = build(venues=("binance",))
    before = {id(book): book.book.touch() for book in market.books.values()}
    for tick in run(market, 1):
        bid, _, ask, _ = before[id(tick.market)]
        for trade in tick.trades:
            assert trade.price <= bid if trade.buyer_is_maker else trade.price >= ask


def test_longer_candles_are_sums_of_minutes() -> None:
    market = build(venues=("bitstamp",))
    run(market, 700)
    history = market.books["bitstamp", PAIRS[0]].history
    now = market.books["bitstamp", PAIRS[0]].clock_us
    minutes, fives = history.candles(60_000, now), history.candles(300_000, now)
    last = [minute for minute in minutes if minute.start_ms >= fives[-1].start_ms]
    assert sum(minute.volume for minute in minutes) == sum(five.volume for five in fives)
    assert fives[-1].high == max(minute.high for minute in last)
    assert fives[-1].open == last[0].open
    assert all(later.start_ms - earlier.start_ms == 300_000 for earlier, later in itertools.pairwise(fives))


def test_minutes_without_trades_are_flat_candles() -> None:
    quiet = Profile(levels=50, changes=2, trade_rate=0.0)
    item = Instrument(PAIRS[0], "BTCUSDT", 2, 5, 8, 8)
    book = VenueMarket("quiet", item, quiet, 64_000.0, 1, START_US)
    book.step(64_000.0, START_US + 600_000_000)
    flat = book.history.candles(60_000, book.clock_us)[-5]
    assert (flat.volume, flat.trades, flat.open) == (0, 0, flat.close)


def test_a_cross_is_real_and_ends() -> None:
    market = build(venues=("binance",))
    book = market.books["binance", PAIRS[0]]
    book.begin_cross()
    run(market, 5)
    assert book.book.crossed()
    book.end_cross()
    run(market, 1)
    assert not book.book.crossed()


def test_prices_start_where_asked() -> None:
    market = Market([VENUES["binance"]([replace(PAIRS[0], start=123_456.0)], 10).terms], 1, 0.1, START_US)
    bid = market.books["binance", PAIRS[0]].book.bids.best()
    assert bid is not None
    assert abs(bid / 100 - 123_456) < 100


@pytest.mark.parametrize(("text", "good"), [("btc/usdt", True), ("BTCUSDT", False), ("BTC/BTC", False), ("/", False)])
def test_pairs_are_read_strictly(text: str, good: bool) -> None:
    if good:
        assert str(Pair.parse(text)) == "BTC/USDT"
        return
    with pytest.raises(ValueError, match="BASE/QUOTE"):
        Pair.parse(text)


def test_terms_name_their_venue() -> None:
    for name, make in VENUES.items():
        terms: VenueTerms = make(PAIRS, 10).terms
        assert terms.venue == name
