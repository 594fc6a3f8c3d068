"""What an answer of the venue is about."""

from __future__ import annotations

from server.connection.open_requests import OpenRequests
from server.protocol.stream_request import StreamRequest


def sent(*requests: StreamRequest) -> OpenRequests:
    made = OpenRequests()
    made.wanted(requests)
    for request in requests:
        made.sent(request)
    return made


BOOKS = StreamRequest("+", ("book:a", "book:b"), "1")
TRADES = StreamRequest("+", ("trades:a", "trades:b"), "2")


def test_streams_that_are_named() -> None:
    made = sent(BOOKS, TRADES)
    assert made.answered(("trades:a", "book:a"), "") == ["trades:a", "book:a"]
    assert made.answered((), "") == ["book:b"], "what is left of the oldest"


def test_a_number_that_is_repeated() -> None:
    made = sent(BOOKS, TRADES)
    assert made.answered((), "2") == ["trades:a", "trades:b"]
    assert made.answered((), "2") == []
    assert made.answered((), "7") == [], "an answer to something else"


def test_without_either_answers_come_in_the_order_of_the_requests() -> None:
    made = sent(BOOKS, TRADES)
    assert [made.answered((), "") for _ in range(3)] == [["book:a", "book:b"], ["trades:a", "trades:b"], []]


def test_what_waits_to_be_sent_is_not_answered() -> None:
    made = OpenRequests()
    made.wanted([BOOKS])
    assert made.waits("book:a")
    assert made.answered((), "") == []
    made.sent(BOOKS)
    assert not made.waits("book:a")
    made.forget("book:a")
    assert made.answered((), "1") == ["book:b"]
    made.sent(TRADES)
    made.clear()
    assert made.answered((), "") == []
