"""Commands of the analytics: the module, and what the command does.

Written by scripts/generate_client.py: change the first line of the docstrings there instead.
"""

ANALYTICS = {
    "averages": ("client.analytics.averages_cli", "print averages of the book's price over the last windows"),
    "candles": ("client.analytics.candles_cli", "print candles, past and to come, as a table, CSV or JSON lines"),
    "interest": ("client.analytics.open_interest_cli", "print the open interest of every venue with contracts"),
    "flow": ("client.analytics.order_flow_cli", "print the order flow: what moved the best levels, and who traded"),
    "quote": ("client.analytics.quotes_cli", "price an order over all venues, with fees, lots and parts"),
    "vwap": ("client.analytics.vwap_cli", "print the volume-weighted average price of the newest trades"),
}
