"""What the server computes of books and trades: one file per analytic, and its command beside it.

A file has the messages of its analytic, the requests for them, how messages of the contract become those of the client,
and the calls of the sync client. `scripts/generate_client.py` writes the rest: the calls of the async client, and what
gathers all groups of calls.

Units are those of `client.market_data`; notionals are in quote units, volumes in base units. Basis points are numbers
like prices, at four decimals.
"""
