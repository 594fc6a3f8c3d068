"""Checksums as the venues spell them, and books that know how far they are complete."""

from __future__ import annotations

import contextlib
import zlib
from decimal import Decimal
from random import Random
from types import ModuleType
from typing import Any

import pytest

from orderbook_ext import JAVASCRIPT, PYTHON, ChecksumRule, Exponent, FrameShape, NumberText, ScaleError, reference
from tests.ext.conftest import load_core
from tests.volume import examples


def digits(decimals: int | str) -> NumberText:
    """Without the point and the zeros in front."""
    return NumberText(decimals=decimals, point=False, leading_zeros=False)


KRAKEN = ChecksumRule(
    levels=10,
    sides=("asks", "bids"),
    interleaved=False,
    parts=("price", "size"),
    between="",
    price=digits(1),
    size=digits(8),
)
BITFINEX = ChecksumRule(levels=25, ask_parts=("price", ":-", "size"), price=JAVASCRIPT, size=JAVASCRIPT)
OKX = ChecksumRule(levels=25)
FTX = ChecksumRule(levels=100, price=PYTHON, size=PYTHON)
JAVA = NumberText(least=1, exponent=Exponent(below=-3, start=7, mark="E", plus=False, decimals=1))

KRAKEN_ASKS = """45285.2/0.1e-2 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.1589066
45291.8/1.54553491 45294.7/0.04454749 45296.1/0.3538 45297.5/0.09945542 45299.5/0.18772827"""
KRAKEN_BIDS = """45283.5/0.1 45283.4/1.54582015 45282.1/0.1 45281.0/0.1 45280.3/1.54592586 45279.0/0.0799
45277.6/0.03310103 45277.5/0.3 45277.3/1.54602737 45276.6/0.15445238"""


def rows(text: str) -> list[list[str]]:
    return [pair.replace("0.1e-2", "0.001").split("/") for pair in text.split()]


# Worked examples of the venues' documents and clients.
@pytest.mark.parametrize(
    ("rule", "bids", "asks", "expected"),
    [
        (KRAKEN, "64001.1/0.0031 64000.0/2", "64001.2/0.05 64001.9/1.2", 1955348306),
        (KRAKEN, KRAKEN_BIDS, KRAKEN_ASKS, 3310070434),
        (BITFINEX, "64001/0.31 64000/2", "64002/0.05 64003/1.2", 3104335566),
        (BITFINEX, "0.0512/0.0000003", "0.0513/4.2", 3100483960),
        (OKX, "64001.1/0.31 64000/2", "64001.2/0.05 64001.9/1.2 64002/0.7", 4152915803),
        (FTX, "19250/1.5 19249.5/0.0001", "19251/0.25", 2065763161),
        (FTX, "0.00006/120000", "0.00012/5", 4165299669),
    ],
)
def test_worked_examples(impl: ModuleType, rule: ChecksumRule, bids: str, asks: str, expected: int) -> None:
    book = impl.OrderBook(2, 3)
    book.load(rows(bids), rows(asks))
    assert book.checksum(rule) == expected


# -- any rule: the C core against the twin, and both against texts that are spelt here


def any_exponent(random: Random) -> Exponent | None:
    below, start = sorted(random.randrange(-19, 20) for _ in range(2))
    limits = random.choice([(below, start), (below, None), (None, start), (None, None)])
    if limits == (None, None):
        return None
    return Exponent(
        below=limits[0],
        start=limits[1],
        mark=random.choice("eE"),
        digits=random.randrange(1, 4),
        plus=random.random() < 0.5,
        decimals=random.randrange(4),
    )


def any_number_text(random: Random) -> NumberText:
    decimals: int | str = random.choice([str(random.randrange(19)), "shortest", "written"])
    decimals = int(decimals) if str(decimals).isdecimal() else decimals
    return NumberText(
        decimals=decimals,
        least=random.randrange(4) if decimals == "shortest" else 0,
        point=random.random() < 0.7,
        leading_zeros=random.random() < 0.7,
        exponent=any_exponent(random),
    )


def any_rule(random: Random) -> ChecksumRule:
    def some(count: int) -> list[str]:
        return [random.choice(["price", "size", "-", ":", "; ", "A0", ""]) for _ in range(random.randrange(count))]

    named = random.choice(["price", "size"])
    return ChecksumRule(
        levels=random.randrange(1, 9),
        parts=[*some(4), named],
        ask_parts=random.choice([[], [named, *some(4)]]),
        between="".join(some(2)) if random.random() < 0.5 else ":",
        sides=random.sample(["bids", "asks"], 2),
        interleaved=random.random() < 0.5,
        price=any_number_text(random),
        size=any_number_text(random),
    )


