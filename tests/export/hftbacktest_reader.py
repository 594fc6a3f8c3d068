"""A program for an environment with hftbacktest: the best levels of exported files, once per second, as JSON lines."""

import json
import sys

import numpy as np
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest  # type: ignore[import-not-found]
from hftbacktest.data import validate_event_order  # type: ignore[import-not-found]

tick, lot, *files = sys.argv[1:]
for path in files:
    validate_event_order(np.load(path)["data"])
asset = (
    BacktestAsset()
    .data(files)
    .linear_asset(1.0)
    .constant_order_latency(0, 0)
    .risk_adverse_queue_model()
    .no_partial_fill_exchange()
    .trading_value_fee_model(0.0, 0.0)
    .tick_size(float(tick))
    .lot_size(float(lot))
)
backtest = HashMapMarketDepthBacktest([asset])
while backtest.elapse(1_000_000_000) == 0:
    depth = backtest.depth(0)
    best = [depth.best_bid, depth.best_bid_qty, depth.best_ask, depth.best_ask_qty]
    print(json.dumps([backtest.current_timestamp, *map(float, best)]))
