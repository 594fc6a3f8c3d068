"""What is computed from books and trades: one folder per analytic, and the engine that runs them all.

In each folder `compute` (of candles: candle_set and what it imports) is arithmetic: no threads, no locks, no I/O and
no clock; one thread at a time, or the caller's lock. `runtime` runs it for one market, `topic` publishes it, `request`
reads what is asked.

Times are nanoseconds since 1970 UTC, sizes are base units, and every number is exact until it is divided.
"""
