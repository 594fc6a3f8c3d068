"""Where a port listens, and the words for a port that cannot be had."""

from __future__ import annotations

import errno

import pytest

from server.transport.addresses import addresses, bind_words


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "a.name"])
def test_a_host_is_its_own_address(host: str) -> None:
    assert addresses(host) == [host]


def test_localhost_is_both_loopbacks_where_the_machine_has_both() -> None:
    found = addresses("localhost")
    assert found[0] == "127.0.0.1"
    assert found[1:] in ([], ["::1"])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EADDRINUSE, "Address already in use"), "; is another server running there?"),
        (OSError(errno.EACCES, "Permission denied"), ": Permission denied"),
        (OSError("odd"), ": odd"),
    ],
)
def test_words_for_a_port_that_cannot_be_had(error: OSError, words: str) -> None:
    assert bind_words("::1", 80, error) == f"port 80 on ::1 could not be bound{words}"
