"""What venues say: books, trades and their states, one file per group of calls; see `client.analytics`.

Prices are in quote units, sizes in base units: exact `Decimal` by default, `float` where the client was made with
`numbers="float"`. Times are integer nanoseconds since 1970-01-01 UTC; 0 means unknown. Ages are nanoseconds too.
"""
