"""Where settings come from: flag, file and line, or nowhere; and files that cannot be read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.config_source import DEFAULT, Origins, read_file
from server.errors import ConfigError

TEXT = """\
pairs = ["BTC/USDT"]
levels = 5
[venues.kraken]
audit = 7
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "onebook.toml"
    made.write_text(TEXT, encoding="utf-8")
    return made


def test_a_file_and_its_places(path: Path) -> None:
    settings, origins = read_file(path)
    assert settings == {"pairs": ["BTC/USDT"], "levels": 5, "venues": {"kraken": {"audit": 7}}}
    assert origins.of(("levels",)) == f"{path}:2"
    assert origins.of(("venues", "kraken", "audit")) == f"{path}:4"
    assert origins.of(("port",)) == DEFAULT


def test_a_flag_stands_over_the_file_for_all_that_is_below_it(path: Path) -> None:
    _, origins = read_file(path)
    origins.flag(("venues", "kraken", "audit"), "--audit")
    origins.flag(("pairs",), "--pair")
    assert origins.of(("venues", "kraken", "audit")) == "flag --audit"
    assert origins.of(("venues", "kraken")) == f"{path}:3"
    assert origins.place(ConfigError("wrong", ("pairs", "0"))) == "--pair"


@pytest.mark.parametrize(
    ("keys", "key", "place"),
    [
        (("levels",), False, ":2:10"),
        (("levels",), True, ":2:1"),
        (("venues", "kraken", "audit"), False, ":4:9"),
        (("venues", "kraken", "gone"), False, ":3"),
        (("gone",), False, ""),
    ],
)
def test_an_error_names_the_nearest_place(path: Path, keys: tuple[str, ...], key: bool, place: str) -> None:
    _, origins = read_file(path)
    error = ConfigError("was wrong", keys, key)
    assert origins.place(error).startswith(f"{path}{place}")
    assert str(origins.named(error)) == f"{origins.place(error)}: was wrong"


def test_an_error_without_a_place_is_as_it_was() -> None:
    error = ConfigError("no pair was given")
    assert Origins().place(error) == ""
    assert str(Origins().named(error)) == "no pair was given"


def test_errors_come_flags_first_then_in_the_order_of_the_file(path: Path) -> None:
    _, origins = read_file(path)
    origins.flag(("port",), "--port")
    keys: list[tuple[str, ...]] = [(), ("venues", "kraken", "audit"), ("levels",), ("port",), ("pairs",)]
    ordered = sorted((ConfigError("wrong", each) for each in keys), key=origins.order)
    assert [error.at for error in ordered] == [("port",), ("pairs",), ("levels",), ("venues", "kraken", "audit"), ()]


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"levels = \n", ":1:10: ", "Invalid value"),
        (b'a = 1\nb = "\xff"\n', ":2:6: ", "not UTF-8 text"),
        (b"a = [1,\n", ":2:1: ", "the document ends here"),
        (b"a = 1\na = 2\n", ":", "Cannot overwrite"),
        (b"[" * 100_000, "", ""),
    ],
)
def test_files_that_cannot_be_read_have_one_clear_sentence(path: Path, content: bytes, place: str, words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_file(path)
    assert f"{path}{place}" in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "gone.toml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError, match=words) as caught:
            read_file(path)
        assert str(path) in str(caught.value)
