"""Markets and venues come and go, and their streams with them, over real sockets."""

from __future__ import annotations

from collections.abc import Callable

from onebook.v1.market_data_pb2 import StreamTradesResponse, StreamVenueBookResponse
from server.kafka.partition import partition
from server.kafka.publisher import wanted_topics
from server.kafka.settings import KafkaSettings, VwapTopics
from server.market.market import Market
from server.model import Pair
from tests.waiting import eventually

from .mock_cluster import MockCluster, mock_cluster
from .reading import Seen, read
from .rig import PARTITIONS, VENUES, Rig, prefixed


def test_books_and_trades_arrive_with_the_key_of_pair_and_venue(settings: KafkaSettings) -> None:
    rig = Rig(settings)
    try:
        rig.fill("alpha", "10.00", "10.10")
        eventually(lambda: rig.markets[0].watched > 4)
        for number in range(50):
            rig.trade(number)

        def enough(found: list[Seen]) -> bool:
            live = [each for each in found if each.topic == rig.topic("book") and bid(each)]
            return bool(live) and len([each for each in found if each.topic == rig.topic("trade")]) == 50

        found = read(settings.bootstrap, [rig.topic("book"), rig.topic("trade")], enough)
    finally:
        rig.close()
    live = [each for each in found if each.topic == rig.topic("book") and bid(each)]
    assert {(each.key, bid(each)) for each in live} == {(b"BTC/USDT|alpha", (1000, 1000))}
    ids = [trade_id(each) for each in found if each.topic == rig.topic("trade")]
    assert ids == [str(number) for number in range(50)]
    assert rig.publisher.pump.counters.acknowledged["trade"] == 50
    assert rig.publisher.pump.counters.bytes["trade"] > 50 * 40


def bid(record: Seen) -> tuple[int, int] | None:
    book = StreamVenueBookResponse.FromString(record.value or b"").book
    return (book.bids[0].price, book.bids[0].size) if book.bids else None


def trade_id(record: Seen) -> str:
    return StreamTradesResponse.FromString(record.value or b"").trade.trade_id


def test_all_venues_of_a_pair_are_in_one_partition_of_every_topic(settings: KafkaSettings) -> None:
    """A reader that groups by pair has all of its records: counted over 40 pairs, against the partitioning by key."""
    pairs = tuple(f"COIN{number}/USDT" for number in range(40))
    rig = Rig(settings, pairs)
    try:
        eventually(lambda: all(market.watched > 4 for market in rig.markets))
        for market in rig.markets:
            for venue in VENUES:
                rig.trade(1, venue, market)
        topic = rig.topic("trade")
        found = read(settings.bootstrap, [topic], lambda found: len(found) == len(pairs) * len(VENUES))
    finally:
        rig.close()
    partitions: dict[bytes, set[int]] = {}
    for each in found:
        partitions.setdefault(each.key.split(b"|")[0], set()).add(each.partition)
    assert len(partitions) == 40
    assert all(len(used) == 1 for used in partitions.values())
    assert len(set.union(*partitions.values())) == 4, "and the pairs are spread"


def test_a_market_and_a_venue_that_come_and_go(settings: KafkaSettings) -> None:
    rig = Rig(settings, topics=("book", "ref"))
    topics = [rig.topic("book"), rig.topic("ref")]
    try:
        late = Market(Pair("ETH", "USDT"), ("alpha",), rig.dispatcher.book_changed)
        rig.kept[late.pair] = late
        rig.dispatcher.add_market(late)
        read(settings.bootstrap, topics, has(b"ETH/USDT|alpha", b"ETH/USDT|"))
        late.add_venue("gamma")
        rig.dispatcher.add_venue(late, "gamma")
        read(settings.bootstrap, topics, has(b"ETH/USDT|gamma"))
        del rig.kept[late.pair]
        rig.dispatcher.remove_market(late)
        found = read(
            settings.bootstrap, topics, lambda found: any(each.value is None for each in found)
        )  # fmt: skip
        assert [each.key for each in found if each.value is None] == [b"ETH/USDT|"]
    finally:
        rig.close()


def has(*keys: bytes) -> Callable[[list[Seen]], bool]:
    return lambda found: set(keys) <= {each.key for each in found}


def test_brokers_down_at_the_start_and_in_between_cost_no_newest_state(own_brokers: MockCluster) -> None:
    settings = prefixed(own_brokers, "")
    own_brokers.down()
    rig = Rig(settings, topics=("book", "trade"))
    try:
        rig.fill("alpha", "10.00", "10.10")
        eventually(lambda: rig.markets[0].watched >= 3)
        for number in range(3):
            rig.trade(number)
        own_brokers.up()
        read(settings.bootstrap, [rig.topic("trade")], lambda found: len(found) == 3)
        own_brokers.down()
        for cents in range(1, 500):
            rig.fill("alpha", "10.00", f"{10 + cents / 100:.2f}")
        own_brokers.up()

        def newest(found: list[Seen]) -> bool:
            books = [StreamVenueBookResponse.FromString(each.value or b"").book for each in found]
            return any(book.asks and book.asks[0].price == 1499 for book in books)

        found = read(settings.bootstrap, [rig.topic("book")], newest)
        assert len(found) < 250, "states in between are conflated"
        eventually(lambda: not rig.publisher.pump.trouble)
    finally:
        rig.close()


def test_slow_brokers_and_leaders_that_move_cost_no_trade_and_no_newest_state() -> None:
    with mock_cluster(2) as cluster:
        rig = Rig(prefixed(cluster, ""), topics=("book", "trade"))
        topic, where = rig.topic("trade"), partition("BTC/USDT", PARTITIONS)
        try:
            eventually(lambda: rig.markets[0].watched >= 3)
            cluster.slow(300)
            for number in range(600):
                rig.trade(number)
                rig.fill("alpha", "10.00", f"{10.01 + number / 100:.2f}")
                if number == 300:
                    cluster.lead(topic, where, 1)
                    cluster.lead(rig.topic("book"), where, 2)
                if number == 450:
                    cluster.lead(topic, where, 2)
            cluster.slow(0)
            found = read(cluster.bootstrap, [topic], lambda found: len(found) >= 600)
            ids = [StreamTradesResponse.FromString(each.value or b"").trade.trade_id for each in found]
            assert ids == list(map(str, range(600))), "each once, in order"

            def newest(found: list[Seen]) -> bool:
                books = [StreamVenueBookResponse.FromString(each.value or b"").book for each in found]
                return any(book.asks and book.asks[0].price == 1600 for book in books)

            assert len(read(cluster.bootstrap, [rig.topic("book")], newest)) < 100, "one state is under way at a time"
        finally:
            rig.close()


def test_the_topics_that_are_wanted() -> None:
    vwap = VwapTopics({"ETH/USD": "ETH-USD"})
    settings = KafkaSettings("localhost:1", topics=("ref", "trade"), prefix="p.", vwap=vwap)
    assert wanted_topics(settings) == {
        "p.md.ref.v1": {"cleanup.policy": "compact"}, "p.md.trade.v1": {}, "p.ETH-USD": {},
    }  # fmt: skip
