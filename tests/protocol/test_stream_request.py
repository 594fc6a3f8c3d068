"""Messages that begin streams: as few as the limits allow, each stream in exactly one of them, within the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.protocol.stream_request import StreamRequest, stream_requests


def write(names: Sequence[str], number: int) -> StreamRequest:
    return StreamRequest(f"{number}:{','.join(names)}", tuple(names), str(number))


def asked(names: Sequence[str], most_names: int = 100, most_bytes: int = 0, first: int = 1) -> list[str]:
    return [request.text for request in stream_requests(write, [names], most_names, most_bytes, first)]


def test_names_are_bounded() -> None:
    assert asked("abcde", most_names=2) == ["1:a,b", "2:c,d", "3:e"]


def test_bytes_are_bounded_and_count_as_utf8() -> None:
    assert asked(["aa", "bb", "cc"], most_bytes=7) == ["1:aa,bb", "2:cc"]
    assert asked(["é", "é", "é"], most_bytes=7) == ["1:é,é", "2:é"]


def test_a_name_that_is_too_long_is_alone() -> None:
    assert asked(["a", "x" * 50, "b"], most_bytes=10) == ["1:a", f"2:{'x' * 50}", "3:b"]


def test_groups_are_not_mixed_and_numbers_go_on() -> None:
    requests = stream_requests(write, [["a", "b"], [], ["c"]], 10, 0, 7)
    assert [(request.number, request.streams) for request in requests] == [("7", ("a", "b")), ("8", ("c",))]


GROUPS = st.lists(st.lists(st.text(alphabet="abé", min_size=1, max_size=12), max_size=30), max_size=4)


@given(GROUPS, st.integers(1, 12), st.integers(0, 60))
def test_every_stream_stands_in_one_message(groups: list[list[str]], most_names: int, most_bytes: int) -> None:
    requests = stream_requests(write, groups, most_names, most_bytes, 1)
    assert [name for request in requests for name in request.streams] == [name for group in groups for name in group]
    assert [request.number for request in requests] == [str(number + 1) for number in range(len(requests))]
    for request in requests:
        assert 1 <= len(request.streams) <= most_names
        assert not most_bytes or len(request.text.encode()) <= most_bytes or len(request.streams) == 1
    if most_bytes:
        for one, other in pairwise(requests):
            both = write([*one.streams, *other.streams[:1]], int(one.number))
            starts_group = any(group[:1] == [other.streams[0]] for group in groups)
            assert starts_group or len(one.streams) == most_names or len(both.text.encode()) > most_bytes
