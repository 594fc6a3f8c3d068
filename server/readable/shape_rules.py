"""What the descriptors of the contract do not say of a field: which exponent a price has, which number may be unknown.

A field without a rule follows its type: a signed 64-bit number is a mantissa at the message's price exponent, text is
text, an enum is its name in lower case, and what counts is a number. The messages of an analytic have their rules in
its folder.
"""

from __future__ import annotations

from ..analytics.registry import ANALYTICS
from .rule import DECIMAL, FIXED, HALF, HEADER, IN_VWAP, PRICE, SIZE, VENUE, VWAP, Rule, Rules, known

EXPONENTS = {"price_exponent": PRICE, "size_exponent": SIZE, "vwap_exponent": VWAP}
"""The fields that set them; they are no fields of the JSON."""

RULES: Rules = {
    "Level": {"size": Rule(scale=SIZE), "venue": VENUE},
    "VenueQuality": {
        "age_nanos": Rule(known_by=("receive_time_nanos",)),
        "lowest_complete_bid": Rule(known_by=("lowest_complete_bid",)),
        "highest_complete_ask": Rule(known_by=("highest_complete_ask",)),
        "clock_offset_nanos": Rule(whole=True),
    },
    "Book": {**HEADER, "mid": HALF},
    "Conversion": {**known("bid", "ask"), "age_nanos": Rule(known_by=("bid", "ask"))},
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
    "PastInterest": {"value": DECIMAL},
    **{message: rules for analytic in ANALYTICS for message, rules in analytic.calls.RULES.items()},
}
"""By message and field of the contract."""

ENUM_NAMES = {"AGGRESSOR_SIDE_UNSPECIFIED": "unknown", "QUOTE_SIDE_UNSPECIFIED": "unknown"}
"""Values whose name in JSON is not the end of their name in the contract."""
NAMELESS = frozenset({"Summary"})
"""Messages whose levels have no venue where the message has none: those of the history."""
