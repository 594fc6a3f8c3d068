"""Readers of single settings: what they take, and that each refusal names the setting."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import config_readers as readers
from server.config_errors import ConfigErrors
from server.errors import ConfigError
from server.model import Pair
from server.units import SECOND

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
READERS: dict[str, Callable[[str, Any], Any]] = {
    "pairs": readers.pairs,
    "whole": readers.whole(0, 9),
    "seconds": readers.seconds,
    "dust": readers.dust,
    "flag": readers.flag,
    "text": readers.text,
    "host": readers.host,
    "age": readers.age,
    "log_level": readers.log_level,
    "shm_name": readers.shm_name,
    "intervals": readers.intervals,
    "windows": readers.windows,
    "fraction": readers.fraction,
    "fractions": readers.fractions,
}


@pytest.mark.parametrize("name", READERS)
@given(value=ANYTHING)
def test_whatever_a_file_holds_ends_in_a_value_or_a_config_error(name: str, value: Any) -> None:
    with suppress(ConfigError):
        assert READERS[name]("setting", value) is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pairs", "BTC/USDT"),
        ("pairs", [1]),
        ("pairs", ["AAPLx/USD", "AAPLX/USD"]),
        ("pairs", [f"A{number}/USD" for number in range(readers.MAX_PAIRS + 1)]),
        ("whole", -1),
        ("whole", 10),
        ("whole", True),
        ("whole", 1.0),
        ("seconds", 0.09),
        ("seconds", 86401),
        ("seconds", float("nan")),
        ("dust", "-1"),
        ("dust", "inf"),
        ("dust", "1e19"),
        ("dust", "much"),
        ("flag", 1),
        ("text", ""),
        ("host", ""),
        ("host", "unix:"),
        ("host", "unix:onebook.sock"),
        ("host", "unix:/" + 110 * "x"),
        ("age", -1),
        ("age", 0.5),
        ("age", True),
        ("age", float("nan")),
        ("age", 1e9),
        ("log_level", "loud"),
        ("shm_name", "a/b"),
        ("shm_name", "../a"),
        ("shm_name", "a b"),
        ("shm_name", "a\n"),
        ("shm_name", "x" * 65),
        ("shm_name", 1),
        ("intervals", []),
        ("intervals", "1m"),
        ("windows", []),
        ("windows", [3601]),
        ("fraction", "1"),
        ("fraction", True),
        ("fraction", "0.123456789"),
        ("fractions", 0.1),
    ],
)
def test_refusals_name_the_setting(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=r"^setting"):
        READERS[name]("setting", value)


@pytest.mark.parametrize(
    ("name", "value", "result"),
    [
        ("pairs", ["btc-usdt", "BTC/USDT"], (Pair("BTC", "USDT"),)),
        ("whole", 9, 9),
        ("seconds", 0.1, 0.1),
        ("seconds", 86400, 86400.0),
        ("dust", "0.00100", Decimal("0.001")),
        ("log_level", "INFO", "info"),
        ("shm_name", "Bot_1-a", "Bot_1-a"),
        ("shm_name", "", ""),
        ("windows", [60, 30, 60.0], (30 * SECOND, 60 * SECOND)),
        ("fraction", -0.00025, Decimal("-0.00025")),
        ("fractions", {"vip": "0.001"}, {"vip": Decimal("0.001")}),
    ],
)
def test_values_are_read(name: str, value: Any, result: Any) -> None:
    assert READERS[name]("setting", value) == result


def test_intervals_come_shortest_first_and_once() -> None:
    assert [interval.name for interval in readers.intervals("i", ["1h", "1m", "1h"])] == ["1m", "1h"]


def test_every_wrong_element_is_found_with_its_number() -> None:
    with pytest.raises(ConfigErrors) as raised:
        readers.pairs("pairs", ["BTC/USDT", "BTC", "ETH/USDT", "A/A"])
    assert [error.at for error in raised.value.errors] == [(1,), (3,)]


@pytest.mark.parametrize("value", ["", "wss://host", "ws://host:1/path", "ws://[::1]:9000"])
def test_addresses(value: str) -> None:
    assert readers.url("ws", value, ("ws", "wss")) == value


@pytest.mark.parametrize("value", ["host", "http://host", "ws://", "ws://host:0", "ws://host:99999", "ws://[::1"])
def test_wrong_addresses(value: str) -> None:
    with pytest.raises(ConfigError, match="^ws was .*such as ws://host:port"):
        readers.url("ws", value, ("ws", "wss"))


def test_a_password_is_not_shown_in_a_wrong_address() -> None:
    for value in ("user:secret@host", "http://user:secret@host"):
        with pytest.raises(ConfigError) as raised:
            readers.url("proxy", value, ("ws",))
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize("value", [-1.0, float("inf"), float("nan")])
def test_never_or_seconds(value: float) -> None:
    assert readers.never_or_seconds("audit", 0) == 0
    with pytest.raises(ConfigError, match="^audit"):
        partial(readers.never_or_seconds, "audit")(value)
