"""Tokens: only the text that was made is found, and unknown ones are as much work as known ones."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.tokens import LONGEST, Tokens, digest, new_secret, token_text, utc_now

from .token_files import new_token

TOKEN, TEXT = new_token("bot")
OTHER, OTHER_TEXT = new_token("other")
TOKENS = Tokens([TOKEN, OTHER])


def test_what_was_made_is_found() -> None:
    assert TOKENS.find(TEXT) is TOKEN
    assert TOKENS.find(OTHER_TEXT) is OTHER
    assert len(TEXT) == LONGEST
    assert (len(TOKENS), TOKENS.all, TOKENS.by_id(TOKEN.id)) == (2, [TOKEN, OTHER], TOKEN)


@given(st.integers(0, LONGEST - 1), st.characters())
def test_one_changed_character_is_another_token(at: int, letter: str) -> None:
    changed = TEXT[:at] + letter + TEXT[at + 1 :]
    assert TOKENS.find(changed) is (TOKEN if changed == TEXT else None)


@given(st.one_of(st.text(), st.text(alphabet="onebk_0123456789abcdef", min_size=80, max_size=100)))
def test_other_text_is_no_token(text: str) -> None:
    assert TOKENS.find(text) is None


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text + "\n",
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text.replace("_", "-"),
        lambda text: text.replace("onebook", "onebook".replace("o", chr(0x43E))),
        lambda text: text.translate({ord("0") + digit: 0x660 + digit for digit in range(10)}),
        lambda text: text * 10_000,
        lambda text: token_text(OTHER.id, text.rpartition("_")[2]),
        lambda text: token_text(TOKEN.id, digest(text.rpartition("_")[2]).hex()),
    ],
)
def test_what_looks_like_it_is_no_token(change: Callable[[str], str]) -> None:
    assert TOKENS.find(change(TEXT)) is None


@pytest.mark.parametrize("id", [TOKEN.id, new_secret()[0]], ids=["known", "unknown"])
def test_known_and_unknown_ids_are_the_same_work(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert TOKENS.find(token_text(id, new_secret()[1])) is None
    assert compared == [(32, 32)]


def test_secrets_are_long_and_differ() -> None:
    made = [new_secret() for _ in range(100)]
    assert len({id for id, _ in made}) == len({secret for _, secret in made}) == 100
    assert all(len(secret) * 4 >= 128 for _, secret in made)


def test_hashes_are_not_shown() -> None:
    assert TOKEN.digest.hex() not in repr(TOKEN)
    assert repr(TOKEN.digest) not in repr(TOKEN)


def test_a_token_ends_at_its_moment() -> None:
    now = utc_now()
    token, _ = new_token("bot", expires=now)
    assert token.expired(now)
    assert not token.expired(now - timedelta(microseconds=1))
    assert not TOKEN.expired(now)
