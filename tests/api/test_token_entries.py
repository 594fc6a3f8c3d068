"""The text of a tokens file: what is written is read back, and what is wrong is named with its line, never shown."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.token_entries import entry_text, parse_tokens
from server.api.tokens import Right, Token, TokenLimits
from server.errors import ConfigError

from .token_files import new_token

ENTRY = entry_text(new_token("bot")[0])
HASH = "ab" * 32
COUNTS = st.none() | st.integers(1, 100_000)
ENTRIES = st.builds(
    Token,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    id=st.binary(min_size=8, max_size=8).map(bytes.hex),
    digest=st.binary(min_size=32, max_size=32),
    rights=st.frozensets(st.sampled_from(Right), min_size=1),
    limits=st.builds(TokenLimits, COUNTS, COUNTS, st.none() | st.floats(0.01, 100_000)),
    expires=st.none()
    | st.datetimes(datetime(2000, 1, 1), datetime(2999, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0, tzinfo=timezone.utc)
    ),
)


@given(st.lists(ENTRIES, min_size=1, max_size=5, unique_by=(lambda token: token.name, lambda token: token.id)))
def test_entries_are_read_as_they_were_written(tokens: list[Token]) -> None:
    assert parse_tokens("\n".join(map(entry_text, tokens)), "f").all == tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "tokens f: has no table [[token]]; make one with: onebook token new"),
        ("token = 3", "has no table [[token]]"),
        ("token = []", "has no table [[token]]"),
        ("[token]\nname = 'x'", "has no table [[token]]"),
        (f"{ENTRY}\n[[tokens]]\nname = 'x'", ":7: unexpected 'tokens'"),
        (f"{ENTRY}name = ", ":6: is no TOML, it ends too early"),
        (f"{ENTRY}name = x", ":6: is no TOML at column 8"),
        ("[" * 5000, "is no TOML"),
        (f"a = {'9' * 5000}", "is no TOML"),
        (f"{ENTRY}\n{ENTRY}", ":8: two tokens have the name 'bot'"),
        (f"{ENTRY}\n{ENTRY.replace('bot', 'bat')}", ":9: two tokens have the id"),
        (f"{ENTRY}streems = 4", ":6: unknown key 'streems'; did you mean streams?"),
        (f"{ENTRY}streams = 0", ":6: streams was 0, must be a whole number from 1 to 100000"),
        (f"{ENTRY}streams = true", ":6: streams was True"),
        (f"{ENTRY}topics = 'many'", ":6: topics was 'many'"),
        (f"{ENTRY}requests_per_second = nan", ":6: requests_per_second was nan"),
        (f"{ENTRY}requests_per_second = inf", ":6: requests_per_second was inf"),
        (f"{ENTRY}expires = 'soon'", ":6: expires must be a day or a time with its zone"),
        (f"{ENTRY}expires = 2030-01-31T12:00:00", ":6: expires must be a day or a time with its zone"),
        (ENTRY.replace('"bot"', '""'), ":2: name must be"),
        (ENTRY.replace('"bot"', '"a b"'), ":2: name must be"),
        (ENTRY.replace('"bot"', f'"{"x" * 65}"'), ":2: name must be"),
        (ENTRY.replace('["read"]', '["reed"]'), ":5: there is no right 'reed'; did you mean read?"),
        (ENTRY.replace('["read"]', "[]"), ":5: rights must be a list such as"),
        (ENTRY.replace('["read"]', '"read"'), ":5: rights must be a list such as"),
        (ENTRY.replace("rights", "#"), ":1: rights is missing in this [[token]]"),
        (f"# of the desk\n{ENTRY}\n[[ token ]] # second\nname = 'x'\nid = 'short'\nsha256='{HASH}'\nrights=['read']",
         ":10: id must be 16 hex digits"),
    ],
)  # fmt: skip
def test_errors_name_the_line(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_tokens(text, "f")
    said = str(caught.value)
    assert said.startswith("tokens f")
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize("key", ["secret", "token", "password", "Secret", "sha256", "id", "sekret", "expires"])
@given(secret=st.text(alphabet="ghijklmnop", min_size=8, max_size=80))
def test_a_secret_of_ones_own_is_refused_and_not_shown(key: str, secret: str) -> None:
    lines = [line for line in ENTRY.splitlines() if not line.startswith(key)]
    with pytest.raises(ConfigError) as caught:
        parse_tokens("\n".join([*lines, f'{key} = "{secret}"']), "f")
    assert secret not in str(caught.value)
    assert f":{len(lines) + 1}:" in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_tokens(text, "f")


def test_a_day_begins_in_utc() -> None:
    token = parse_tokens(f"{ENTRY}expires = 2030-01-31", "f").all[0]
    assert token.expires == datetime(2030, 1, 31, tzinfo=timezone.utc)
