"""Sessions begin, end, and are bounded."""

from __future__ import annotations

from server.api.sessions import LIFETIME, MOST, MOST_OF_TOKEN, Sessions


def test_an_id_stands_for_a_token_until_it_is_ended() -> None:
    sessions = Sessions()
    one, other = sessions.begin("a"), sessions.begin("b")
    assert one != other
    assert (sessions.token_id(one), sessions.token_id(other)) == ("a", "b")
    sessions.end(one)
    sessions.end("no such session")
    assert (sessions.token_id(one), sessions.token_id(other)) == (None, "b")


def test_a_session_has_a_lifetime() -> None:
    now = 100.0
    sessions = Sessions(lambda: now)
    session = sessions.begin("a")
    now += LIFETIME - 1
    assert sessions.token_id(session) == "a"
    now += 1
    assert sessions.token_id(session) is None
    assert len(sessions) == 0


def test_a_token_ends_only_its_own_sessions() -> None:
    sessions = Sessions()
    others = sessions.begin("other")
    made = [sessions.begin("a") for _ in range(MOST_OF_TOKEN + 1)]
    assert sessions.token_id(made[0]) is None
    assert all(sessions.token_id(each) == "a" for each in made[1:])
    assert sessions.token_id(others) == "other"


def test_the_oldest_session_ends_for_a_new_one() -> None:
    sessions = Sessions()
    made = [sessions.begin(f"token {number}") for number in range(MOST + 1)]
    assert len(sessions) == MOST
    assert sessions.token_id(made[0]) is None
    assert sessions.token_id(made[-1]) == f"token {MOST}"
