"""Targets and options that cannot work are refused before any socket is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from client.settings import ConnectionOptions, Settings, parse_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("host:1", "host:1"),
        ("host", "host:50052"),
        (":7000", "127.0.0.1:7000"),
        ("[::1]:7000", "[::1]:7000"),
        ("[::1]", "[::1]:50052"),
        ("unix:/run/onebook.sock", "unix:/run/onebook.sock"),
        ("dns:///host:1", "dns:///host:1"),
    ],
)
def test_targets(text: str, target: str) -> None:
    assert parse_target(text) == target
    assert Settings(target=text).target == target


@pytest.mark.parametrize("text", ["host:", "host:x", "host:0", "host:70000", "::1", "a b:1", "host:\u0661"])
def test_bad_targets(text: str) -> None:
    with pytest.raises(ValueError, match=r"not HOST:PORT|not a port"):
        parse_target(text)


@pytest.mark.parametrize("name", ["timeout", "idle_timeout", "max_gap"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_times_are_positive(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a positive number"):
        Settings(**{name: value})  # type: ignore[arg-type]


def test_a_token_is_asked_for_at_every_call_and_never_shown() -> None:
    tokens = iter(["a", "b"])
    settings = Settings(token=lambda: next(tokens))
    assert [settings.metadata() for _ in "ab"] == [(("authorization", f"Bearer {token}"),) for token in "ab"]
    assert "secret" not in repr(Settings(token="secret"))
    assert Settings().metadata() == ()


@pytest.mark.parametrize(
    ("options", "exposed"),
    [
        ({"target": "192.0.2.1:1", "token": "a"}, True),
        ({"target": "host", "token": lambda: "a"}, True),
        ({"target": "host"}, False),
        ({"target": "host", "token": "a", "tls": True}, False),
        ({"target": "host", "token": "a", "root_certificates": b"pem"}, False),
        ({"token": "a"}, False),
        ({"target": "[::1]:1", "token": "a"}, False),
        ({"target": "unix:/run/onebook", "token": "a"}, False),
    ],
)
def test_a_token_in_plain_text_is_warned_of(
    options: ConnectionOptions, exposed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert Settings(**options).exposes_token is exposed
    assert ("in plain text" in caplog.text) is exposed


def test_certificates_imply_encryption(tmp_path: Path) -> None:
    assert Settings().credentials() is None
    assert Settings(tls=True).credentials() is not None
    with pytest.raises(FileNotFoundError):
        Settings(root_certificates=tmp_path / "missing.pem").credentials()
