"""How assets are spelled: in any script, in capitals or not, and under the names that they had before."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

LONGEST = 40
# Besides letters, marks and digits of any script: LUNA2.0, 1000-CAT, USD_T, $ALT, ODD+.
_SIGNS = frozenset("._-$+!*")

RENAMED = {
    # Spellings of one venue.
    "XBT": "BTC", "XDG": "DOGE", "BCHABC": "BCH", "BCC": "BCH",
    # Old names, by the year of the change: 2020, 2021, 2023.
    "LEND": "AAVE", "NANO": "XNO", "MIOTA": "IOTA", "RNDR": "RENDER",
    # 2024.
    "MATIC": "POL", "AGIX": "FET", "OCEAN": "FET", "KLAY": "KAIA", "GAL": "G", "TOMO": "VIC",
    # 2025.
    "FTM": "S", "EOS": "A",
}  # fmt: skip
"""What assets are called today that once had, or at some venue have, another name. Used for suggestions only: who asks
for the old name may mean the old coin, so that nothing is replaced unasked."""


def is_asset(text: str) -> bool:
    """Whether this can be the name of an asset: letters and digits of any script, and a few signs."""
    return (
        0 < len(text) <= LONGEST
        and any(letter.isalnum() for letter in text)
        and all(letter in _SIGNS or unicodedata.category(letter)[0] in "LMN" for letter in text)
    )


def spelled(text: str) -> str:
    """A name as it is kept: what has no capital letter is typed without care, and is written in capitals."""
    text = unicodedata.normalize("NFC", text)
    return text.upper() if text.isascii() and text == text.lower() else text


def folded(text: str) -> str:
    """What spellings have in common that differ in case alone."""
    return unicodedata.normalize("NFC", text).casefold()


def today(asset: str) -> str:
    """The name of today of an asset; its own where no other is known."""
    return RENAMED.get(asset.upper(), asset)


def other_names(asset: str) -> Iterable[str]:
    """Names that the same asset has had, or has today, its own left out."""
    now = today(asset)
    names = {now, *(old for old, new in RENAMED.items() if new == now.upper())}
    return sorted(name for name in names if folded(name) != folded(asset))
