"""The simulated venues, by name."""

from collections.abc import Callable

from ..exchange import Exchange
from ..instruments import Pair
from . import (
    binance,
    binance_usdm,
    bitfinex,
    bitfinex_terms,
    bitget,
    bitstamp,
    bybit,
    bybit_terms,
    coinbase_advanced,
    coinbase_exchange,
    deribit,
    deribit_terms,
    ftx,
    gate,
    gate_futures,
    gemini,
    kraken,
    kucoin,
    okx,
    okx_terms,
)

VENUES: dict[str, Callable[[list[Pair], int], Exchange]] = {
    "binance": lambda pairs, steps: binance.Binance(binance.spot_terms(pairs), steps_a_second=steps),
    "binance_us": lambda pairs, steps: binance.Binance(binance.us_terms(pairs), us=True, steps_a_second=steps),
    "binance_usdm": lambda pairs, steps: binance_usdm.BinanceUsdm(binance_usdm.terms(pairs), steps),
    "bitstamp": lambda pairs, steps: bitstamp.Bitstamp(bitstamp.terms(pairs), steps),
    "coinbase_advanced": lambda pairs, steps: coinbase_advanced.CoinbaseAdvanced(coinbase_advanced.terms(pairs), steps),
    "coinbase_exchange": lambda pairs, steps: coinbase_exchange.CoinbaseExchange(coinbase_exchange.terms(pairs), steps),
    "gate": lambda pairs, steps: gate.Gate(gate.terms(pairs), steps),
    "gate_futures": lambda pairs, steps: gate_futures.GateFutures(gate_futures.terms(pairs), steps),
    "gemini": lambda pairs, steps: gemini.Gemini(gemini.terms(pairs), steps),
    "kraken": lambda pairs, steps: kraken.Kraken(kraken.LISTING.terms("kraken", pairs), steps),
    "kucoin": lambda pairs, steps: kucoin.Kucoin(kucoin.LISTING.terms("kucoin", pairs), steps),
    "okx": lambda pairs, steps: okx.Okx(okx_terms.spot_terms(pairs), steps),
    "okx_swap": lambda pairs, steps: okx.Okx(okx_terms.swap_terms(pairs), steps, swaps=True),
    "bybit": lambda pairs, steps: bybit.Bybit(bybit_terms.spot_terms(pairs), "spot", steps),
    "bybit_linear": lambda pairs, steps: bybit.Bybit(bybit_terms.linear_terms(pairs), "linear", steps),
    "bitget": lambda pairs, steps: bitget.Bitget(bitget.LISTING.terms("bitget", pairs), steps),
    "bitfinex": lambda pairs, steps: bitfinex.Bitfinex(bitfinex_terms.terms(pairs), steps),
    "deribit": lambda pairs, steps: deribit.Deribit(deribit_terms.perpetual_terms(pairs), steps),
    "deribit_spot": lambda pairs, steps: deribit.Deribit(deribit_terms.spot_terms(pairs), steps),
    "ftx": lambda pairs, steps: ftx.Ftx(ftx.terms(pairs), steps),
}

# What a simulator runs unless told otherwise: spot venues.
DEFAULT_VENUES = ("binance", "binance_us", "bitstamp", "kraken", "okx", "bitfinex", "bybit")
