"""A text is made once for all readers of one payload."""

from __future__ import annotations

from server.transport.http.newest_texts import KEPT, NewestTexts


def test_a_text_is_made_once_per_payload() -> None:
    made: list[bytes] = []

    def make(payload: bytes) -> bytes:
        made.append(payload)
        return b"<%s>" % payload

    texts = NewestTexts(make)
    first, second = bytes(bytearray(b"one")), bytes(bytearray(b"two"))
    assert [texts.response_json(each) for each in (first, second, first, second)] == [b"<one>", b"<two>"] * 2
    assert made == [b"one", b"two"]


def test_equal_payloads_that_are_not_the_same_are_others() -> None:
    calls = iter((b"a", b"b"))
    texts = NewestTexts(lambda _: next(calls))
    first, second = bytes(bytearray(b"x")), bytes(bytearray(b"x"))
    assert (texts.response_json(first), texts.response_json(second)) == (b"a", b"b")


def test_old_payloads_are_forgotten() -> None:
    made: list[bytes] = []

    def make(payload: bytes) -> bytes:
        made.append(payload)
        return b""

    texts = NewestTexts(make)
    payloads = [str(number).encode() for number in range(KEPT + 1)]
    for payload in [*payloads, payloads[0]]:
        texts.response_json(payload)
    assert made == [*payloads, payloads[0]]