def any_side(random: Random, price_decimals: int, size_decimals: int) -> list[tuple[str, str]]:
    def text(decimals: int) -> str:
        mantissa = random.randrange(1, 10 ** random.randrange(1, 19)) * 10 ** random.choice([0, 0, 1])
        text = f"{Decimal(mantissa).scaleb(-decimals):f}"
        return text.rstrip("0") + "0" if "." in text and random.random() < 0.3 else text

    return [(text(price_decimals), text(size_decimals)) for _ in range(random.randrange(7))]


@pytest.mark.parametrize("batch", range(8))
def test_any_rule_is_spelt_by_the_core_as_by_the_twin(batch: int) -> None:
    random = Random(batch)
    for _ in range(examples(150)):
        scales, kept = (random.randrange(19), random.randrange(19)), random.random() < 0.8
        books = [module.OrderBook(*scales, written=kept) for module in filter(None, (load_core(), reference))]
        for step in range(random.randrange(1, 4)):
            sides = [any_side(random, *scales), any_side(random, *scales)]
            for book in books:
                with contextlib.suppress(ScaleError):  # of both, or they are not equal afterwards
                    (book.apply if step else book.load)(*sides)
        assert books[0].levels() == books[-1].levels()
        for rule in (KRAKEN, BITFINEX, OKX, FTX, *(any_rule(random) for _ in range(6))):
            assert books[0].checksum(rule) == books[-1].checksum(rule), (rule, books[0].levels())


@pytest.mark.parametrize(
    ("spelling", "text", "spelt"),
    [
        (NumberText(), "0.0500", "0.05"),
        (NumberText(), "64000.0", "64000"),
        (NumberText(decimals="written"), "0.0500", "0.0500"),
        (NumberText(decimals="written"), "64000", "64000"),
        (NumberText(decimals="written"), "1.1000000000", "1.1000000000"),
        (NumberText(decimals="written", point=False), "0.0500", "00500"),
        (digits("written"), "0.0500", "500"),
        (NumberText(decimals=2), "1.5", "1.50"),
        (NumberText(decimals=1), "1.55", "1.55"),
        (NumberText(decimals=2, leading_zeros=False), "0.5", ".50"),
        (NumberText(least=1), "64000", "64000.0"),
        (JAVASCRIPT, "0.0000003", "3e-7"),
        (JAVASCRIPT, "0.00000312", "0.00000312"),
        (PYTHON, "0.000012", "1.2e-05"),
        (PYTHON, "20000000000000000", "2e+16"),
        (JAVA, "0.0005", "5.0E-4"),
        (JAVA, "12345678", "1.2345678E7"),
        (JAVA, "1234567", "1234567.0"),
    ],
)
def test_numbers_are_spelt(impl: ModuleType, spelling: NumberText, text: str, spelt: str) -> None:
    book = impl.OrderBook(written=True)
    book.load([(text, "7")], [(text, text)])
    rule = ChecksumRule(
        levels=1, interleaved=False, between="|", parts=("price",), price=spelling, ask_parts=("size",), size=spelling
    )
    assert book.checksum(rule) == zlib.crc32(f"{spelt}|{spelt}".encode())


@pytest.mark.parametrize("sides", [("bids", "asks"), ("asks", "bids")])
@pytest.mark.parametrize("interleaved", [False, True])
def test_the_order_of_levels(impl: ModuleType, sides: tuple[str, str], interleaved: bool) -> None:
    book = impl.OrderBook()
    book.load([("3", "30"), ("2", "20"), ("1", "10")], [("4", "40")])
    rule = ChecksumRule(levels=2, parts=("<", "price", "x", "size"), between="; ", sides=sides, interleaved=interleaved)
    bids, asks = ["<3x30", "<2x20"], ["<4x40"]
    first, second = (bids, asks) if sides[0] == "bids" else (asks, bids)
    texts = [*first, *second] if not interleaved else [first[0], second[0], "<2x20"]
    assert book.checksum(rule) == zlib.crc32("; ".join(texts).encode())


# -- how levels were written

WRITTEN = ChecksumRule(
    levels=50, interleaved=False, price=NumberText(decimals="written"), size=NumberText(decimals="written")
)


def written(bids: dict[str, str], asks: dict[str, str]) -> int:
    """The checksum of levels written so, best first."""
    rows = [*sorted(bids.items(), key=lambda row: -float(row[0])), *sorted(asks.items(), key=lambda row: float(row[0]))]
    return zlib.crc32(":".join(f"{price}:{size}" for price, size in rows).encode())


