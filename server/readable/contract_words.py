"""What the contract says of its calls and fields. Written by scripts/contract_words.py: do not edit."""

WORDS = {
    "VenueState": (
        "What is known of a venue's book of one pair. Only the levels of a venue that is LIVE are ever published."
    ),
    "TradesState": "Whether the trades of a venue are received.",
    "Header": "The first field of every streamed message.",
    "Header.publish_time_nanos": "When the server encoded this message. Unit: nanoseconds since 1970 UTC.",
    "Header.epoch": (
        "Start of the server process. A new epoch means the server was restarted and sequence began again. Unit: "
        "nanoseconds since 1970 UTC."
    ),
    "Header.sequence": (
        "Counts the states of this topic. A jump means that states were conflated: this one contains them all."
    ),
    "Header.heartbeat": "Nothing has changed since the message before: the stream is quiet and alive.",
    "Header.receive_time_nanos": (
        "When the newest frame that is part of this state was received. Unit: nanoseconds since 1970 UTC."
    ),
    "Header.exchange_time_nanos": "The venue's own time in that frame. Unit: nanoseconds since 1970 UTC.",
    "Header.past": (
        "The message is from the server's history: what happened before the stream was opened. Its sequence is 0."
    ),
    "Level": "One price level of one venue. Equal prices of different venues stay separate levels.",
    "Level.price": "Price of the level. Unit: quote currency per base.",
    "Level.size": "Size in base units. Unit: base currency.",
    "Level.venue": "Name of the venue that has the level.",
    "VenueQuality": "How far the numbers of one venue can be trusted, in every message that is derived from books.",
    "VenueQuality.venue": "Name of the venue.",
    "VenueQuality.state": "State of its book of this pair.",
    "VenueQuality.exchange_time_nanos": (
        "The venue's time in its newest frame of this book. Unit: nanoseconds since 1970 UTC."
    ),
    "VenueQuality.receive_time_nanos": "When that frame was received. Unit: nanoseconds since 1970 UTC.",
    "VenueQuality.age_nanos": (
        "Time since that frame, by the server's monotonic clock, at publish time. Unit: nanoseconds."
    ),
    "VenueQuality.venue_sequence": (
        "The venue's number of the newest update in the book; where it has none, the venue's stamp of it, in the "
        "venue's unit."
    ),
    "VenueQuality.resyncs": "Times this book was rebuilt after it had been live.",
    "VenueQuality.gaps": "Sequence gaps seen.",
    "VenueQuality.checksums_verified": "Exchange checksums that matched.",
    "VenueQuality.checksum_failures": "Exchange checksums that did not match.",
    "VenueQuality.whole_book": (
        "The book is known whole on both sides; lowest_complete_bid and highest_complete_ask do not apply."
    ),
    "VenueQuality.lowest_complete_bid": (
        "The bid side is proved complete from the best bid down to this price; null where no depth is proved. Unit: "
        "quote currency per base."
    ),
    "VenueQuality.highest_complete_ask": (
        "The ask side is proved complete from the best ask up to this price; null where no depth is proved. Unit: quote"
        " currency per base."
    ),
    "VenueQuality.bid_levels": "Levels held on the bid side.",
    "VenueQuality.ask_levels": "Levels held on the ask side.",
    "VenueQuality.detail": (
        "Why the venue is not live, or left out of this message, for people; empty while it is live."
    ),
    "VenueQuality.unverified": (
        "The venue's own check (a checksum) fails though everything else is in order: the book is served without it."
    ),
    "VenueQuality.audits": "Times the live book was compared with the venue's own answer to a request.",
    "VenueQuality.audit_bid_match_ppm": (
        "Of the last such comparison: millionths of the bid levels that were equal on both sides. Unit: millionths."
    ),
    "VenueQuality.audit_ask_match_ppm": "The same of the ask levels. Unit: millionths.",
    "VenueQuality.ghost_levels": "Of the same: levels that the book had and the venue did not.",
    "VenueQuality.missing_levels": "Of the same: levels that the venue had and the book did not.",
    "VenueQuality.quote_currency": (
        "Quote currency of this book where it is another than the market's, because a request named it in "
        "quote_currencies; empty otherwise. Its prices were converted; one venue may then have several entries."
    ),
    "VenueQuality.trades_state": "Whether the venue's trades of this pair are received.",
    "VenueQuality.clock_offset_nanos": (
        "This server's clock less the venue's, as estimated from the times of its messages: positive where this "
        "server's clock is ahead. Unknown while clock_uncertainty_nanos is 0 too. Unit: nanoseconds."
    ),
    "VenueQuality.clock_uncertainty_nanos": (
        "The true offset is not farther than this from clock_offset_nanos, as far as the times of messages can say. "
        "Unit: nanoseconds."
    ),
    "VenueQuality.digest": (
        "Digest of the best 10 levels per side of the venue's book, as the venue counts sizes: two servers whose books "
        "are at the same venue_sequence have the same digest. 0 while the book is not part of this message. See "
        "docs/meanings.md."
    ),
    "Book": "The best levels of one market over one or more venues.",
    "Book.header": "Times, epoch and sequence.",
    "Book.market": "BASE/QUOTE, such as BTC/USDT.",
    "Book.bids": "Best first: descending price; equal prices larger size first, then in the order of the venues.",
    "Book.asks": "Best first: ascending price; equal prices larger size first, then in the order of the venues.",
    "Book.spread": (
        "Best ask less best bid; negative where venues cross; null while a side is empty. Unit: quote currency per "
        "base."
    ),
    "Book.mid": (
        "(best bid + best ask) / 2, so that it is exact; null while a side is empty. Unit: quote currency per base."
    ),
    "Book.venues": (
        "One entry per venue; Level.venue points here. Venues that are not live are listed and have no levels."
    ),
    "Book.proved_bid_levels": (
        "How many of bids, from the best on, lie where the book of every live venue is proved complete. Behind them a "
        "venue may have levels that are not known here."
    ),
    "Book.proved_ask_levels": "The same of asks.",
    "Book.conversions": "One entry a quote currency that was converted into the market's.",
    "Book.digest": (
        "Digest of the market: its name, and name, venue_sequence and digest of every venue that is merged. It does not"
        " depend on the number of levels, on dust, or on the order of the venues. 0 while no venue is merged."
    ),
    "Conversion": (
        "How prices in another quote currency became prices in the market's: with the best bid and ask of onebook's own"
        " books. What a bid is worth is its price x bid, rounded down; what an ask costs is its price x ask, rounded "
        "up."
    ),
    "Conversion.quote_currency": "The other quote currency.",
    "Conversion.rate_market": "The market whose book gives the rate, such as USDC/USDT, or USDT/USDC inverted.",
    "Conversion.inverted": (
        "The rate market is the other way round: bid is 1 / its best ask and ask is 1 / its best bid."
    ),
    "Conversion.bid": (
        "Units of the market's quote currency for one of the other when selling it. Unit: market's quote currency per "
        "other."
    ),
    "Conversion.ask": "The same when buying it. Unit: market's quote currency per other.",
    "Conversion.age_nanos": "Time since the newest frame of the rate's book. Unit: nanoseconds.",
    "Conversion.suspended": (
        "The rate is not used, and books in this currency are left out: it is too old, too wide, or too far from the "
        "peg."
    ),
    "Conversion.detail": "Why, for people; empty if it is used.",
    "Summary": "The prices of one market in one small message.",
    "Summary.header": "Times, epoch and sequence.",
    "Summary.market": "BASE/QUOTE, such as BTC/USDT.",
    "Summary.best_bid": "Best bid over the live venues; null while there is none.",
    "Summary.best_ask": "Best ask over the live venues; null while there is none.",
    "Summary.spread": (
        "Best ask less best bid; negative where venues cross; null while a side is empty. Unit: quote currency per "
        "base."
    ),
    "Summary.mid": "(best bid + best ask) / 2; null while a side is empty. Unit: quote currency per base.",
    "Summary.bid_vwap": (
        "Volume-weighted average price of the best vwap_levels bids, rounded half to even; null while there are none. "
        "Unit: quote currency per base."
    ),
    "Summary.ask_vwap": "The same of the asks. Unit: quote currency per base.",
    "Summary.vwap_price": (
        "(bid VWAP + ask VWAP) / 2, from the exact values, rounded once half to even; null while a side is empty. Unit:"
        " quote currency per base."
    ),
    "Summary.vwap_levels": "Levels a side that the VWAPs were asked over.",
    "Summary.bid_levels_used": "Levels that the bid side had for it.",
    "Summary.ask_levels_used": "Levels that the ask side had for it.",
    "Summary.venues": "One entry per venue; Level.venue points here.",
    "Summary.spread_basis_points": (
        "Spread / mid in 1/10,000 basis points, rounded half to even; null while a side is empty. Unit: basis points."
    ),
    "Summary.microprice": (
        "(best bid x ask size + best ask x bid size) / (bid size + ask size) of the best levels, rounded half to even: "
        "nearer to the side with less size. Null while a side is empty. Unit: quote currency per base."
    ),
    "Summary.averages": (
        "Averages of vwap_price, one entry per window that the server is configured for, shortest first."
    ),
    "Summary.conversions": "As in Book.",
    "Summary.digest": "As in Book.",
    "PriceAverage": (
        "Average of a price over a window. The time-weighted one takes the price as a step function of the venues' "
        "time: each value counts for as long as it held, and times without a price (no venue was live, a side was "
        "empty) do not count."
    ),
    "PriceAverage.window_nanos": "Length of the window. Unit: nanoseconds.",
    "PriceAverage.start_time_nanos": "Start of the window. Unit: nanoseconds since 1970 UTC.",
    "PriceAverage.end_time_nanos": (
        "End of the window: the newest change or, where nothing changes, now. Unit: nanoseconds since 1970 UTC."
    ),
    "PriceAverage.time_weighted": (
        "Time-weighted average, rounded half to even; null while coverage is 0. Unit: quote currency per base."
    ),
    "PriceAverage.sample_mean": (
        "Mean of all values that the price took within the window, each counted once; null without samples. Unit: quote"
        " currency per base."
    ),
    "PriceAverage.samples": "Number of those values.",
    "PriceAverage.coverage_ppm": "Part of the window in which there was a price, in millionths. Unit: millionths.",
    "VenueStatus": "The state of every venue of one market.",
    "VenueStatus.header": "Times, epoch and sequence.",
    "VenueStatus.market": "BASE/QUOTE, such as BTC/USDT.",
    "VenueStatus.venues": "One entry per venue, also for venues that do not list the pair.",
    "AggressorSide": "Who took liquidity in a trade.",
    "Trade": "One trade on one venue.",
    "Trade.header": (
        "Times, epoch and sequence. Trades are events: none is conflated, and a jump of the sequence is a loss."
    ),
    "Trade.market": "BASE/QUOTE, such as BTC/USDT.",
    "Trade.venue": "Name of the venue.",
    "Trade.trade_id": "The venue's id of the trade.",
    "Trade.price": "Price of the trade. Unit: quote currency per base.",
    "Trade.size": "Size in base units. Unit: base currency.",
    "Trade.side": "Who took liquidity.",
    "Trade.exchange_time_nanos": "The venue's time of the trade. Unit: nanoseconds since 1970 UTC.",
    "Trade.receive_time_nanos": "When it was received. Unit: nanoseconds since 1970 UTC.",
    "Trade.dropped": "Events of this stream that were dropped before this one because the subscriber did not keep up.",
    "TradeGap": (
        "Trades of one venue that are missing from a stream of trades: they were not received, could not be had from "
        "the venue's own history either, or came faster than this server could publish them. An event like a trade, in "
        "its place."
    ),
    "TradeGap.header": "Times, epoch and sequence, counted together with the trades.",
    "TradeGap.market": "BASE/QUOTE, such as BTC/USDT.",
    "TradeGap.venue": "Name of the venue.",
    "TradeGap.after_trade_id": "The venue's id of the last trade before the gap; empty is not known.",
    "TradeGap.before_trade_id": (
        "The venue's id of the first trade behind the gap; empty is the next one of this venue in this stream."
    ),
    "TradeGap.missing": "How many trades are missing; 0 is not known.",
    "TradeGap.receive_time_nanos": "When the gap was found. Unit: nanoseconds since 1970 UTC.",
    "TradeGap.dropped": "As in Trade.",
    "Listing": "What one venue says of one pair.",
    "Listing.venue": "Name of the venue.",
    "Listing.listed": "The venue lists the pair. False together with reachable false means: not known.",
    "Listing.reachable": "The venue's list of pairs could be read.",
    "Listing.symbol": "The venue's own symbol.",
    "Listing.tick_size": "Smallest price step as decimal text. Unit: quote currency per base, text.",
    "Listing.lot_size": "Smallest size step in base units as decimal text. Unit: base currency, text.",
    "Listing.status": "The venue's own word for the pair's trading status.",
    "Listing.suggestion": "For a pair that is not listed: the nearest one that is.",
    "Listing.state": "State of its book here.",
    "Listing.contract_size": (
        "What one unit of the venue's sizes is in base units, or in quote units if `inverse`; empty is 1."
    ),
    "Listing.inverse": "The venue's sizes count quote units: size x contract_size / price are base units.",
    "Market": "One market that this server keeps.",
    "Market.name": "BASE/QUOTE, such as BTC/USDT.",
    "Market.base": "Base asset.",
    "Market.quote": "Quote asset.",
    "Market.default_market": "This is the market of requests that name none, and of the compat service.",
    "Market.listings": "One entry per venue.",
    "Venue": "One venue that this server reads.",
    "Venue.name": "Name, as in VenueQuality.",
    "Venue.title": "Name for people.",
    "Venue.live_markets": "Markets whose book of this venue is live now.",
    "Venue.connections": "Websocket connections open now.",
    "Venue.websocket_url": "Address of the venue's websocket in use.",
    "Venue.rest_url": "Address of the venue's REST service in use.",
    "MarketDataService": "Consolidated market data.",
    "MarketDataService.GetBook": "The consolidated book now.",
    "MarketDataService.StreamBook": "The consolidated book, then every change.",
    "MarketDataService.GetSummary": "Best bid and ask, spread, mid and book VWAP price now.",
    "MarketDataService.StreamSummary": "The same, then every change.",
    "MarketDataService.GetVenueBook": "One venue's book now, at the venue's own scales.",
    "MarketDataService.StreamVenueBook": (
        "One venue's book, then every change. Empty with the reason in venues[0] while it is withdrawn."
    ),
    "MarketDataService.GetVenueStatus": "State of every venue of a market now.",
    "MarketDataService.StreamVenueStatus": "State of every venue of a market, then every change of a state.",
    "MarketDataService.StreamTrades": (
        "Every trade of a market as it arrives, once, and a gap event for what could not be had."
    ),
    "MarketDataService.ListMarkets": "The markets that this server keeps and what each venue says of them.",
    "MarketDataService.ListVenues": "The venues that this server reads.",
    "GetBookRequest": "Which consolidated book.",
    "GetBookRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetBookRequest.levels": "Levels a side; 0 is the server's own number.",
    "GetBookRequest.venues": "Only these venues; empty is all.",
    "GetBookRequest.dust": (
        "Hide levels whose size in base units is not strictly greater than this decimal; null is the server's own."
    ),
    "GetBookRequest.quote_currencies": (
        "Merge books of the same base in these quote currencies too, converted with onebook's own books; see "
        "Conversion."
    ),
    "StreamBookRequest": "Which consolidated book, and how often.",
    "StreamBookRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamBookRequest.levels": "Levels a side; 0 is the server's own number.",
    "StreamBookRequest.venues": "Only these venues; empty is all.",
    "StreamBookRequest.dust": (
        "Hide levels whose size in base units is not strictly greater than this decimal; null is the server's own."
    ),
    "StreamBookRequest.min_interval_ms": (
        "At least this long between two messages; rounded up to 10, 20, 50, 100, 200, 500, 1000, 2000 or 5000."
    ),
    "StreamBookRequest.quote_currencies": (
        "Merge books of the same base in these quote currencies too, converted with onebook's own books; see "
        "Conversion."
    ),
    "StreamBookRequest.start_time_nanos": (
        "First the books of the server's history from this time on, one per second, as ListBooks of HistoryService has "
        "them; then live. 0: only live. FAILED_PRECONDITION where the server keeps no history. Unit: nanoseconds since "
        "1970 UTC."
    ),
    "GetSummaryRequest": "Which summary.",
    "GetSummaryRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetSummaryRequest.vwap_levels": "Levels a side of the VWAPs; 0 is 20.",
    "GetSummaryRequest.venues": "Only these venues; empty is all.",
    "GetSummaryRequest.dust": "As in GetBookRequest.",
    "GetSummaryRequest.quote_currencies": (
        "Merge books of the same base in these quote currencies too, converted with onebook's own books; see "
        "Conversion."
    ),
    "StreamSummaryRequest": "Which summary, and how often.",
    "StreamSummaryRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamSummaryRequest.vwap_levels": "Levels a side of the VWAPs; 0 is 20.",
    "StreamSummaryRequest.venues": "Only these venues; empty is all.",
    "StreamSummaryRequest.dust": "As in StreamBookRequest.",
    "StreamSummaryRequest.min_interval_ms": "As in StreamBookRequest.",
    "StreamSummaryRequest.quote_currencies": (
        "Merge books of the same base in these quote currencies too, converted with onebook's own books; see "
        "Conversion."
    ),
    "GetVenueBookRequest": "Which venue's book.",
    "GetVenueBookRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetVenueBookRequest.venue": "Name of the venue.",
    "GetVenueBookRequest.levels": "Levels a side; 0 is the server's own number.",
    "StreamVenueBookRequest": "Which venue's book, and how often.",
    "StreamVenueBookRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamVenueBookRequest.venue": "Name of the venue.",
    "StreamVenueBookRequest.levels": "Levels a side; 0 is the server's own number.",
    "StreamVenueBookRequest.min_interval_ms": "As in StreamBookRequest.",
    "StreamVenueBookRequest.start_time_nanos": "As in StreamBookRequest. Unit: nanoseconds since 1970 UTC.",
    "GetVenueStatusRequest": "Whose venues.",
    "GetVenueStatusRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamVenueStatusRequest": "Whose venues.",
    "StreamVenueStatusRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "OverflowPolicy": "What happens to a subscriber that does not keep up with events.",
    "StreamTradesRequest": "Whose trades.",
    "StreamTradesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamTradesRequest.venues": "Only these venues; empty is all.",
    "StreamTradesRequest.on_overflow": "What happens when this subscriber does not keep up.",
    "StreamTradesRequest.start_time_nanos": (
        "First the trades and gaps that the server received at this time or later, by its own clock and in the order of"
        " their receipt, as its history has them; then live: no trade is missing in between, and none comes twice. The "
        "first message is a heartbeat with header.past. 0: only live. FAILED_PRECONDITION where the server keeps no "
        "history. Unit: nanoseconds since 1970 UTC."
    ),
    "StreamTradesRequest.start_if_kept": (
        "Where the server keeps no history: only live, and no error. For clients that resume."
    ),
    "ListMarketsRequest": "Nothing to choose.",
    "ListVenuesRequest": "Nothing to choose.",
    "AnalyticsService": "What is computed from books and trades.",
    "AnalyticsService.GetAverages": "Averages of the book VWAP price over the last windows, now.",
    "AnalyticsService.StreamAverages": "The same, then every change.",
    "AnalyticsService.GetTradeVwap": "Volume-weighted average price of the newest trades, now.",
    "AnalyticsService.StreamTradeVwap": "The same, a new value for every trade.",
    "AnalyticsService.GetCandles": (
        "Candles that this server has, oldest first, by pages. Where it keeps a history, older candles come from there."
    ),
    "AnalyticsService.StreamCandles": (
        "Every candle when it closes, and again with a higher revision whenever it is corrected."
    ),
    "AnalyticsService.GetOpenInterest": "Newest open interest of every venue with contracts on this market.",
    "AnalyticsService.StreamOpenInterest": "The same, then every change.",
    "AnalyticsService.GetQuote": "What an order of this size would cost now, over all live venues.",
    "AnalyticsService.StreamQuote": "The same, then again with every change of the books.",
    "AnalyticsService.GetOrderFlow": (
        "Who pushed the price over the last windows: order-flow imbalance of the best levels, and volume of the "
        "aggressors. The first question for a market begins the counting: windows that reach back before it are "
        "partial."
    ),
    "AnalyticsService.StreamOrderFlow": "The same, then every change.",
    "GetAveragesRequest": "Which averages.",
    "GetAveragesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetAveragesRequest.vwap_levels": "Levels a side of the VWAPs; 0 is 20.",
    "GetAveragesRequest.venues": "Only these venues; empty is all.",
    "StreamAveragesRequest": "Which averages, and how often.",
    "StreamAveragesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamAveragesRequest.vwap_levels": "Levels a side of the VWAPs; 0 is 20.",
    "StreamAveragesRequest.venues": "Only these venues; empty is all.",
    "StreamAveragesRequest.min_interval_ms": "As in StreamBookRequest; 0 is 1000 here.",
    "Averages": "Averages of (bid VWAP + ask VWAP) / 2 over windows that end now.",
    "Averages.header": "Times, epoch and sequence.",
    "Averages.market": "BASE/QUOTE, such as BTC/USDT.",
    "Averages.price": "The price now; null while a side is empty. Unit: quote currency per base.",
    "Averages.vwap_levels": "Levels a side of the VWAPs.",
    "Averages.windows": "One entry per window that the server is configured for, shortest first.",
    "Averages.venues": "One entry per venue.",
    "GetTradeVwapRequest": "Which trades.",
    "GetTradeVwapRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetTradeVwapRequest.venue": "One venue's trades; empty is those of all venues.",
    "GetTradeVwapRequest.window": "The window. Unit: seconds.",
    "GetTradeVwapRequest.trades": (
        "The newest so many trades; at most 20,000, and no more than are remembered of all venues. 200 if no window is "
        "set. 0 is a window without trades: no price."
    ),
    "GetTradeVwapRequest.milliseconds": "The trades of so many milliseconds up to the newest one; at most 3,600,000.",
    "StreamTradeVwapRequest": "Which trades.",
    "StreamTradeVwapRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamTradeVwapRequest.venue": "One venue's trades; empty is those of all venues.",
    "StreamTradeVwapRequest.window": "The window. Unit: seconds.",
    "StreamTradeVwapRequest.trades": "As in GetTradeVwapRequest.",
    "StreamTradeVwapRequest.milliseconds": "As in GetTradeVwapRequest.",
    "StreamTradeVwapRequest.on_overflow": "What happens when this subscriber does not keep up.",
    "TradeVwap": (
        "Volume-weighted average price of the trades in a sliding window: exact sums, rounded once, half to even."
    ),
    "TradeVwap.header": "Times, epoch and sequence. An event stream: a jump of the sequence is a loss.",
    "TradeVwap.market": "BASE/QUOTE, such as BTC/USDT.",
    "TradeVwap.venue": "Name of the venue; empty is all venues.",
    "TradeVwap.vwap": "The price; null while the window holds no trade. Unit: quote currency per base.",
    "TradeVwap.trades": "Trades in the window: fewer than asked for until so many were seen.",
    "TradeVwap.volume": "Their volume in base units. Unit: base currency.",
    "TradeVwap.quote_volume": "Their volume in quote units. Unit: quote currency.",
    "TradeVwap.first_trade_time_nanos": (
        "The venue's time of the oldest trade in the window. Unit: nanoseconds since 1970 UTC."
    ),
    "TradeVwap.last_trade_time_nanos": "The venue's time of the newest. Unit: nanoseconds since 1970 UTC.",
    "TradeVwap.last_trade_id": "The venue's id of the newest trade.",
    "TradeVwap.has_gap": "Trades are known to be missing between the oldest and the newest.",
    "TradeVwap.dropped": (
        "Values of this stream that were dropped before this one because the subscriber did not keep up."
    ),
    "TradeVwap.venues": "One entry per venue of the market: trades of a venue that is not live may be missing.",
    "CandleFill": "What stands for an interval without trades.",
    "GetCandlesRequest": "Which candles.",
    "GetCandlesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetCandlesRequest.venue": "One venue's candles; empty is those of the trades of all venues.",
    "GetCandlesRequest.interval": (
        "Length, such as 1s, 1m, 4h, 1d, 1w or 1mo; one of those that the server is configured for. Empty is 1m."
    ),
    "GetCandlesRequest.start_time_nanos": (
        "Candles that open at this time or later; 0 is the oldest that is kept. Unit: nanoseconds since 1970 UTC."
    ),
    "GetCandlesRequest.end_time_nanos": (
        "Candles that open before this time; 0 is now. Unit: nanoseconds since 1970 UTC."
    ),
    "GetCandlesRequest.page_size": "Candles of one page; 0 is 500, at most 5000.",
    "GetCandlesRequest.page_token": "page_token of the link `next` of the page before; empty is the first page.",
    "GetCandlesRequest.fill": "What stands for intervals without trades.",
    "GetCandlesRequest.include_open": "The newest candle may be one that is not closed yet.",
    "StreamCandlesRequest": "Which candles.",
    "StreamCandlesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamCandlesRequest.venue": "One venue's candles; empty is those of the trades of all venues.",
    "StreamCandlesRequest.intervals": "Lengths as in GetCandlesRequest; empty is 1m.",
    "StreamCandlesRequest.fill": "What stands for intervals without trades.",
    "StreamCandlesRequest.include_open": "Send the candle that is still open too, at most once a second.",
    "StreamCandlesRequest.on_overflow": "What happens when this subscriber does not keep up.",
    "StreamCandlesRequest.start_time_nanos": (
        "First the closed candles that open at this time or later, oldest first, as GetCandles has them; then live: "
        "none is missing in between, and none comes twice in one revision. The first message is a heartbeat with "
        "header.past. 0: only live. Unit: nanoseconds since 1970 UTC."
    ),
    "CandleState": "How far a candle can be trusted.",
    "CandleSource": "Where the numbers of a candle come from.",
    "Candle": "Open, high, low, close and volume of the trades in [open_time, close_time), by the venues' clocks.",
    "Candle.header": "Times, epoch and sequence. An event stream: a jump of the sequence is a loss.",
    "Candle.market": "BASE/QUOTE, such as BTC/USDT.",
    "Candle.venue": "Name of the venue; empty is all venues.",
    "Candle.interval": "Length, as in GetCandlesRequest.",
    "Candle.open_time_nanos": "Start of the interval, nanoseconds since 1970 UTC. Unit: nanoseconds since 1970 UTC.",
    "Candle.close_time_nanos": "Its end, which belongs to the next one. Unit: nanoseconds since 1970 UTC.",
    "Candle.open": (
        "Price of the first trade by time, then by id; the four are null where there were no trades (CANDLE_FILL_NULL)."
        " Unit: quote currency per base."
    ),
    "Candle.high": "Highest price. Unit: quote currency per base.",
    "Candle.low": "Lowest price. Unit: quote currency per base.",
    "Candle.close": "Price of the last trade by time, then by id. Unit: quote currency per base.",
    "Candle.volume": "Volume in base units; empty where the venue's own candle does not say. Unit: base currency.",
    "Candle.quote_volume": (
        "Volume in quote units; empty where the venue's own candle does not say. Unit: quote currency."
    ),
    "Candle.trades": "Number of trades; null where the venue's own candle does not say.",
    "Candle.vwap": "quote_volume / volume, rounded half to even; null without both. Unit: quote currency per base.",
    "Candle.state": "How far it can be trusted.",
    "Candle.source": "Where its numbers come from.",
    "Candle.revision": "0 when it is first closed; every correction is one higher.",
    "Candle.reconciliation": (
        "Comparison with the venue's own final candle; null before it was made, and where there is none."
    ),
    "Candle.open_interest": (
        "Open interest at the end of the interval in base units; empty where there is none. Unit: base currency."
    ),
    "Candle.dropped": (
        "Candles of this stream that were dropped before this one because the subscriber did not keep up."
    ),
    "Candle.venues": (
        "One entry per venue of the market, as of this message; of a page of candles the last one has them."
    ),
    "Candle.counted_venues": (
        "The venues of which every trade of the interval is in the candle. Of one that is the venue's own or is still "
        "open: so far as trades were received."
    ),
    "Candle.missing_venues": (
        "The venues of which trades of the interval are missing, and why. One of them makes the state PARTIAL_GAP."
    ),
    "Candle.complete_over_counted": "The candle is complete over counted_venues: none of the others has a trade in it.",
    "MissingVenue": "A venue of which a candle has not all trades.",
    "MissingVenue.venue": "Name of the venue.",
    "MissingVenue.reason": "Why, for people.",
    "MissingVenue.partly": "Some of its trades may be in the candle; else none is.",
    "Reconciliation": (
        "A candle against the venue's own final one of the same interval: ours less the venue's, in the same units."
    ),
    "Reconciliation.time_nanos": "When it was made. Unit: nanoseconds since 1970 UTC.",
    "Reconciliation.open": (
        "Difference of the opens; the four are null where one of the two had no trades. Unit: quote currency per base."
    ),
    "Reconciliation.high": "Difference of the highs. Unit: quote currency per base.",
    "Reconciliation.low": "Difference of the lows. Unit: quote currency per base.",
    "Reconciliation.close": "Difference of the closes. Unit: quote currency per base.",
    "Reconciliation.volume": (
        "Difference of the volumes in base units; empty where the venue does not say. Unit: base currency."
    ),
    "Reconciliation.quote_volume": (
        "Difference of the volumes in quote units; empty where the venue does not say. Unit: quote currency."
    ),
    "Reconciliation.alarm": "A difference is above the configured threshold.",
    "GetOpenInterestRequest": "Whose open interest.",
    "GetOpenInterestRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamOpenInterestRequest": "Whose open interest.",
    "StreamOpenInterestRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "OpenInterest": "Contracts that are open on one market.",
    "OpenInterest.header": "Times, epoch and sequence.",
    "OpenInterest.market": "BASE/QUOTE, such as BTC/USDT.",
    "OpenInterest.venues": "One entry per venue whose open interest is known.",
    "OpenInterest.qualities": "One entry per venue of the market.",
    "VenueInterest": "Open interest of one venue.",
    "VenueInterest.venue": "Name of the venue.",
    "VenueInterest.value": "In base units; inverse contracts at the price of that time. Unit: base currency.",
    "VenueInterest.exchange_time_nanos": (
        "The venue's time of it; 0 if it does not say. Unit: nanoseconds since 1970 UTC."
    ),
    "VenueInterest.receive_time_nanos": "When it was received. Unit: nanoseconds since 1970 UTC.",
    "QuoteSide": "What is done to the base asset.",
    "GetQuoteRequest": "An order to be priced.",
    "GetQuoteRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetQuoteRequest.side": "Buy or sell.",
    "GetQuoteRequest.amount": "How much.",
    "GetQuoteRequest.size": "Base units. Unit: base currency.",
    "GetQuoteRequest.notional": "Quote units before fees. Unit: quote currency.",
    "GetQuoteRequest.venues": "Only these venues; empty is all.",
    "GetQuoteRequest.beyond_proved": (
        "Take levels beyond those that the venues' books are proved to be complete to. Without it such levels are left "
        "out."
    ),
    "GetQuoteRequest.quote_currencies": (
        "Merge books of the same base in these quote currencies too, converted with onebook's own books; see "
        "Conversion."
    ),
    "StreamQuoteRequest": "An order to be priced, and how often.",
    "StreamQuoteRequest.order": "The order.",
    "StreamQuoteRequest.min_interval_ms": "As in StreamBookRequest; 0 is 100 here.",
    "Quote": (
        "How an order would be filled by taking the best prices of all live venues after their taker fees, each venue's"
        " part rounded down to its lot size and left out below its minimum."
    ),
    "Quote.header": "Times, epoch and sequence.",
    "Quote.market": "BASE/QUOTE, such as BTC/USDT.",
    "Quote.side": "Buy or sell.",
    "Quote.filled": (
        "The whole amount can be had, but for a rest that is smaller than every lot. If not, everything below is of "
        "what is available."
    ),
    "Quote.reason": "Why not, and how much is available, for people; empty if it can.",
    "Quote.size": "Base units that would be traded. Unit: base currency.",
    "Quote.notional": "Quote units that they would cost or bring before fees. Unit: quote currency.",
    "Quote.fees": "Taker fees in quote units. Unit: quote currency.",
    "Quote.average_price": (
        "notional / size, rounded half to even; null if nothing can be had. Unit: quote currency per base."
    ),
    "Quote.effective_price": (
        "(notional + fees) / size if buying, (notional - fees) / size if selling. Unit: quote currency per base."
    ),
    "Quote.worst_price": "Price of the worst level that is touched. Unit: quote currency per base.",
    "Quote.mid": "Mid of the venues asked for; null while a side is empty. Unit: quote currency per base.",
    "Quote.slippage": (
        "How much worse average_price is than mid, in 1/10,000 basis points; null without both, or if it passes 64 "
        "bits."
    ),
    "Quote.levels": "Levels that are touched.",
    "Quote.slices": "One entry per venue that takes part.",
    "Quote.beyond_proved": "Some level that is touched lies beyond what its venue's book is proved to be complete to.",
    "Quote.venues": "One entry per venue.",
    "Quote.conversions": "As in Book.",
    "QuoteSlice": "One venue's part of a quote.",
    "QuoteSlice.venue": "Name of the venue.",
    "QuoteSlice.size": "Base units. Unit: base currency.",
    "QuoteSlice.notional": "Quote units before fees. Unit: quote currency.",
    "QuoteSlice.fee": "Taker fee in quote units. Unit: quote currency.",
    "QuoteSlice.fee_rate": "Taker fee rate in 1/10,000 basis points (10,000 is 1 basis point).",
    "QuoteSlice.worst_price": "Price of its worst level that is touched. Unit: quote currency per base.",
    "QuoteSlice.levels": "Its levels that are touched.",
    "GetOrderFlowRequest": "Which order flow.",
    "GetOrderFlowRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetOrderFlowRequest.venues": "Only these venues; empty is all.",
    "GetOrderFlowRequest.levels": "Levels a side, 1 to 10; 0 is 5.",
    "StreamOrderFlowRequest": "Which order flow, and how often.",
    "StreamOrderFlowRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "StreamOrderFlowRequest.venues": "Only these venues; empty is all.",
    "StreamOrderFlowRequest.levels": "Levels a side, 1 to 10; 0 is 5.",
    "StreamOrderFlowRequest.min_interval_ms": "Least time between two messages; 0 is 1000.",
    "OrderFlow": "What happened to the best levels of the books, and who traded.",
    "OrderFlow.header": "Times, epoch and sequence.",
    "OrderFlow.market": "BASE/QUOTE, such as BTC/USDT.",
    "OrderFlow.levels": "Levels a side.",
    "OrderFlow.consolidated": (
        "All venues asked for together; its venue is empty. Flows and volumes are the sums of those of the venues, "
        "sizes are those of the best levels of the consolidated book."
    ),
    "OrderFlow.flows": "One entry a venue asked for that lists the market.",
    "OrderFlow.venues": "One entry a venue asked for.",
    "VenueFlow": "Order flow of one venue, or of all venues together.",
    "VenueFlow.venue": "Name of the venue; empty is all venues together.",
    "VenueFlow.bid_size": (
        "Sum of the sizes of the best bids now, in base units; empty while the book is not live. Unit: base currency."
    ),
    "VenueFlow.ask_size": "The same of the asks. Unit: base currency.",
    "VenueFlow.imbalance_ppb": (
        "(bid_size - ask_size) / (bid_size + ask_size) in billionths, rounded half to even: from -10^9, asks only, to "
        "10^9, bids only. Null while both are 0 or unknown."
    ),
    "VenueFlow.windows": "One entry per window that the server is configured for, shortest first.",
    "FlowWindow": "Order flow of one window of time. Sizes are base units, exact.",
    "FlowWindow.window_nanos": "Length of the window. Unit: nanoseconds.",
    "FlowWindow.start_time_nanos": (
        "Start of the window: what happened at this time is not part of it. Unit: nanoseconds since 1970 UTC."
    ),
    "FlowWindow.end_time_nanos": (
        "End of the window: the newest event or, where nothing happens, now. Unit: nanoseconds since 1970 UTC."
    ),
    "FlowWindow.best_level": (
        "Order-flow imbalance of the best level (Cont, Kukanov and Stoikov 2014): what came to the best bid and left "
        "the best ask, less what left the best bid and came to the best ask. Unit: base currency."
    ),
    "FlowWindow.by_level": "The same of every level by its rank, best first: the first is best_level.",
    "FlowWindow.integrated": "Their sum: order-flow imbalance integrated over all levels. Unit: base currency.",
    "FlowWindow.updates": "Updates of the books that these are made of.",
    "FlowWindow.coverage_ppm": (
        "Part of the window in which the book was live and followed, in millionths; of all venues together the least. "
        "Unit: millionths."
    ),
    "FlowWindow.partial": (
        "Some of the flow is not known: the book was not followed from the beginning of the window, was withdrawn, "
        "replaced by another one, or updates were lost. A book that returns is not compared with the one before: the "
        "difference is no flow."
    ),
    "FlowWindow.buy_volume": "Volume of trades whose aggressor bought. Unit: base currency.",
    "FlowWindow.sell_volume": "Volume of trades whose aggressor sold. Unit: base currency.",
    "FlowWindow.unknown_volume": "Volume of trades whose aggressor is not known. Unit: base currency.",
    "FlowWindow.volume_delta": "Cumulative volume delta: buy_volume less sell_volume. Unit: base currency.",
    "FlowWindow.trades": "Trades.",
    "FlowWindow.trades_partial": "Trades of the window are known to be missing, or may be.",
    "HistoryService": "The past.",
    "HistoryService.ListTrades": "Trades by the venues' clocks.",
    "HistoryService.GetBookAt": "The book as it was at a time: of each venue the last one that was kept up to then.",
    "HistoryService.ListBooks": "Books as they were, one per second.",
    "HistoryService.ListSummaries": (
        "Best prices, spread, book VWAP price and averages of the consolidated book, one per second."
    ),
    "HistoryService.ListVenueStates": "Changes of the state of venues' books.",
    "HistoryService.ListOpenInterest": "Open interest as the venues have sent it.",
    "PastRange": "Which rows of the past.",
    "PastRange.start_time_nanos": (
        "Rows of this time or later; 0 is the oldest that is kept. Unit: nanoseconds since 1970 UTC."
    ),
    "PastRange.end_time_nanos": "Rows before this time; 0 is now. Unit: nanoseconds since 1970 UTC.",
    "PastRange.page_size": "Rows of one page; 0 is 500, at most 5000 (books: 60, at most 600).",
    "PastRange.page_token": "page_token of the link `next` of the page before; empty is the first page.",
    "PastRange.newest_first": "Newest first.",
    "ListTradesRequest": "Which trades.",
    "ListTradesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "ListTradesRequest.venues": "Only these venues; empty is all.",
    "ListTradesRequest.range": "Which rows, by the time of the venue.",
    "GetBookAtRequest": "Which book, and when.",
    "GetBookAtRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "GetBookAtRequest.venues": "Only these venues; empty is all.",
    "GetBookAtRequest.levels": "Levels a side; 0 is the server's own number. At most 20 of each venue are kept.",
    "GetBookAtRequest.time_nanos": "The time. Unit: nanoseconds since 1970 UTC.",
    "ListBooksRequest": "Which books.",
    "ListBooksRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "ListBooksRequest.venues": "Only these venues; empty is all.",
    "ListBooksRequest.levels": "As in GetBookAtRequest.",
    "ListBooksRequest.range": "Which rows. Their times are seconds at which books were kept.",
    "ListSummariesRequest": "Which prices.",
    "ListSummariesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "ListSummariesRequest.range": "Which rows.",
    "ListVenueStatesRequest": "Whose states.",
    "ListVenueStatesRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "ListVenueStatesRequest.venues": "Only these venues; empty is all.",
    "ListVenueStatesRequest.range": "Which rows.",
    "VenueStateChange": "A venue's book came into a state.",
    "VenueStateChange.market": "BASE/QUOTE, such as BTC/USDT.",
    "VenueStateChange.venue": "Name of the venue.",
    "VenueStateChange.time_nanos": "When. Unit: nanoseconds since 1970 UTC.",
    "VenueStateChange.state": "The state from then on.",
    "VenueStateChange.detail": "Why, for people; may be empty.",
    "ListOpenInterestRequest": "Whose open interest.",
    "ListOpenInterestRequest.market": "BASE/QUOTE; empty is the server's first market.",
    "ListOpenInterestRequest.venues": "Only these venues; empty is all.",
    "ListOpenInterestRequest.range": "Which rows.",
    "PastInterest": "Open interest of one venue at one time.",
    "PastInterest.market": "BASE/QUOTE, such as BTC/USDT.",
    "PastInterest.venue": "Name of the venue.",
    "PastInterest.time_nanos": (
        "The venue's time of it; where the venue does not say, that of its receipt. Unit: nanoseconds since 1970 UTC."
    ),
    "PastInterest.value": "In the unit of the venue's message. Unit: base currency.",
    "PastInterest.receive_time_nanos": "When it was received. Unit: nanoseconds since 1970 UTC.",
}
"""By Service.Call, Message and Message.field."""
