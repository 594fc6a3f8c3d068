"""A reload that fails keeps what there was, is one line, and costs the others nothing."""

from __future__ import annotations

import pytest

from server.errors import ConfigError
from server.reload import Reloads


def test_nothing_to_reload(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    Reloads().run()
    assert "nothing was configured" in caplog.text


@pytest.mark.parametrize("error", [ConfigError("bad file"), OSError(2, "gone"), ValueError("odd"), KeyError("defect")])
def test_each_is_read_again(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    caplog.set_level("INFO")
    done = []

    def fail() -> None:
        raise error

    reloads = Reloads()
    reloads.add("the first", lambda: done.append("first"))
    reloads.add("the second", fail)
    reloads.add("the third", lambda: done.append("third"))
    reloads.run()
    assert done == ["first", "third"]
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage().startswith("the second could not be read again, the old one stays")
    assert bool(record.exc_info) is isinstance(error, KeyError), "a traceback is for defects"
    assert caplog.text.count("was read again") == 2
