"""What OKX lists: spot pairs, and swaps whose sizes count contracts."""

from decimal import Decimal

from ..generator import Profile
from ..instruments import CASH, Instrument, Pair, contract_coins, lot_decimals, tick_decimals
from ..market import VenueTerms
from ..trade_history import Candle

TICK_DECIMALS = {"BTC": 1, "ETH": 2, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
COINS = {"BTC": 0.01, "ETH": 0.1, "SOL": 1.0, "LTC": 1.0, "XRP": 100.0, "ADA": 100.0, "DOGE": 1000.0}


def spot_instrument(pair: Pair) -> Instrument:
    """A spot pair: BTC-USDT."""
    lot = lot_decimals(pair, 8 if pair.base == "BTC" else 6)
    return Instrument(pair, f"{pair.base}-{pair.quote}", _tick(pair), lot, 0, 0)


def swap_instrument(pair: Pair) -> Instrument:
    """A perpetual: linear with USDT or USDC in contracts of some coins, inverse with USD in contracts of dollars."""
    inverse = pair.quote == "USD"
    coins = contract_coins(pair, COINS, 10.0)
    contract = f"{100 if pair.base == 'BTC' else 10} USD" if inverse else f"{plain(Decimal(coins))} {pair.base}"
    lot = 0 if inverse else 2
    return Instrument(pair, f"{pair.base}-{pair.quote}-SWAP", _tick(pair), lot, 0, 0, contract=contract)


def spot_terms(pairs: list[Pair]) -> VenueTerms:
    """OKX spot: deep and quick."""
    profile = Profile(levels=1000, changes=35, lag=0.15, offset=0.1e-4, absent_deletes=0.2, trade_rate=0.4,
                      first_sequence=60_000_000_000)  # fmt: skip
    return VenueTerms("okx", tuple(map(spot_instrument, pairs)), profile)


def swap_terms(pairs: list[Pair]) -> VenueTerms:
    """OKX perpetuals: deeper and quicker."""
    profile = Profile(levels=1200, changes=40, lag=0.05, offset=0.1e-4, absent_deletes=0.2, trade_rate=0.6,
                      first_sequence=90_000_000_000)  # fmt: skip
    listed = [pair for pair in pairs if pair.quote in ("USD", "USDT", "USDC") and pair.base not in CASH]
    return VenueTerms("okx_swap", tuple(map(swap_instrument, listed)), profile)


def volumes(item: Instrument, candle: Candle) -> tuple[str, str, str]:
    """vol, volCcy and volCcyQuote of a candle: on spot base, quote and quote; on swaps contracts, base and quote."""
    size = Decimal(item.size_number(candle.volume))
    turnover = Decimal(candle.turnover).scaleb(-item.tick_decimals - item.lot_decimals)
    if not item.contract:
        return plain(size), plain(turnover), plain(turnover)
    value = Decimal(item.contract.split()[0])
    if not item.contract.endswith("USD"):
        return plain(size), plain(size * value), plain(turnover * value)
    base = size * size * value / turnover if turnover else Decimal(0)
    return plain(size), plain(base), plain(size * value)


def interest(item: Instrument, lots: int, ticks: int) -> dict[str, str]:
    """Open interest in contracts, base and dollars."""
    size, price = Decimal(item.size_number(lots)), Decimal(item.price_number(ticks))
    value = Decimal(item.contract.split()[0])
    inverse = item.contract.endswith("USD")
    base = size * value / price if inverse else size * value
    return {"oi": plain(size), "oiCcy": plain(base), "oiUsd": plain(size * value if inverse else base * price)}


def plain(value: Decimal) -> str:
    """A number without exponent and zeros at the end, at most eight digits after the point."""
    text = f"{value:.8f}".rstrip("0").rstrip(".")
    return text or "0"


def _tick(pair: Pair) -> int:
    return tick_decimals(pair, TICK_DECIMALS, 1e-5)
