"""What is missing is said in one line, with the command that installs it."""

from __future__ import annotations

import pytest

from server.errors import ConfigError
from server.transport.http import http_packages


def test_what_is_installed_here_is_enough() -> None:
    http_packages.require()


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_packages, "NEEDED", ("json", "no_such_package_here"))
    with pytest.raises(ConfigError) as caught:
        http_packages.require()
    words = str(caught.value)
    assert "no_such_package_here" in words
    assert "json" not in words
    assert "pip install 'onebook[http]'" in words
    assert "\n" not in words
