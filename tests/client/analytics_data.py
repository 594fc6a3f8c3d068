"""Messages of the analytics for tests: small, with every field that somebody reads."""

from __future__ import annotations

from typing import Any

from onebook.v1 import analytics_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import VENUES, Send, Step

MINUTE = 60_000_000_000
START = 1_795_000_020_000_000_000 // MINUTE * MINUTE


def header(sequence: int = 1, heartbeat: bool = False, epoch: int = 1) -> pb.Header:
    """A header of a quiet moment."""
    return pb.Header(publish_time_nanos=START, epoch=epoch, sequence=sequence, heartbeat=heartbeat)


def venues(states: int = pb.VENUE_STATE_LIVE) -> list[pb.VenueQuality]:
    """Two venues."""
    return [pb.VenueQuality(venue=name, state=states) for name in VENUES]  # type: ignore[arg-type]


def make_candle(number: int = 0, **changes: Any) -> api.Candle:
    """The candle of minute `number`: it rises by 0.05 in even minutes and falls by 0.04 in odd ones."""
    rising = number % 2 == 0
    low = 6183700 + number
    usual: dict[str, Any] = {
        "header": header(number + 1),
        "market": "BTC/USDT",
        "interval": "1m",
        "open_time_nanos": START + number * MINUTE,
        "close_time_nanos": START + (number + 1) * MINUTE,
        "price_exponent": -2,
        "open": low + 1 if rising else low + 5,
        "high": low + 8,
        "low": low,
        "close": low + 6 if rising else low + 1,
        "volume": "12.50000000",
        "quote_volume": "772962.5000000000",
        "trades": 321,
        "vwap_exponent": -4,
        "vwap": 618370412,
        "state": api.CANDLE_STATE_COMPLETE,
        "source": api.CANDLE_SOURCE_TRADES,
    }
    return api.Candle(**{**usual, **changes})


def make_reconciliation() -> api.Reconciliation:
    """One trade of the venue was missed."""
    return api.Reconciliation(
        time_nanos=START,
        price_exponent=-2,
        open=0,
        high=-3,
        low=0,
        close=0,
        volume="-0.5",
        quote_volume="-30918.52",
        alarm=True,
    )


def make_vwap(sequence: int = 1, **changes: Any) -> api.TradeVwap:
    """The newest 200 trades."""
    usual: dict[str, Any] = {
        "header": header(sequence),
        "market": "BTC/USDT",
        "vwap_exponent": -12,
        "vwap": 61837123456789012,
        "trades": 200,
        "volume": "12.34500000",
        "quote_volume": "763379.289074",
        "first_trade_time_nanos": START - 40 * 1_000_000_000,
        "last_trade_time_nanos": START,
        "last_trade_id": "991",
    }
    return api.TradeVwap(**{**usual, **changes})


def make_windows() -> list[pb.PriceAverage]:
    """30 seconds, all of them covered, and a minute that was not."""
    times = {"end_time_nanos": START, "samples": 120}
    return [
        pb.PriceAverage(
            window_nanos=MINUTE // 2,
            start_time_nanos=START - MINUTE // 2,
            time_weighted=6183612345,
            sample_mean=6183600000,
            coverage_ppm=1_000_000,
            **times,
        ),
        pb.PriceAverage(
            window_nanos=MINUTE,
            start_time_nanos=START - MINUTE,
            time_weighted=6183512345,
            sample_mean=6183500000,
            coverage_ppm=970_000,
            **times,
        ),
    ]


def make_averages(sequence: int = 1) -> api.Averages:
    """Two windows."""
    return api.Averages(
        header=header(sequence),
        market="BTC/USDT",
        price_exponent=-5,
        price=6183764500,
        vwap_levels=20,
        windows=make_windows(),
        venues=venues(),
    )


def make_quote(side: str = "buy", sequence: int = 1, **changes: Any) -> api.Quote:
    """Two base units over two venues, with fees of 10 basis points."""
    buying = side == "buy"
    usual: dict[str, Any] = {
        "header": header(sequence),
        "market": "BTC/USDT",
        "side": api.QUOTE_SIDE_BUY if buying else api.QUOTE_SIDE_SELL,
        "filled": True,
        "size": "2.0000",
        "notional": "123680.24",
        "fees": "123.68024",
        "price_exponent": -6,
        "average_price": 61840120000,
        "effective_price": 61901960120 if buying else 61778279880,
        "worst_price": 61841000000 if buying else 61830500000,
        "mid": 61837645000,
        "slippage": 4002,
        "levels": 7,
        "slices": [
            api.QuoteSlice(
                venue=0, size="1.5", notional="92760.18", fee="92.76018", fee_rate=100_000, worst_price=61841000000
            ),
            api.QuoteSlice(venue=1, size="0.5", notional="30920.06", fee="30.92006", fee_rate=100_000, levels=3),
        ],
        "venues": venues(),
    }
    return api.Quote(**{**usual, **changes})


def make_interest(sequence: int = 1) -> api.OpenInterest:
    """One venue has contracts."""
    told = api.VenueInterest(venue="binance", value="81234.567", exchange_time_nanos=START, receive_time_nanos=START)
    return api.OpenInterest(header=header(sequence), market="BTC/USDT", venues=[told])


def candles(*messages: api.Candle) -> list[Step]:
    """Steps that send these candles."""
    return [Send(api.StreamCandlesResponse(candle=message)) for message in messages]


def make_flow(sequence: int = 1) -> api.OrderFlow:
    """Order flow of two venues, the second of which has no book."""
    window = api.FlowWindow(
        window_nanos=30_000_000_000,
        start_time_nanos=START - 30_000_000_000,
        end_time_nanos=START,
        best_level="-1.5",
        by_level=["-1.5", "0.25"],
        integrated="-1.25",
        updates=321,
        coverage_ppm=500_000,
        partial=True,
        buy_volume="2.5",
        sell_volume="0.75",
        unknown_volume="0",
        volume_delta="1.75",
        trades=12,
    )
    one = api.VenueFlow(venue=VENUES[0], bid_size="12.5", ask_size="7.5", imbalance_ppb=250_000_000, windows=[window])
    other = api.VenueFlow(venue=VENUES[1], windows=[window])
    whole = api.VenueFlow(bid_size="12.5", ask_size="7.5", imbalance_ppb=-250_000_000, windows=[window])
    return api.OrderFlow(
        header=header(sequence), market="BTC/USDT", levels=2, consolidated=whole, flows=[one, other], venues=venues()
    )
