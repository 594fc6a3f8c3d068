"""A program for an environment with nautilus_trader: the books and trades of a catalog, as JSON lines."""

import json
import sys

from nautilus_trader.model.book import OrderBook  # type: ignore[import-not-found]
from nautilus_trader.model.enums import BookType, RecordFlag  # type: ignore[import-not-found]
from nautilus_trader.persistence.catalog import ParquetDataCatalog  # type: ignore[import-not-found]

catalog = ParquetDataCatalog(sys.argv[1])
for instrument in catalog.instruments():
    name = instrument.raw_symbol.value
    print(json.dumps(["instrument", name, instrument.price_precision, str(instrument.price_increment)]))
    book = OrderBook(instrument.id, BookType.L2_MBP)
    for delta in catalog.order_book_deltas(instrument_ids=[str(instrument.id)]):
        book.apply_delta(delta)
        if delta.flags & RecordFlag.F_LAST:
            sides = book.bids(), book.asks()
            levels = [[[str(level.price), str(level.orders()[0].size)] for level in side] for side in sides]
            print(json.dumps(["book", name, delta.ts_init, *levels]))
    for tick in catalog.trade_ticks(instrument_ids=[str(instrument.id)]):
        side = tick.aggressor_side.name
        print(json.dumps(["trade", name, tick.ts_init, str(tick.price), str(tick.size), side, tick.trade_id.value]))
