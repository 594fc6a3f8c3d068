"""Frames as the venues write them, and the shapes that read them."""

from __future__ import annotations

from orderbook_ext import FrameShape, Positions, RowShape

BINANCE = FrameShape(
    bids=("b", "bids"),
    asks=("a", "asks"),
    route=("stream",),
    first_id=("U",),
    last_id=("u", "lastUpdateId"),
    previous_id=("pu",),
    time=("E",),
)
BITSTAMP = FrameShape(
    bids=("bids",),
    asks=("asks",),
    route=("channel",),
    last_id=("microtimestamp",),
    time=("microtimestamp", "timestamp"),
)

DIFF = (
    b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,'
    b'"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","1.50000000"]],'
    b'"a":[["61837.64000000","1.54698000"]]}}'
)
PARTIAL = (
    b'{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}}'
)
SNAPSHOT = b'{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]}'
BITSTAMP_DIFF = (
    b'{"data": {"timestamp": "1760000000", "microtimestamp": "1760000000123456", "bids": [["64001", "0.50000000"]], '
    b'"asks": []}, "channel": "diff_order_book_btcusd", "event": "data"}'
)
BOOK_TICKER = (
    b'{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000",'
    b'"a":"61837.64000000","A":"1.54698000"}}'
)
TRADE = (
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255350,"s":"BTCUSDT","t":3735681829,'
    b'"p":"61837.64000000","q":"0.00130000","b":28660414000,"a":28660414160,"T":1723161255349,"m":false,"M":true}}'
)

# One shape for each way in which levels are written.
OBJECTS = FrameShape(
    bids=("bids",), asks=("asks",), route=("symbol",), snapshot=("type",), time=("timestamp",), checksum=("checksum",),
    rows=RowShape(price="price", size="qty"), time_format="iso",
)  # fmt: skip
OBJECT_FRAME = (
    b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":64001.1,"qty":0.00310000},'
    b'{"qty":1e-08,"price":6.4e4}],"asks":[{"price":64001.2,"qty":0.0}],"checksum":1955348306,'
    b'"timestamp":"2026-01-01T00:00:00.123456Z"}]}'
)
CHANGES = FrameShape(
    bids=("bids",), asks=("asks",), changes=("changes",), route=("product_id",), snapshot=("type",), time=("time",),
    time_format="iso",
)  # fmt: skip
CHANGES_FRAME = (
    b'{"type":"l2update","product_id":"BTC-USD","changes":[["buy","64001.10","0.4"],["sell","64001.20","0"]],'
    b'"time":"2026-01-01T00:00:00Z"}'
)
WORDS = FrameShape(
    changes=("updates",), route=("product_id",), snapshot=("type",), last_id=("sequence_num",), time=("timestamp",),
    change_rows=RowShape(side="side", price="price_level", size="new_quantity"), time_format="iso",
)  # fmt: skip
WORDS_FRAME = (
    b'{"channel":"l2_data","timestamp":"2026-01-01T00:00:00.100000000Z","sequence_num":3,"events":[{"type":"snapshot",'
    b'"product_id":"BTC-USD","updates":[{"side":"bid","event_time":"x","price_level":"64001.10","new_quantity":"0.5"},'
    b'{"side":"offer","price_level":"64001.20","new_quantity":"1"}]}]}'
)
NUMBERED = FrameShape(
    bids=("bids",), asks=("asks",), first_id=("sequenceStart",), last_id=("sequenceEnd",), time=("time",),
    rows=RowShape(number=2, skip_zero_price=True), time_format="seconds",
)  # fmt: skip
NUMBERED_FRAME = (
    b'{"data":{"sequenceStart":101,"sequenceEnd":103,"changes":{"asks":[["64001.2","0","101"],["0","0","102"]],'
    b'"bids":[["64001.1","0.4","103"]]},"time":1760000000.25}}'
)
POSITIONS = FrameShape(
    positions=Positions(route=0, rows=1, tail=("last_id", "time")),
    change_rows=RowShape(price=0, count=1, size=2, signed=True),
)
POSITIONS_FRAME = b"[17,[[64001,2,0.31],[64000,0,1],[64002,3,-0.05],[3e-7,1,1.5]],501,1760000000001]"
ONE_ROW_FRAME = b"[17,[64001,2,-0.35],502]"
