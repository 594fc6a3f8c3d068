"""The server's command line: flags over a file, their spellings, and one clear sentence for what is wrong."""

from __future__ import annotations

import logging
from decimal import Decimal
from pathlib import Path

import pytest

from server.config import Config
from server.errors import ConfigError
from server.logs import JsonFormatter
from server.model import Pair
from server.options import OneLineParser, parser, read, read_settings, refuse, wants_json
from server.venues import DEFAULT_VENUES, VENUES


def parse(*words: str) -> Config:
    return read(words, "server.py")


def test_the_users_own_command() -> None:
    config = parse("--base", "BTC", "--quote", "USDT", "--levels", "10")
    assert config.pairs == (Pair("BTC", "USDT"),)
    assert (config.levels, config.port, config.host) == (10, 50052, "localhost")
    assert config.venues == DEFAULT_VENUES


def test_old_spellings() -> None:
    config = parse("--base_asset", "eth", "--quote_asset", "btc", "--dust_amount", "0.010")
    assert config.pairs == (Pair("ETH", "BTC"),)
    assert config.dust == Decimal("0.01")


def test_several_pairs_keep_their_order() -> None:
    config = parse("--base", "BTC", "--quote", "USDT", "--pair", "ETH/USDT", "--pair", "btc-usdt")
    assert [str(pair) for pair in config.pairs] == ["BTC/USDT", "ETH/USDT"]


def test_flags_override_the_file(tmp_path: Path) -> None:
    path = tmp_path / "onebook.toml"
    path.write_text(
        'pairs = ["ETH/USDT"]\nlevels = 5\nport = 1234\n[venues.binance]\nws = "ws://127.0.0.1:1"\nbook = "partial"\n'
        "[venues.binance_us]\nenabled = false\n"
    )
    config = parse("--config", str(path), "--levels", "7")
    assert (config.levels, config.port) == (7, 1234)
    assert config.venues == tuple(name for name in DEFAULT_VENUES if name != "binance_us")
    assert config.of("binance").addresses(VENUES["binance"]).ws == "ws://127.0.0.1:1"
    assert config.of("binance").addresses(VENUES["binance"]).rest == "https://api.binance.com"
    assert config.of("binance").book == "partial"


def test_endpoints_by_name_and_by_address() -> None:
    config = parse(
        "--pair", "BTC/USDT", "--endpoint", "binance=data", "--endpoint", "bitstamp=ws://127.0.0.1:1,http://127.0.0.1:2"
    )
    assert config.of("binance").addresses(VENUES["binance"]).rest == "https://data-api.binance.vision"
    assert config.of("bitstamp").addresses(VENUES["bitstamp"]).rest == "http://127.0.0.1:2"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no pair was given"),
        (["--base", "BTC"], "--base and --quote belong together"),
        (["--pair", "BTCUSDT"], "was not BASE/QUOTE"),
        (["--pair", "BTC/BTC"], "the same asset twice"),
        (["--pair", "BTC/USDT", "--venues", "binanse"], "did you mean binance"),
        (["--pair", "BTC/USDT", "--venues", ","], "was not a list of venue names"),
        (["--pair", "BTC/USDT", "--levels", "0"], "levels was 0, must be a whole number from 1 to 1000"),
        (["--pair", "BTC/USDT", "--port", "70000"], "port was 70000"),
        (["--pair", "BTC/USDT", "--dust", "-1"], "at least 0"),
        (["--pair", "BTC/USDT", "--dust", "few"], "size in base units"),
        (["--pair", "BTC/USDT", "--endpoint", "binance"], "was not VENUE=NAME"),
        (["--pair", "BTC/USDT", "--endpoint", "binance=ws://x"], "needs both addresses"),
        (["--pair", "BTC/USDT", "--endpoint", "binance=moon"], "must be one of default, data, testnet"),
        (["--pair", "BTC/USDT", "--endpoint", "cexchange=x"], "unknown venue 'cexchange'"),
        (["--pair", "BTC/USDT", "--book", "whole"], "must be one of diff, partial"),
        (["--pair", "BTC/USDT", "--proxy", "ftp://x"], "must be an address such as http://"),
        (["--pair", "BTC/USDT", "--tls-cert", "x.pem"], "both a certificate and a key"),
        (["--pair", "BTC/USDT", "--config", "/nowhere/x.toml"], "No such file"),
        (["--pair", "BTC/USDT", "--log-level", "loud"], "must be one of debug"),
    ],
)
def test_bad_command_lines_have_one_clear_message(words: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(*words)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_flags_for_all_venues_hold_where_they_can() -> None:
    config = parse("--pair", "BTC/USDT", "--book", "partial", "--proxy", "http://p:1")
    assert config.of("binance").book == "partial"
    assert config.of("kraken").book == "", "it has no such books"
    assert {config.of(name).proxy for name in config.venues} == {"http://p:1"}
    with pytest.raises(ConfigError, match=r"venues.kraken.book was 'partial', must be one of diff"):
        parse("--pair", "BTC/USDT", "--venues", "kraken", "--book", "partial")


def test_unknown_flags_exit_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("--pear", "BTC/USDT")
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_flags_that_are_absent_leave_the_file_its_word() -> None:
    assert vars(parser("onebook").parse_args([])) == {}
    given = read_settings({"levels": 7})
    assert (given.settings, given.origins.of(("levels",)), given.errors) == ({"levels": 7}, "flag --levels", [])
    assert given.origins.of(("port",)) == "default"
    assert read_settings({"control": False}).origins.of(("control",)) == "flag --no-control"


def test_help_names_every_flag_and_fits_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = parser("onebook serve").format_help()
    assert max(map(len, text.splitlines())) <= 80
    for action in parser("onebook serve")._actions:  # noqa: SLF001 - the standard library has no public name for it
        assert action.option_strings[0] in text
        assert action.help, action.option_strings


@pytest.mark.parametrize(
    ("words", "file", "wanted"),
    [
        ([], "", False),
        (["--log-json"], "", True),
        (["--config", "{file}"], "log_json = true\n", True),
        (["--config={file}"], "  log_json=true # as a service\n", True),
        (["--config", "{file}"], "log_json = false\n", False),
        (["--config", "{file}"], "# log_json = true\n", False),
        (["--config", "{file}.gone"], "log_json = true\n", False),
        (["--config"], "log_json = true\n", False),
    ],
)
def test_the_form_of_the_log_is_seen_before_settings_are_checked(
    tmp_path: Path, words: list[str], file: str, wanted: bool
) -> None:
    path = tmp_path / "onebook.toml"
    path.write_text(file)
    assert wants_json([word.format(file=path) for word in words]) is wanted


def test_bytes_that_are_no_text_do_not_stop_the_look(tmp_path: Path) -> None:
    path = tmp_path / "onebook.toml"
    path.write_bytes(b"\xff\xfe log_json = true")
    assert wants_json(["--config", str(path)]) is False


def test_a_refusal_is_one_line_as_the_log_is(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    refuse("onebook serve", "no pair was given")
    assert capsys.readouterr().err == "onebook serve: no pair was given\n"
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    try:
        refuse("onebook serve", "no pair was given")
    finally:
        logging.getLogger().removeHandler(handler)
    assert caplog.messages == ["onebook serve: no pair was given"]


def test_a_refused_address_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        OneLineParser(prog="x").parse_args(["--sqll", "postgresql://user:hunter2@host/name"])
    shown = capsys.readouterr().err
    assert "hunter2" not in shown
    assert "--sqll postgresql://***@host/name" in shown
