"""How the module of a command is loaded."""

from __future__ import annotations

import gc

import pytest

from cli import load


def test_the_garbage_collector_works_again_once_a_module_is_loaded() -> None:
    before = gc.get_freeze_count()
    assert load("cli.progress").__name__ == "cli.progress"
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before > 0
    with pytest.raises(ModuleNotFoundError):
        load("cli.no_such_module")
    assert gc.isenabled()
