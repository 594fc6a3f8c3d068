"""What is computed from books and trades: averages, trade VWAPs and candles.

The arithmetic is in candle_set.py, trade_vwap.py, price_average.py and what they import: no threads, no locks, no I/O
and no clock; one thread at a time, or the caller's lock. The other files use it in the server.

Times are nanoseconds since 1970 UTC, sizes are base units, and every number is exact until it is divided.
"""
