"""Errands: one thread at a time, in step with the recording, and none left behind."""

from __future__ import annotations

import threading

import pytest

from server.replay.errands import KEPT, Errands, PlayedEvent
from server.units import SECOND


class Rig:
    """Errands at a time that the test sets, and what they did."""

    def __init__(self) -> None:
        self.now = 100
        self.errands: Errands[str] = Errands(lambda: self.now)
        self.log: list[str] = []

    def asking(self, name: str, key: str, patience: int = 50) -> None:
        def job() -> None:
            self.log.append(f"{name} asks")
            self.log.append(f"{name} got {self.errands.ask(key, patience)}")

        self.errands.run(name, job)

    def advance(self, now: int) -> None:
        self.now = now
        self.errands.advance()


def test_an_errand_runs_until_it_asks_and_goes_on_with_its_answer() -> None:
    rig = Rig()
    rig.asking("a", "book")
    assert rig.log == ["a asks"]
    rig.errands.answer("other", "x")
    rig.errands.answer("book", "y")
    assert rig.log == ["a asks", "a got y"]


def test_whoever_records_can_see_what_is_asked() -> None:
    rig = Rig()
    assert not rig.errands.asks("book")
    rig.asking("a", "book")
    assert rig.errands.asks("book")
    assert not rig.errands.asks("other")
    rig.errands.answer("book", "y")
    assert not rig.errands.asks("book")


def test_who_asked_first_gets_the_first_answer() -> None:
    rig = Rig()
    for name in "ab":
        rig.asking(name, "book")
    rig.errands.answer("book", "1")
    rig.errands.answer("book", "2")
    assert rig.log == ["a asks", "b asks", "a got 1", "b got 2"]


def test_patience_is_of_the_recordings_time() -> None:
    rig = Rig()
    rig.asking("a", "book", 50)
    rig.asking("b", "book", 20)
    rig.advance(119)
    assert len(rig.log) == 2
    rig.advance(120)
    assert rig.log[2:] == ["b got None"]
    rig.errands.answer("book", "late")
    assert rig.log[3:] == ["a got late"], "who gave up does not take the answer of others"


def test_an_answer_before_its_question_is_kept_for_a_while() -> None:
    rig = Rig()
    rig.errands.answer("book", "early")
    rig.asking("a", "book")
    assert rig.log == ["a asks", "a got early"]
    rig.asking("b", "book")
    assert rig.log[2:] == ["b asks"], "an answer is given once"
    rig.errands.answer("old", "x")
    rig.advance(100 + KEPT + 1)
    rig.asking("c", "old")
    assert rig.log[-1] == "c asks"


def test_an_errand_may_ask_again_and_start_others() -> None:
    rig = Rig()

    def job() -> None:
        rig.log.append(f"first {rig.errands.ask('k', 9)}")
        rig.log.append(f"second {rig.errands.ask('k', 9)}")

    rig.errands.run("job", job)
    rig.errands.answer("k", "1")
    assert rig.log == ["first 1"]
    rig.errands.answer("k", "2")
    assert rig.log == ["first 1", "second 2"]


def test_the_end_lets_all_of_them_end() -> None:
    before = threading.active_count()
    rig = Rig()
    for number in range(5):
        rig.asking(str(number), "book", SECOND)
    event = PlayedEvent(rig.errands)

    def loop() -> None:
        while not event.wait(1.0):
            rig.log.append("turn")

    rig.errands.run("loop", loop)
    rig.errands.stop()
    assert [line for line in rig.log if line.endswith("None")] == [f"{n} got None" for n in range(5)]
    assert "turn" not in rig.log
    rig.asking("late", "book")
    assert rig.log[-1] == "late got None"
    for thread in threading.enumerate():
        if thread.name.isdigit() or thread.name in ("loop", "late"):
            thread.join(5.0)
    assert threading.active_count() <= before


def test_an_event_waits_for_the_recordings_time() -> None:
    rig = Rig()
    event = PlayedEvent(rig.errands)

    def loop() -> None:
        while not event.wait(2.0):
            rig.log.append(f"turn at {rig.now}")
        rig.log.append("end")

    rig.errands.run("loop", loop)
    rig.advance(100 + SECOND)
    rig.advance(100 + 2 * SECOND)
    rig.advance(100 + 3 * SECOND)
    assert rig.log == [f"turn at {100 + 2 * SECOND}"]
    event.set()
    rig.advance(100 + 4 * SECOND)
    assert rig.log[1:] == ["end"]
    assert event.wait(5.0), "an event that is set waits for nobody, on any thread"


def test_a_failing_errand_costs_nobody_else_anything(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()

    def job() -> None:
        raise ZeroDivisionError

    rig.errands.run("broken", job)
    assert "broken failed" in caplog.text
    rig.asking("a", "k")
    rig.errands.answer("k", "1")
    assert rig.log == ["a asks", "a got 1"]


def test_only_errands_may_wait() -> None:
    with pytest.raises(RuntimeError, match="only an errand"):
        Rig().errands.ask("k", 1)
