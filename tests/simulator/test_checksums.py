"""The spellings of the venues' checksums, on the worked examples of the protocol sheets."""

import pytest

from simulator.checksums import fixed, interleaved, signed
from simulator.decimals import js_text, python_text

DOCUMENTED_ASKS = (
    "45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 "
    "45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827"
)
DOCUMENTED_BIDS = (
    "45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 "
    "45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238"
)


def levels(text: str) -> list[tuple[str, str]]:
    return [(price, size) for price, _, size in (row.partition("/") for row in text.split())]


@pytest.mark.parametrize(
    ("bids", "asks", "expected"),
    [
        ("64001.1/0.00310000 64000.0/2.00000000", "64001.2/0.05000000 64001.9/1.20000000", 1955348306),
        (DOCUMENTED_BIDS, DOCUMENTED_ASKS, 3310070434),
    ],
)
def test_fixed_decimals_asks_first(bids: str, asks: str, expected: int) -> None:
    assert fixed(levels(bids), levels(asks)) == expected


@pytest.mark.parametrize(
    ("bids", "asks", "expected"),
    [
        ("64001.1/0.31 64000/2", "64001.2/0.05 64001.9/1.2 64002/0.7", -142051493),
        ("64001/0.31 64000/2", "64002/-0.05 64003/-1.2", -1190631730),
        ("0.0512/3e-7", "0.0513/-4.2", -1194483336),
    ],
)
def test_interleaved_signed(bids: str, asks: str, expected: int) -> None:
    assert signed(interleaved(levels(bids), levels(asks), 25)) == expected


@pytest.mark.parametrize(
    ("bids", "asks", "expected"),
    [
        ("19250.0/1.5 19249.5/0.0001", "19251.0/0.25", 2065763161),
        ("6e-05/120000.0", "0.00012/5.0", 4165299669),
    ],
)
def test_interleaved_unsigned(bids: str, asks: str, expected: int) -> None:
    assert interleaved(levels(bids), levels(asks), 100) == expected


@pytest.mark.parametrize(
    ("value", "decimals", "javascript", "python"),
    [
        (64001, 0, "64001", "64001.0"), (640010, 1, "64001", "64001.0"), (5, 2, "0.05", "0.05"),
        (30, 8, "3e-7", "3e-07"), (31, 8, "3.1e-7", "3.1e-07"), (100, 8, "0.000001", "1e-06"),
        (6, 5, "0.00006", "6e-05"), (0, 4, "0", "0.0"), (-120, 2, "-1.2", "-1.2"),
    ],
)  # fmt: skip
def test_numbers_as_languages_print_them(value: int, decimals: int, javascript: str, python: str) -> None:
    assert js_text(value, decimals) == javascript
    assert python_text(value, decimals) == python
