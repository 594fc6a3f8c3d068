"""Lines of strangers are few, and nobody else's are left out."""

from __future__ import annotations

import logging

from server.log_limits import StrangersLines
from server.logs import about


def record(name: str, text: str, *arguments: object, event: str = "") -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, text, arguments, None)
    vars(made).update(about(event))
    return made


def test_a_line_of_the_library_is_logged_once() -> None:
    lines = StrangersLines()
    assert lines.filter(record("grpc._server", "Invalid encoding on b'a'"))
    assert not any(lines.filter(record("grpc._server", f"Invalid encoding on b'{number}'")) for number in range(1000))
    assert lines.filter(record("grpc._server", "something else")), "another kind"


def test_a_later_line_says_how_many_were_left_out() -> None:
    lines = StrangersLines()
    lines.filter(record("grpc._server", "first"))
    for _ in range(5):
        lines.filter(record("grpc._server", "first"))
    later = record("grpc._server", "%s call failed", "second")
    assert lines.filter(later)
    assert later.getMessage() == "second call failed (5 more lines were left out)"


def test_kinds_that_strangers_make_up_are_bounded() -> None:
    lines = StrangersLines()
    kinds = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(10_000)]
    assert sum(lines.filter(record("grpc._cython.cygrpc", kind)) for kind in kinds) <= 20


def test_refused_commands_are_few_and_other_events_are_all_there() -> None:
    lines = StrangersLines()
    refused = [record("server.api.control", "command %s was refused", n, event="command_refused") for n in range(100)]
    assert sum(map(lines.filter, refused)) == 1
    taken = [record("server.api.control", "command %s", n, event="command") for n in range(100)]
    assert all(map(lines.filter, taken))