def test_a_level_is_as_its_own_frame_wrote_it(impl: ModuleType) -> None:
    book = impl.OrderBook(2, 4, written=True)
    shape = FrameShape(bids=(".b",), asks=(".a",))
    decoder = impl.FrameDecoder(shape)
    assert decoder.scan(b'{"b":[["29159.50","0.4800"],["29159.4","1"]],"a":[["29160.00","7.0"]]}')
    book.load_scanned(decoder)
    assert book.checksum(WRITTEN) == written({"29159.50": "0.4800", "29159.4": "1"}, {"29160.00": "7.0"})
    assert book.feed(decoder, b'{"b":[["29159.5","0.48"],["29159.4","0"]],"a":[["29160.001","2.00"]]}')
    expected = {"29160.00": "7.0", "29160.001": "2.00"}
    assert book.checksum(WRITTEN) == written({"29159.5": "0.48"}, expected)
    assert book.feed(decoder, b'{"b":[[29159.4,1.50000000000]],"a":[]}')
    assert book.checksum(WRITTEN) == written({"29159.5": "0.48", "29159.4": "1.50000000000"}, expected)


def test_a_book_that_keeps_no_texts_writes_the_shortest(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.load([("1.50", "2.0")], [])
    assert book.checksum(WRITTEN) == written({"1.5": "2"}, {})


def test_many_levels_that_come_and_go_are_as_they_were_written(impl: ModuleType) -> None:
    """More prices than the room for them, again and again, in a window and at scales that change."""
    book, random = impl.OrderBook(written=True, depth=40, window=True), Random(7)
    held: tuple[dict[str, str], dict[str, str]] = ({}, {})
    known: tuple[dict[Decimal, str], dict[Decimal, str]] = ({}, {})
    for _ in range(300):
        frame: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
        for side, start in ((0, 100), (1, 900)):
            for _ in range(random.randrange(12)):
                number = Decimal(start + random.randrange(700)).scaleb(-random.randrange(3))
                price = f"{number}" + ("" if number == number.to_integral() else "0" * random.randrange(3))
                size = random.choice(["0", "0.0", "1", "1.0", "2.50", "0.1250000"])
                frame[side].append((price, size))
                texts, places = held[side], known[side]
                texts.pop(places.pop(Decimal(price), ""), None)
                if Decimal(size):
                    places[Decimal(price)], texts[price] = price, size
            for number in sorted(known[side], reverse=side == 0)[40:]:
                held[side].pop(known[side].pop(number))
        book.apply(*frame)
        assert book.checksum(WRITTEN) == written(*held)


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (ChecksumRule, {"levels": 0}),
        (ChecksumRule, {"levels": 1, "parts": (":",)}),
        (ChecksumRule, {"levels": 1, "parts": ("price", "ü")}),
        (ChecksumRule, {"levels": 1, "parts": ("price", "x" * 15)}),
        (ChecksumRule, {"levels": 1, "between": "\n"}),
        (ChecksumRule, {"levels": 1, "sides": ("bids",)}),
        (NumberText, {"decimals": 19}),
        (NumberText, {"decimals": "roman"}),
        (NumberText, {"decimals": 2, "least": 1}),
        (NumberText, {"least": -1}),
        (Exponent, {}),
        (Exponent, {"below": 3, "start": 2}),
        (Exponent, {"below": -3, "mark": "x"}),
    ],
)
def test_rules_that_make_no_sense(make: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        make(**wrong)


def test_parts_are_no_text() -> None:
    with pytest.raises(TypeError, match="parts"):
        ChecksumRule(levels=1, parts="price:size")


def test_a_checksum_takes_a_rule(core: ModuleType) -> None:
    with pytest.raises(TypeError):
        core.OrderBook().checksum("plain")


# -- known depth


def test_a_window_is_complete_as_far_as_it_goes(impl: ModuleType) -> None:
    book = impl.OrderBook(depth=3, window=True)
    book.load([(10, 1), (9, 1), (8, 1)], [(11, 1), (12, 1)], whole=True)
    assert (book.whole, book.lowest_complete_bid, book.highest_complete_ask) == (False, 8, 12)
    book.apply([(10, 2), (11, 1)], [(11, 0), (14, 1), (13, 1)])
    assert (book.lowest_complete_bid, book.highest_complete_ask) == (9, 14)
    assert book.known(2) == (2, 2)
    assert book.known(9) == (3, 3)
    book.apply([(11, 0)], [])
    assert book.lowest_complete_bid == 9


def test_known_levels_of_a_book_from_a_limited_snapshot(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.load([(10, 1), (9, 1)], [(11, 1), (12, 1)])
    book.apply([(7, 1)], [(13, 1), (14, 1)])
    assert book.known(5) == (2, 2)
    book.apply([(10, 0), (9, 0)], [])
    assert book.known(5) == (0, 2)
    book.load([(10, 1)], [], whole=True)
    assert book.known(5) == (1, 0)


def test_a_window_needs_a_depth(impl: ModuleType) -> None:
    with pytest.raises(ValueError, match="depth"):
        impl.OrderBook(window=True)
