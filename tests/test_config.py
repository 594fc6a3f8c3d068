"""Settings from files and flags: what is taken, what is refused, and with which words."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from server.config import Config, build
from server.errors import ConfigError
from server.options import read
from server.venues import DEFAULT_VENUES


def parse(*words: str) -> Config:
    return read(words, "server.py")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pairs = [", "onebook.toml:1:10: Invalid value"),
        ("pair = ['BTC/USDT']", "unknown setting 'pair'; did you mean pairs?"),
        ("pairs = 'BTC/USDT'", "pairs was not a list"),
        ("pairs = ['BTC/USDT']\nport = '1'", "port was '1'"),
        ("pairs = ['BTC/USDT']\n[venues.binance]\nurl = 'x'", "unknown setting venues.binance.url"),
        ("pairs = ['BTC/USDT']\n[venues.binance]\nws = 'http://x'", "must be an address such as ws://"),
        ("pairs = ['BTC/USDT']\n[venues.binance]\nenabled = 'no'", "venues.binance.enabled was not true or false"),
        ("pairs = ['BTC/USDT']\n[venues.binance]\naudit = true", "venues.binance.audit was not a number of seconds"),
        ("pairs = ['BTC/USDT']\nchannelz = 1", "must be true or false"),
        ("pairs = ['BTC/USDT']\nheartbeat = 0", "must be seconds"),
        ("pairs = ['BTC/USDT']\nuse_venues = ['x']", "unknown venue 'x'"),
        ("pairs = ['BTC/USDT']\nuse_venues = []", "use_venues was not a list of venue names"),
        ("pairs = ['BTC/USDT']\nuse_venues = 'binance'", "use_venues was not a list of venue names"),
        ("pairs = ['BTC/USDT']\nuse_venue = ['binance']", "unknown setting 'use_venue'; did you mean use_venues?"),
        ("pairs = ['BTC/USDT']\nvenues = ['binance']", "a list of names is called use_venues"),
        ("pairs = ['BTC/USDT']\nuse_venues = 3", "use_venues was not a list of venue names"),
        ("pairs = ['BTC/USDT']\nvenues = {binance = 3}", "venues.binance was not a table"),
        ("pairs = ['BTC/USDT']\nvenues_config = {}", "unknown setting 'venues_config'"),
        ("pairs = ['BTC/USDT']\nuse_venues = ['binance']\n[venues.binance]\nenabled = false", "every venue is"),
    ],
)
def test_bad_files_have_one_clear_message(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "onebook.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        parse("--config", str(path))
    assert message in str(caught.value)


def test_every_venue_off() -> None:
    with pytest.raises(ConfigError, match="every venue is switched off"):
        build({"pairs": ["BTC/USDT"], "use_venues": ["binance"], "venues": {"binance": {"enabled": False}}})


def test_a_file_lists_its_venues_and_has_their_settings(tmp_path: Path) -> None:
    path = tmp_path / "onebook.toml"
    path.write_text(
        'pairs = ["BTC/USDT"]\nuse_venues = ["kraken", "okx_swap"]\n[venues.okx_swap]\nws = "ws://127.0.0.1:1"\n'
        '[venues.bitstamp]\nrest = "http://127.0.0.1:2"\n'
    )
    config = parse("--config", str(path))
    assert config.venues == ("kraken", "okx_swap")
    assert config.of("okx_swap").ws == "ws://127.0.0.1:1"
    config = parse("--config", str(path), "--venues", "bitstamp,kraken")
    assert config.venues == ("bitstamp", "kraken"), "the flag replaces the list"
    assert config.of("bitstamp").rest == "http://127.0.0.1:2", "and the settings stay"


def test_venues_are_switched_on_beside_the_default_ones() -> None:
    config = build({"pairs": ["BTC/USDT"], "venues": {"okx_swap": {"enabled": True}, "okx": {"enabled": False}}})
    assert set(config.venues) == {*DEFAULT_VENUES, "okx_swap"} - {"okx"}
    config = build({"pairs": ["BTC/USDT"], "use_venues": ["kraken"], "venues": {"okx": {"enabled": True}}})
    assert config.venues == ("kraken",), "a list is the whole list"


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ((), True),
        (("--host", "127.0.0.2"), True),
        (("--host", "::1"), True),
        (("--host", "localhost"), True),
        (("--host", "unix:/run/onebook.sock"), True),
        (("--host", "0.0.0.0"), False),
        (("--host", "10.0.0.1"), False),
        (("--host", "a.name"), False),
        (("--host", "0.0.0.0", "--control"), True),
        (("--no-control",), False),
        (("--host", "0.0.0.0", "--tokens", "tokens.toml"), True),
        (("--tokens", "tokens.toml", "--no-control"), False),
    ],
)
def test_commands_are_taken_on_loopback_with_tokens_or_when_asked_for(words: tuple[str, ...], taken: bool) -> None:
    assert parse("--pair", "BTC/USDT", *words).takes_commands is taken
    assert build({"pairs": ["BTC/USDT"], "control": False}).takes_commands is False


def test_analytics_settings() -> None:
    config = build(
        {
            "pairs": ["BTC/USDT"],
            "candles": ["1h", "60s", "1m", "1mo"],
            "averages": [60, 0.5],
            "candle_history": 0,
            "candle_price_tolerance": "0.001",
            "fee_tier": "vip1",
            "venues": {
                "binance": {"taker_fee": 0.001, "taker_fees": {"vip1": "0.0009"}},
                "kraken": {"taker_fee": "0.0026"},
            },
        }
    )
    settings = config.analytics
    assert [interval.name for interval in settings.intervals] == ["1m", "1h", "1mo"]
    assert settings.windows == (500_000_000, 60_000_000_000)
    assert (settings.history, settings.price_tolerance) == (0, Decimal("0.001"))
    assert settings.taker_fees == {"binance": Decimal("0.0009"), "kraken": Decimal("0.0026")}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"candles": []}, "candles: a server keeps candles of 1 to 24 lengths, were"),
        ({"candles": "1m"}, "candles was not a list"),
        ({"candles": ["31d"]}, "31d"),
        ({"averages": []}, "averages was not a list"),
        ({"averages": [0]}, "averages was 0"),
        ({"averages": [7200]}, "at most 3600 seconds"),
        ({"candle_history": -1}, "candle_history was -1"),
        ({"venues": {"binance": {"taker_fee": 2}}}, "venues.binance.taker_fee was 2"),
        ({"venues": {"binance": {"taker_fee": True}}}, "venues.binance.taker_fee"),
        ({"venues": {"binance": {"taker_fees": 1}}}, "venues.binance.taker_fees was not a table"),
        ({"venues": {"binance": {"taker_fees": {"vip1": "x"}}}}, "venues.binance.taker_fees.vip1 was 'x'"),
        ({"fee_tier": "vip2", "venues": {"binance": {"taker_fees": {"vip1": 0}}}}, "did you mean vip1?"),
    ],
)
def test_analytics_settings_that_cannot_be(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        build({"pairs": ["BTC/USDT"], **settings})
