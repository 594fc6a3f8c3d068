"""Text of others in one line: nothing that moves a cursor, nothing without an end, and ordinary text as it is."""

from __future__ import annotations

import pytest

from server.printable import MOST, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("BTC/USDT: 币安人生, é, 'quoted'", "BTC/USDT: 币安人生, é, 'quoted'"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\x1b[2Jred\x07", "\\x1b[2Jred\\x07"),
        ("\u202eevil\u200b", "\\u202eevil\\u200b"),
        ("a\ud800b", "a\\ud800b"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_cannot_be_printed_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_long_text_is_cut_before_it_grows() -> None:
    assert printable("x" * MOST) == "x" * MOST
    assert printable("x" * 10**6) == "x" * MOST + "..."
    assert printable("\n" * 10**6, 3) == "\\n\\n\\n..."
