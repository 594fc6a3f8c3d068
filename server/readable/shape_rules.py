"""What the descriptors of the contract do not say of a field: which exponent a price has, which number may be unknown.

A field without a rule follows its type: a signed 64-bit number is a mantissa at the message's price exponent, text is
text, an enum is its name in lower case, and what counts is a number.
"""

from __future__ import annotations

from dataclasses import dataclass

PRICE, SIZE, VWAP, FIXED = range(4)
"""Which exponent of a message; FIXED is 0, and the rule says the rest."""
EXPONENTS = {"price_exponent": PRICE, "size_exponent": SIZE, "vwap_exponent": VWAP}
"""The fields that set them; they are no fields of the JSON."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is special about one field."""

    name: str = ""
    """Its name in JSON, if it is another one."""
    scale: int = PRICE
    """The exponent of a mantissa; in a list or an object, what is the price exponent in there."""
    shift: int = 0
    """Added to the exponent."""
    decimal: bool = False
    """The text is a decimal number; empty is 0."""
    whole: bool = False
    """A signed number that is no mantissa."""
    venue: bool = False
    """The number is a place in the message's list of venues."""
    known_by: tuple[str, ...] = ()
    """Null unless one of these fields is neither 0 nor empty."""
    always: bool = False
    """An object that is there even if the message does not have it."""


DECIMAL = Rule(decimal=True)
VENUE = Rule(venue=True)


def _known(*names: str) -> dict[str, Rule]:
    """Decimal texts that are null while they are empty."""
    return {name: Rule(decimal=True, known_by=(name,)) for name in names}


HEADER = {"header": Rule(always=True)}
HALF = Rule(shift=-1)
"""The mean of two prices has one more decimal."""
IN_VWAP = Rule(scale=VWAP)

RULES: dict[str, dict[str, Rule]] = {
    "Level": {"size": Rule(scale=SIZE), "venue": VENUE},
    "VenueQuality": {
        "age_nanos": Rule(known_by=("receive_time_nanos",)),
        "lowest_complete_bid": Rule(known_by=("lowest_complete_bid",)),
        "highest_complete_ask": Rule(known_by=("highest_complete_ask",)),
        "clock_offset_nanos": Rule(whole=True),
    },
    "Book": {**HEADER, "mid": HALF},
    "Conversion": {**_known("bid", "ask"), "age_nanos": Rule(known_by=("bid", "ask"))},
    "Summary": {
        **HEADER,
        "mid": HALF,
        "bid_vwap": IN_VWAP,
        "ask_vwap": IN_VWAP,
        "vwap_price": IN_VWAP,
        "spread_basis_points": Rule(scale=FIXED, shift=-4),
        "microprice": IN_VWAP,
        "averages": IN_VWAP,
    },
    "VenueStatus": HEADER,
    "Trade": {**HEADER, "size": Rule(scale=SIZE)},
    "TradeGap": HEADER,
    "Market": {"default_market": Rule(name="default")},
    "Averages": HEADER,
    "TradeVwap": {**HEADER, "vwap": IN_VWAP, "volume": DECIMAL, "quote_volume": DECIMAL, "venues": IN_VWAP},
    "Candle": {**HEADER, "vwap": IN_VWAP, **_known("volume", "quote_volume", "open_interest")},
    "Reconciliation": _known("volume", "quote_volume"),
    "OpenInterest": HEADER,
    "VenueInterest": {"value": DECIMAL},
    "Quote": {
        **HEADER,
        "size": DECIMAL,
        "notional": DECIMAL,
        "fees": DECIMAL,
        "slippage": Rule(name="slippage_basis_points", scale=FIXED, shift=-4),
    },
    "QuoteSlice": {
        "venue": VENUE,
        "size": DECIMAL,
        "notional": DECIMAL,
        "fee": DECIMAL,
        "fee_rate": Rule(name="fee_basis_points", scale=FIXED, shift=-4),
    },
    "OrderFlow": {**HEADER, "consolidated": Rule(always=True)},
    "VenueFlow": {
        **_known("bid_size", "ask_size"),
        "imbalance_ppb": Rule(name="imbalance", scale=FIXED, shift=-9),
    },
    "FlowWindow": dict.fromkeys(
        (
            *("best_level", "by_level", "integrated"),
            *("buy_volume", "sell_volume", "unknown_volume", "volume_delta"),
        ),
        DECIMAL,
    ),
    "PastInterest": {"value": DECIMAL},
}
"""By message and field of the contract."""

ENUM_NAMES = {"AGGRESSOR_SIDE_UNSPECIFIED": "unknown", "QUOTE_SIDE_UNSPECIFIED": "unknown"}
"""Values whose name in JSON is not the end of their name in the contract."""
NAMELESS = frozenset({"Summary"})
"""Messages whose levels have no venue where the message has none: those of the history."""
