"""One pair of three is poisoned, at any input of any venue: the streams of the others are what they are without it.

Every registered venue takes part by itself, through its simulated exchange. Streams are compared message by message.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable

import pytest

from server.venues import VENUES
from simulator import exchange as simulated
from simulator.refusals import Refusal
from tests.isolation.poison import Choice, Path, leaves, poisoned
from tests.isolation.rig import IsolationRig, broken
from tests.volume import examples

SORTS = ("book", "trade", "ticker", "interest")
RUNS = examples(2)
# Wrong values in answers, of all that there are.
VALUES = examples(8)


@functools.cache
def warm_up(name: str) -> int:
    """Steps until everything of the venue runs."""
    return IsolationRig(name).warm_up()


@functools.cache
def clean_run(name: str) -> tuple[IsolationRig, dict[str, list[str]]]:
    """A run without poison, and the frames that the pair that is poisoned elsewhere is sent in it, by sort."""
    rig = IsolationRig(name)
    frames = rig.keep_frames(SORTS)
    rig.run(warm_up(name))
    assert all(rig.live(pair) for pair in (rig.victim, *rig.others))
    assert not broken(rig)
    return rig, frames


def clean(name: str) -> IsolationRig:
    return clean_run(name)[0]


def frames(name: str, sort: str) -> list[str]:
    return clean_run(name)[1][sort]


def play(name: str, prepare: Callable[[IsolationRig], None], *, early: bool = False) -> IsolationRig:
    """A run with poison, in which the others are sent what they are sent without it."""
    rig = IsolationRig(name)
    prepare(rig)
    rig.run(warm_up(name), early=early)
    without = clean(name)
    for pair in rig.others:
        assert rig.messages.get(pair) == without.messages.get(pair), pair
        assert rig.live(pair)
    assert not broken(rig)
    rig.check_levels()
    return rig


def needed(name: str, message: object, path: Path) -> bool:
    """Whether nobody can say whose the message is without it, on a connection that counts messages: its number, and
    whose it is. That it may have been anybody's is then the truth."""
    if not VENUES[name].COUNTED:
        return False
    return path[-1] in ("sequence_num", "product_id") or (isinstance(message, list) and len(path) == 1)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", VENUES)
def test_a_poisoned_field_of_a_frame(name: str, sort: str) -> None:
    found = frames(name, sort)
    if not found:
        pytest.skip(f"{name} has no {sort} frames")
    for seed in range(RUNS):
        doses = Doses(name, Choice(f"{name}/{sort}/{seed}"))
        rig = play(name, lambda rig, doses=doses: rig.poison.update({sort: doses}))  # type: ignore[misc]
        assert rig.struck
        assert doses.given


class Doses:
    """Every second frame is poisoned, each in another way."""

    def __init__(self, name: str, choice: Choice) -> None:
        self.given: list[tuple[Path, str]] = []
        self._name = name
        self._choice = choice
        self._count = 0

    def __call__(self, text: str) -> str:
        self._count += 1
        if self._count % 2 == 0:
            return text
        message = json.loads(text)
        places = [path for path in leaves(message) if not needed(self._name, message, path)]
        (path,), (value,) = self._choice.places(places, 1), self._choice.values(1)
        self.given.append((path, value))
        return poisoned(text, path, value)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", [name for name, venue in VENUES.items() if not venue.COUNTED])
