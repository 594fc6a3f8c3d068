"""Frames as the venues write them, and the shapes that read them."""

from __future__ import annotations

from orderbook_ext import FrameShape

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
