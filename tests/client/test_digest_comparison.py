"""DigestComparison: states of two servers meet at equal sequence numbers, in whatever order they come."""

from __future__ import annotations

import random

from client import digest_comparison
from client.digest_comparison import SHOWN, Difference, DigestComparison


def test_states_meet_whichever_server_is_ahead() -> None:
    found = DigestComparison()
    states = [(server, sequence) for server in (0, 1) for sequence in range(1, 101)]
    random.Random(3).shuffle(states)
    for server, sequence in states:
        found.take(server, "A/B", "v", sequence, sequence * 7, server)
    assert (found.equal, found.different, found.first) == (100, 0, [])


def test_the_first_differences_are_kept_with_their_times() -> None:
    found = DigestComparison()
    for sequence in range(1, SHOWN + 9):
        found.take(1, "A/B", "v", sequence, 2, 20 + sequence)
        found.take(0, "A/B", "v", sequence, 1, 10 + sequence)
    assert found.different == SHOWN + 8
    assert found.first[0] == Difference("A/B", "v", 1, (1, 2), (11, 21))
    assert len(found.first) == SHOWN


def test_what_says_nothing_is_left_out() -> None:
    found = DigestComparison()
    for server in (0, 1):
        found.take(server, "A/B", "v", 5, 0, 1)
        found.take(server, "A/B", "v", 0, 9 + server, 1)
        found.take(server, "A/B", "v", -1, 9 + server, 1)
        found.take(server, "A/B", f"v{server}", 5, 9 + server, 1)
        found.take(server, f"A{server}/B", "v", 5, 9 + server, 1)
    assert (found.equal, found.different) == (0, 0)


def test_a_state_counts_once() -> None:
    found = DigestComparison()
    for server in (0, 1, 0, 1, 1):
        found.take(server, "A/B", "v", 5, 9, 1)
    assert found.equal == 1


def test_only_so_many_states_are_remembered() -> None:
    found = DigestComparison()
    for sequence in range(1, digest_comparison.KEPT + 2):
        found.take(0, "A/B", "v", sequence, 1, 1)
    found.take(1, "A/B", "v", 1, 1, 1)
    found.take(1, "A/B", "v", 2, 1, 1)
    assert found.equal == 1
