"""The words of the contract are those of its files, and say nothing of how numbers are packed."""

from __future__ import annotations

import re

import pytest

from scripts.contract_words import CHANGED, REPLACED, WRITTEN, comments, words, written
from server.readable.contract_words import WORDS


def test_the_file_is_what_the_contract_says() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == written(), "run scripts/contract_words.py"
    assert {path: text for path, text in words().items() if text} == WORDS


def test_no_words_are_of_mantissas() -> None:
    assert not [path for path, text in WORDS.items() if re.search(r"mantissa|exponent|absent", text, re.IGNORECASE)]


def test_replacements_are_of_fields() -> None:
    assert set(REPLACED) <= set(WORDS)
    assert all(re.compile(pattern) for pattern, _ in CHANGED)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Book", "The whole."),
        ("Book.market", "BASE/QUOTE, in two lines."),
        ("Ask.size", "In a oneof."),
        ("Ask", ""),
        ("Empty", "Nothing."),
        ("Service.GetBook", "A call."),
    ],
)
def test_comments(path: str, text: str) -> None:
    source = """
    // The whole.
    message Book {
      // BASE/QUOTE,
      // in two lines.
      repeated string market = 1;
    }
    message Ask {
      // Which.
      oneof amount {
        // In a oneof.
        string size = 3;
      }
    }
    // Nothing.
    message Empty {}
    service Service {
      // A call.
      rpc GetBook(Ask) returns (Book);
    }
    """
    assert dict(comments(source))[path] == text
