"""One line where nobody can be reached, chosen by what was seen, and one when somebody answers."""

from __future__ import annotations

import pytest

from server.causes import Cause
from server.model import Listing, Pair, Reach
from server.reachability import AGAIN, Reachability

PAIRS = [Pair("BTC", "USDT"), Pair("ETH", "USDT")]


def unreached(venue: str, cause: Cause, detail: str = "it broke") -> list[Listing]:
    return [Listing(venue, pair, Reach.UNREACHABLE, detail=detail, cause=cause) for pair in PAIRS]


def answers(venue: str, reach: Reach = Reach.LISTED) -> list[Listing]:
    return [Listing(venue, pair, reach) for pair in PAIRS]


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_advice_in_one_line(cause: Cause) -> None:
    venues = {name: unreached(name, cause, f"{name} broke") for name in ("a", "b", "c", "d")}
    said = Reachability(lambda venue: [f"--endpoint {venue}=other"]).look(venues, 0.0)
    assert said is not None
    assert said.warning
    assert "\n" not in said.text
    assert said.text.startswith("no exchange can be reached (4 asked): ")
    assert said.text.endswith("; trying again")
    assert len(said.text) > 80 or cause is Cause.OTHER
    assert ("--endpoint a=other" in said.text) is (cause is Cause.TURNED_AWAY)


def test_several_causes_are_counted_and_the_most_frequent_is_first() -> None:
    venues = {name: unreached(name, Cause.NAME) for name in "abc"} | {"d": unreached("d", Cause.TURNED_AWAY)}
    said = Reachability().look(venues, 0.0)
    assert said is not None
    assert said.text.index("3 host names") < said.text.index("1 they refuse this country")


def test_a_proxy_that_is_used_is_named() -> None:
    detail = "h could not be reached through the proxy p:1 (as configured): refused"
    said = Reachability().look({"a": unreached("a", Cause.CLOSED, detail)}, 0.0)
    assert said is not None
    assert "the proxy may be the reason" in said.text
    assert detail in said.text


def test_no_answer_yet_is_silence() -> None:
    said = Reachability().look({"a": answers("a", Reach.UNKNOWN)}, 0.0)
    assert said is not None
    assert "nothing answers in time" in said.text


def test_it_is_said_once_and_again_when_it_changes_or_lasts() -> None:
    reach, down = Reachability(), {"a": unreached("a", Cause.NAME)}
    assert reach.look(down, 0.0)
    assert reach.look(down, 1.0) is None
    assert reach.look(down, AGAIN - 1) is None
    again = reach.look(down, AGAIN)
    assert again is not None
    assert "for 600 s" in again.text
    changed = reach.look({"a": unreached("a", Cause.CLOSED)}, AGAIN + 1)
    assert changed is not None
    assert "refused" in changed.text
    assert reach.none


@pytest.mark.parametrize("answer", [Reach.LISTED, Reach.UNLISTED])
def test_the_first_that_answers_is_told(answer: Reach) -> None:
    reach = Reachability()
    assert reach.look({"a": unreached("a", Cause.NAME), "b": unreached("b", Cause.NAME)}, 10.0)
    said = reach.look({"a": unreached("a", Cause.NAME), "b": answers("b", answer)}, 44.0)
    assert said is not None
    assert not said.warning
    assert said.text == "exchanges can be reached after 34 s: b first"
    assert not reach.none
    assert reach.look({"a": answers("a")}, 45.0) is None


def test_one_that_answers_is_enough() -> None:
    assert Reachability().look({"a": unreached("a", Cause.NAME), "b": answers("b")}, 0.0) is None
    assert Reachability().look({}, 0.0) is None
