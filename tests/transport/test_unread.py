"""A client that does not read its answers is not answered further, and costs the others nothing."""

from __future__ import annotations

from server.transport.unread import Unread


def test_a_client_that_reads_nothing_is_refused_and_others_are_not() -> None:
    unread = Unread(total=1_000, per_connection=100)
    unread.add("a", 100)
    assert not unread.admits("a")
    assert unread.admits("b")
    unread.remove("a", 100)
    assert unread.admits("a")
    assert len(unread) == 0


def test_in_need_only_those_are_answered_who_have_read_all() -> None:
    unread = Unread(total=100, per_connection=60)
    unread.add("a", 50)
    unread.add("b", 50)
    assert not unread.admits("a")
    assert not unread.admits("b")
    assert unread.admits("c")
