"""`onebook check-config`: its output is the configuration, and its errors are all errors, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomllib
from hypothesis import given, settings
from hypothesis import strategies as st

from server.check_config import main, toml
from server.config import Config, build
from server.options import read
from server.venues import DEFAULT_VENUES, VENUES

KNOWN = sorted(name for name in VENUES if VENUES[name].ENDPOINTS)
PAIRS = st.sampled_from(["BTC/USDT", "ETH/USDT", "eth/btc", "AAPLx/USD"])
SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "use_venues": st.lists(st.sampled_from(KNOWN), min_size=1, max_size=3, unique=True),
    "levels": st.integers(1, 1000),
    "dust": st.sampled_from(["0", "0.001", 0.5, 3]),
    "host": st.sampled_from(["127.0.0.1", "::1", "0.0.0.0", "a.name"]),
    "port": st.integers(0, 65535),
    "heartbeat": st.sampled_from([1, 0.5, 7.25]),
    "control": st.booleans(),
    "channelz": st.booleans(),
    "shm": st.sampled_from(["bot-1"]),
    "log_level": st.sampled_from(["debug", "INFO"]),
    "candles": st.lists(st.sampled_from(["1s", "60s", "1mo", "4h"]), min_size=1, max_size=3),
    "averages": st.lists(st.sampled_from([30, 0.5, 60]), min_size=1, max_size=3),
    "candle_price_tolerance": st.sampled_from([0.001, "0.01"]),
}
VENUE_SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "ws": st.sampled_from(["ws://127.0.0.1:1", "wss://h/path"]),
    "rest": st.sampled_from(["http://127.0.0.1:1", "https://h/path"]),
    "audit": st.sampled_from([0, 15, 0.5]),
    "checks": st.booleans(),
    "taker_fee": st.sampled_from(["0.001", -0.0001, 0]),
    "taker_fees": st.dictionaries(st.sampled_from(["vip1", "a b"]), st.sampled_from(["0.0009", 0.002]), max_size=2),
    "proxy": st.sampled_from(["http://p:1", "socks5://p:2"]),
}


def table(shape: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=shape)


FILES = st.tuples(st.lists(PAIRS, min_size=1, max_size=2, unique=True), table(SETTINGS),
                  st.dictionaries(st.sampled_from(KNOWN), table(VENUE_SETTINGS), max_size=2))  # fmt: skip


def document(pairs: list[str], values: dict[str, Any], venues: dict[str, dict[str, Any]]) -> str:
    lines = [f"pairs = {toml(pairs)}", *(f"{key} = {toml(value)}" for key, value in values.items())]
    for name, each in venues.items():
        lines += [f"[venues.{name}]", *(f"{key} = {toml(value)}" for key, value in each.items())]
    return "\n".join(lines)


def effective(config: Config) -> Any:
    """What a configuration does, whatever it was made of."""
    venues = {}
    for name in config.venues:
        given, venue = config.of(name), VENUES[name]
        at = given.addresses(venue)
        fees = config.analytics.taker_fees.get(name, 0)
        venues[name] = (at, given.book or venue.BOOK_MODES[0], given.audit, given.checks, given.proxy, fees)
    computed = config.analytics
    return (
        config.pairs, venues, config.levels, config.dust, config.host, config.port, config.heartbeat, config.channelz,
        config.takes_commands, config.log_level, computed.intervals, computed.windows, computed.price_tolerance,
    )  # fmt: skip


@pytest.mark.slow
@given(file=FILES)
@settings(max_examples=60, deadline=None)
def test_the_output_is_the_same_configuration(tmp_path_factory: pytest.TempPathFactory, file: Any) -> None:
    folder = tmp_path_factory.mktemp("config")
    path = folder / "onebook.toml"
    path.write_text(document(*file), encoding="utf-8")
    flags = ["--config", str(path)]
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr("builtins.print", lambda text, **_: written.append(text))
        assert main(flags) == 0
    again = tomllib.loads("\n".join(written))
    assert effective(build(again)) == effective(read(flags, "x"))


BAD: dict[str, list[str]] = {
    "levels": ["0", "'ten'", "[1]", "true"],
    "port": ["70000", "{}", "1.5"],
    "dust": ["'much'", "-1", "nan"],
    "host": ["3", "''"],
    "candles": ["['1m', '7x']", "'1m'", "[]"],
    "averages": ["[30, 99999]", "[[]]", "[true]"],
    "pears": ["1"],
    "control": ["'yes'"],
    "tls_cert": ["'only.pem'"],
}
BAD_OF_VENUE: dict[str, list[str]] = {
    "audit": ["-1", "true", "nan", "inf"],
    "ws": ["'http://x'", "3", "'ws://:x'"],
    "book": ["'whole'"],
    "taker_fees": ["{ vip1 = 3 }", "4"],
    "wss": ["'x'"],
    "endpoint": ["'nowhere'"],
}


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(sorted(BAD)), unique=True), st.lists(st.sampled_from(sorted(BAD_OF_VENUE)), unique=True),
    st.data(),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_every_error_is_told_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], of_venue: list[str], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("config") / "bad.toml"
    lines, wrong = ["# a file", "pairs = ['BTC/USDT']"], []
    for key in keys:
        lines += [""] * data.draw(st.integers(0, 2)) + [f"{key} = {data.draw(st.sampled_from(BAD[key]))}"]
        wrong.append(len(lines))
    lines.append("[venues.kraken]")
    for key in of_venue:
        lines.append(f"{key} = {data.draw(st.sampled_from(BAD_OF_VENUE[key]))}")
        wrong.append(len(lines))
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        told: list[str] = []
        patch.setattr("builtins.print", lambda text, **_: told.append(text))
        assert main(["--config", str(path)]) == (2 if wrong else 0)
    if wrong:
        assert all(line.startswith(f"onebook check-config: {path}:") for line in told)
        assert [int(line.split(f"{path}:")[1].split(":")[0]) for line in told] == wrong


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("pairs = [", "1:10", "Invalid value"),
        ("pairs = []\n\nport = = 3", "3:8", "Invalid value"),
        ("a = 1\na = 2", "2:6", "Cannot overwrite a value"),
        ("[venues.x]\n[venues.x]", "2:10", "Cannot declare"),
        ("pairs = ['BTC/USDT']\nx = 'a\nb'", "2:7", ""),
    ],
)
def test_broken_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, place: str, words: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    assert main(["--config", str(path)]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith(f"onebook check-config: {path}:{place}: {words}"), told.err


def test_text_that_is_not_utf_8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(b"pairs = []\n# caf\xe9\n")
    assert main(["--config", str(path)]) == 2
    assert f"{path}:2:6: not UTF-8 text" in capsys.readouterr().err


def test_errors_of_flags_name_the_flag_and_join_those_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "onebook.toml"
    path.write_text("use_venues = ['nobody']\nport = 'x'")
    assert main(["--config", str(path), "--levels", "0", "--endpoint", "x", "--base", "BTC"]) == 2
    told = capsys.readouterr().err.replace("onebook check-config: ", "").splitlines()
    places = [line.split(" ")[0] for line in told]
    assert places == ["--levels:", f"{path}:1:15:", f"{path}:2:8:", "--base", "--endpoint"]


def test_origins(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "onebook.toml"
    path.write_text(
        "pairs = ['BTC/USDT']\nuse_venues = ['kraken', 'okx']\n[venues.kraken]\nproxy = 'http://me:secret@p:1'\n"
    )
    monkeypatch.setenv("https_proxy", "http://you:hidden@q:2")
    monkeypatch.setenv("ONEBOOK_PURE", "1")
    assert main(["--config", str(path), "--port", "1", "--no-control", "--endpoint", "okx=ws://a:1,https://b:2"]) == 0
    out = capsys.readouterr().out
    assert "secret" not in out
    assert "hidden" not in out
    found = {line.split("  # ")[0].strip(): line.split("  # ")[-1] for line in out.splitlines()}
    assert found['pairs = ["BTC/USDT"]'] == f"{path}:1"
    assert found["levels = 10"] == "default"
    assert found["port = 1"] == "flag --port"
    assert found["control = false"] == "flag --no-control"
    assert found['proxy = "http://***@p:1"'] == f"{path}:4"
    assert found['proxy = "http://***@q:2"'] == "environment https_proxy"
    assert found['ws = "ws://a:1"'] == "flag --endpoint"
    assert found["# ONEBOOK_PURE=1"].startswith("environment")


def test_files_of_certificates_are_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--pair", "BTC/USDT", "--tls-cert", str(tmp_path / "c.pem"), "--tls-key", str(tmp_path / "k.pem")]
    assert main(flags) == 2
    assert f"--tls-cert: TLS file {tmp_path / 'c.pem'}: No such file" in capsys.readouterr().err


def test_no_pair_and_every_default_venue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("onebook check-config: no pair was given")
    assert main(["--pair", "BTC/USDT"]) == 0
    assert capsys.readouterr().out.count("[venues.") == len(DEFAULT_VENUES)


def test_a_venue_that_is_gone_is_found_where_it_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = next(name for name in VENUES if not VENUES[name].ENDPOINTS)
    path = tmp_path / "onebook.toml"
    path.write_text(f"pairs = ['BTC/USDT']\nuse_venues = ['kraken', '{gone}']\n")
    assert main(["--config", str(path)]) == 2
    assert f"{path}:2:25: {VENUES[gone].TITLE} is gone" in capsys.readouterr().err
    path.write_text(f"pairs = ['BTC/USDT']\n[venues.{gone}]\nenabled = true\n")
    assert main(["--config", str(path)]) == 2
    assert f"{path}:2:9: {VENUES[gone].TITLE} is gone" in capsys.readouterr().err
