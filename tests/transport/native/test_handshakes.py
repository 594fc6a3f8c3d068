"""Handshakes that fail: one clear line, however many there are."""

from __future__ import annotations

import pytest

from server.transport.native.handshakes import Handshakes


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("http request", "a client spoke without TLS to the TLS port"),
        ("wrong version number", "a client spoke without TLS to the TLS port"),
        ("peer did not return a certificate", "peer did not return a certificate"),
    ],
)
def test_a_reason_becomes_a_sentence(caplog: pytest.LogCaptureFixture, reason: str, words: str) -> None:
    Handshakes().say(reason)
    (record,) = caplog.records
    assert words in record.getMessage()
    assert record.event == "tls_handshake_failed"  # type: ignore[attr-defined]


def test_many_of_them_are_one_line_and_who_only_goes_is_none(caplog: pytest.LogCaptureFixture) -> None:
    handshakes = Handshakes()
    for _ in range(1000):
        handshakes.say("http request")
        handshakes.say("")
    assert len(caplog.records) == 1