def test_a_frame_that_is_cut(name: str, sort: str) -> None:
    """One frame. Where nothing else shows whose it was, each pair may have lost something: its book is built anew."""
    if not frames(name, sort):
        pytest.skip(f"{name} has no {sort} frames")
    for cut in (lambda text: text[: len(text) // 2], lambda text: b"\xff\xfe" + text[:20].encode()):
        rig = IsolationRig(name)

        def once(text: str, cut: Callable[[str], str | bytes] = cut, rig: IsolationRig = rig) -> str | bytes:
            return cut(text) if rig.struck == 1 else text

        rig.poison[sort] = once
        rig.run(warm_up(name))
        assert rig.struck
        assert not broken(rig)
        without = clean(name)
        for pair in (rig.victim, *rig.others):
            assert rig.live(pair), pair
            assert rig.ours(pair, 10) == rig.truth(pair, 10) or rig.ours(pair, 10) == without.ours(pair, 10)
        rig.check_levels()


@pytest.mark.parametrize("name", VENUES)
def test_a_poisoned_answer(name: str) -> None:
    """Snapshots and audits of one pair: its book waits, or is asked for again."""
    asked = [request for request in clean(name).asked if clean(name).symbol(clean(name).victim) in request.path]
    if not asked:
        pytest.skip(f"{name} starts its books in the stream")
    choice = Choice(f"{name}/answer")
    symbol = clean(name).symbol(clean(name).victim)
    for value in (*choice.values(VALUES), "cut", "error"):

        def poison(request: object, body: bytes, value: str = value) -> bytes:
            if symbol not in str(request):
                return body
            if value == "cut":
                return body[: len(body) // 2]
            if value == "error":
                return b'{"code":-1121,"msg":"Invalid symbol."}'
            text = body.decode()
            return poisoned(text, choice.places([*leaves(json.loads(text))], 1)[0], value).encode()

        def prepare(rig: IsolationRig, poison: Callable[[object, bytes], bytes] = poison) -> None:
            rig.poison_body = poison

        play(name, prepare)


@pytest.mark.parametrize("sort", [None, *SORTS])
@pytest.mark.parametrize("name", VENUES)
def test_a_refused_subscription(name: str, sort: str | None) -> None:
    """The venue refuses what names one pair, alone or the whole request that it stands in."""

    def prepare(rig: IsolationRig) -> None:
        item = rig.exchange.instruments[rig.symbol(rig.victim)]
        rig.refusal = Refusal(rig.exchange, item, sort)

    rig = IsolationRig(name)
    prepare(rig)
    rig.run(warm_up(name))
    without = clean(name)
    assert not broken(rig)
    for pair in rig.others:
        assert rig.live(pair)
        # What was refused together with it is asked for again: it may come a moment later.
        assert rig.ours(pair, 20) == without.ours(pair, 20)
        assert rig.seen(pair)[-5:] == without.seen(pair)[-5:]
    rig.check_levels()


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", VENUES)
def test_a_stream_that_is_accepted_and_never_comes(name: str, sort: str) -> None:
    def prepare(rig: IsolationRig) -> None:
        rig.poison[sort] = lambda _text: None

    if VENUES[name].COUNTED:
        pytest.skip("the wire cannot lose a counted message unseen: tests/faults has a venue that never sends one")
    play(name, prepare)


class Deaf(IsolationRig):
    """Everything that is asked for takes effect at the venue, and for a while nothing of it is heard here."""

    hears = False

    def answers(self, text: str) -> Iterable[str | simulated.Close]:
        found = list(super().answers(text))
        return found if self.hears else []

    def frame(self, publication: simulated.Publication, text: str) -> str | bytes | None:
        return super().frame(publication, text) if self.hears else None


@pytest.mark.parametrize("name", [name for name, venue in VENUES.items() if not venue.COUNTED])
def test_a_subscription_whose_confirmation_was_lost_makes_no_wrong_book(name: str) -> None:
    """It is in force: what comes next is no snapshot, though it is the first that we hear."""
    rig = Deaf(name)
    rig.connect()
    rig.step(75)
    rig.hears = True
    # Where nothing is ever confirmed only the silence tells.
    for _ in range(250 if rig.venue.CONFIRMS else 2500):
        rig.step()
        for pair, sync in rig.syncs.items():
            if sync.live:
                assert rig.ours(pair, 10) == rig.truth(pair, 10), (pair, sync.entry.detail)
        if all(sync.live for sync in rig.syncs.values()):
            break
    assert all(sync.live for sync in rig.syncs.values()), [sync.entry.detail for sync in rig.syncs.values()]
