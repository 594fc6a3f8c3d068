"""The tokens file on disk: reloading, files that are broken, and who may read them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from server.api.token_file import TokenFile
from server.errors import ConfigError

from .token_files import new_token, write

ONE, ONE_TEXT = new_token("one")
TWO, TWO_TEXT = new_token("two")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.toml"
    write(path, [ONE])
    return path


def test_a_changed_file_counts_after_a_reload(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    file = TokenFile(path)
    write(path, [TWO])
    assert file.tokens.find(ONE_TEXT) is not None
    file.reload()
    assert file.tokens.find(ONE_TEXT) is None
    assert file.tokens.find(TWO_TEXT) is not None
    assert caplog.messages == [f"1 tokens were read from {path}: 1 new, 1 gone"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text(""),
        lambda path: path.write_text("[[token]]\nname = "),
        lambda path: path.write_bytes(b"# \xff\n"),
        lambda path: path.write_text(path.read_text().replace("read", "reed")),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.write_bytes(b"#" * (9 << 20)),
    ],
)
def test_a_broken_file_keeps_the_old_tokens(path: Path, damage: Callable[[Path], object]) -> None:
    file = TokenFile(path)
    damage(path)
    for read in (file.reload, lambda: TokenFile(path)):
        with pytest.raises(ConfigError) as caught:
            read()
        assert str(caught.value).startswith(f"tokens {path}")
        assert "\n" not in str(caught.value)
    assert file.tokens.find(ONE_TEXT) is not None


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (0o600, ""),
        (0o640, ""),
        (0o644, "every user of this machine can read it"),
        (0o666, "other users can write it"),
        (0o660, "other users can write it"),
    ],
)
def test_a_file_of_everybody_is_said(path: Path, mode: int, words: str, caplog: pytest.LogCaptureFixture) -> None:
    path.chmod(mode)
    TokenFile(path)
    assert len(caplog.records) == bool(words)
    assert words in caplog.text
