"""Without the package there is one line that says what to install."""

from __future__ import annotations

import sys

import pytest

from server.errors import ConfigError
from server.kafka import packages


def test_what_is_installed_is_enough() -> None:
    packages.require()


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, packages.NEEDED, None)
    with pytest.raises(ConfigError, match=r"confluent_kafka .*pip install 'onebook\[kafka\]'"):
        packages.require()
