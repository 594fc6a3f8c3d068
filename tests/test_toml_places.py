"""The places of keys and values in random documents are those that Python's parser reads them from."""

from __future__ import annotations

from typing import Any

import pytest
import tomllib
from hypothesis import given, settings
from hypothesis import strategies as st

from server.toml_places import Path, Spot, locate

# What the library's own reader takes from a place on: the value that begins there.
from tomllib._parser import parse_key, parse_value  # type: ignore[import-not-found]  # isort: skip

BARE = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
BLANK = st.sampled_from(["", " ", "\t", "  "])
GAP = st.sampled_from(["", " ", "\n", " # ] } = [x]\n", "\n\n\t"])
END = st.sampled_from(["\n", "  # a = 'b' [c]\n", "\n\n", "\r\n", "\n# comment \"\"\" '''\n"])


def basic(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def strings(draw: st.DrawFn) -> str:
    text = draw(TEXT)
    kind = draw(st.integers(0, 3))
    if kind == 1 and "'" not in text:
        return f"'{text}'"
    if kind == 2:
        body = text.replace("\\", "\\\\").replace('"', '\\"') + draw(
            st.sampled_from(["", "\n# no comment\n", '""', "'''"])
        )
        return f'"""{body}"""'
    if kind == 3 and "'" not in text:
        return f"'''{text}{draw(st.sampled_from(['', chr(10) + '[x]', chr(39) * 2]))}'''"
    return basic(text)


SCALARS = st.one_of(
    strings(),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["true", "false", "1.5", "-inf", "nan", "1e3", "0xff", "1_000"]),
    st.sampled_from(["1979-05-27", "1979-05-27 07:32:00", "1979-05-27T00:32:00.5-07:00", "07:32:00"]),
)
KEYS = st.one_of(BARE, TEXT.map(basic), TEXT.filter(lambda text: "'" not in text).map(lambda text: f"'{text}'"))


@st.composite
def arrays(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    items = [draw(GAP) + item + draw(GAP) for item in draw(st.lists(values, max_size=3))]
    comma = draw(st.sampled_from(["", ","])) if items else ""
    return "[" + ",".join(items) + comma + draw(GAP) + "]"


@st.composite
def inline(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    keys = draw(st.lists(BARE, max_size=3, unique=True))
    pairs = [f"{draw(BLANK)}{key}{draw(BLANK)}={draw(BLANK)}{draw(values)}{draw(BLANK)}" for key in keys]
    return "{" + ",".join(pairs) + "}"


VALUES = st.recursive(SCALARS, lambda values: st.one_of(arrays(values), inline(values)), max_leaves=6)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Text that is TOML, or nearly: a key may be there twice."""
    lines = []
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.integers(0, 5))
        dotted = draw(st.sampled_from([".", " . ", "\t."])).join(draw(st.lists(KEYS, min_size=1, max_size=3)))
        if kind == 0:
            lines.append(f"{draw(BLANK)}[{draw(BLANK)}{dotted}{draw(BLANK)}]")
        elif kind == 1:
            lines.append(f"[[{draw(BLANK)}{dotted}{draw(BLANK)}]]")
        else:
            lines.append(f"{draw(BLANK)}{dotted}{draw(BLANK)}={draw(BLANK)}{draw(VALUES)}")
        lines[-1] += draw(END)
    return draw(st.sampled_from(["", "\n", "# first\n"])) + "".join(lines)


def paths(value: Any, path: Path = ()) -> dict[Path, Any]:
    """All keys and elements of what was parsed."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: dict[Path, Any] = {path: value} if path else {}
    for key, item in items:
        found |= paths(item, (*path, key))
    return found


def offset(text: str, line: int, column: int) -> int:
    return sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1


def check(text: str) -> None:
    parsed, found = paths(tomllib.loads(text)), locate(text)
    assert found.keys() == parsed.keys()
    unified = text.replace("\r\n", "\n")
    for path, spot in found.items():
        check_spot(unified, path, spot, parsed[path])


def check_spot(text: str, path: Path, spot: Spot, value: Any) -> None:
    key_at = offset(text, spot.key.line, spot.key.column)
    value_at = offset(text, spot.value.line, spot.value.column)
    if not text.startswith("[", key_at - 1) and not is_table(value):
        assert repr(parse_value(text, value_at, float)[1]) == repr(value)
    if isinstance(path[-1], str):
        assert parse_key(text, key_at)[1][0] == path[-1]


def is_table(value: Any) -> bool:
    """Tables grow after the place where they begin."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


@given(documents())
@settings(max_examples=200, deadline=None)
@pytest.mark.slow
def test_every_key_is_found_where_it_stands(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    check(text)


@pytest.mark.parametrize(
    ("text", "path", "key", "value"),
    [
        ("a = 1", ("a",), "1:1", "1:5"),
        ("\n\n  a.b  =  'x'", ("a", "b"), "3:5", "3:11"),
        ('pairs = [\n  "BTC/USDT", # one\n  "x",\n]\nb = 2', ("pairs", 1), "3:3", "3:3"),
        ("[venues.one]\nws = 'x'\n[venues.two]\nws = 'y'", ("venues", "two", "ws"), "4:1", "4:6"),
        ("[venues]\none = {ws = 'x', rest = 3}", ("venues", "one", "rest"), "2:18", "2:25"),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3", ("a", 1, "c", "d"), "6:1", "6:5"),
        ('a = """\nb = 1\n"""\nb = 2\r\nc = 3', ("c",), "5:1", "5:5"),
        ("'a b'.\"c\\u0041\" = 1", ("a b", "cA"), "1:7", "1:19"),
    ],
)
def test_places(text: str, path: Path, key: str, value: str) -> None:
    spot = locate(text)[path]
    assert (str(spot.key), str(spot.value)) == (key, value)
    check(text)
