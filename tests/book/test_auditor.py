"""When a book is audited, and what follows from an audit."""

from __future__ import annotations

from orderbook_ext import BookLock, BookStatus, OrderBook
from server.book.audit import MILLION
from server.book.auditor import BLIND_EVERY, NEVER, Auditor
from server.units import SECOND
from tests.book.test_audit import book


def audits(auditor: Auditor, *looks: tuple[OrderBook, OrderBook]) -> tuple[BookStatus, list[str]]:
    """The entry, and what each look at our book and the venue's answer said."""
    entry = BookStatus("v", BookLock())
    said = []
    for ours, venue in looks:
        auditor.begin(ours)
        said.append(auditor.judge(ours, venue, entry))
        auditor.end(1)
        assert not auditor.running
    return entry, said


MANY = dict.fromkeys(range(100, 200), 1)


def test_the_auditor_writes_what_it_found_and_condemns_a_bad_book() -> None:
    live = book({}, {**MANY, **dict.fromkeys(range(300, 310), 1)})
    entry, (first, second) = audits(Auditor(10.0, joins=False), *[(live, book({}, MANY))] * 2)
    assert first == ""
    assert "10 extra and 0 missing" in second
    assert (entry.audit.audits, entry.audit.ghost_levels, entry.audit.bid_match) == (1, 10, MILLION)
    entry, (reason,) = audits(Auditor(10.0, joins=True), (live, book({}, MANY)))
    assert "10 extra and 0 missing" in reason


def test_an_answer_that_is_ahead_of_the_stream_condemns_nobody() -> None:
    """Everything at the touch has moved by the time of the answer, and again by the time of the next."""
    moved = [dict.fromkeys(range(start, start + 30), 1) for start in (100, 110, 120)]
    looks = [(book({}, moved[0]), book({}, moved[1])), (book({}, moved[2]), book({}, {**moved[2], 300: 1}))]
    entry, said = audits(Auditor(10.0, joins=False), *looks)
    assert said == ["", ""]
    audit = entry.audit
    assert (audit.audits, audit.ghost_levels, audit.missing_levels, audit.ask_match) == (1, 0, 0, MILLION)


def test_a_second_look_comes_soon_and_a_third_only_in_its_turn() -> None:
    second = 1_000_000_000
    auditor, entry = Auditor(600.0, joins=False), BookStatus("v", BookLock())
    live = book({}, {**MANY, 300: 1})
    for wait, said in ((3, ""), (600, "1 extra and 0 missing")):
        auditor.begin(live)
        assert auditor.take()
        assert not auditor.take()
        found = auditor.judge(live, book({}, MANY), entry)
        assert (said in found) if said else not found, "what differs twice is wrong, however little"
        auditor.end(1000 * second)
        assert not auditor.due((1000 + wait) * second, live_since=0)
        assert auditor.due((1000 + wait) * second + 1, live_since=0)
    assert (entry.audit.audits, entry.audit.ghost_levels) == (1, 1)


def test_a_level_that_has_changed_between_the_looks_is_not_proved_wrong() -> None:
    looks = [(book({}, {**MANY, 300: size}), book({}, MANY)) for size in (1, 2)]
    entry, said = audits(Auditor(10.0, joins=False), *looks)
    assert said == ["", ""]
    assert entry.audit.audits == 1


def test_a_book_that_is_blind_is_audited_more_often() -> None:
    auditor = Auditor(600.0, joins=True)
    auditor.blind = True
    assert auditor.every == BLIND_EVERY * 1_000_000_000
    never = Auditor(0.0, joins=True)
    never.blind = True
    assert never.every == 0


def test_what_was_doubted_is_forgotten_with_the_book() -> None:
    auditor, entry = Auditor(600.0, joins=False), BookStatus("v", BookLock())
    live = book({}, {**MANY, **dict.fromkeys(range(300, 310), 1)})
    for _ in range(3):
        auditor.begin(live)
        assert auditor.judge(live, book({}, MANY), entry) == ""
        auditor.forget()
    assert entry.audit.audits == 0


def test_one_wrong_level_is_enough() -> None:
    many = dict.fromkeys(range(100, 1000), 1)
    live, right = book({}, {**many, 2000: 1}), book({}, many)
    assert "1 extra" in audits(Auditor(10.0, joins=True), (live, right))[1][0]
    first, second = audits(Auditor(10.0, joins=False), (live, right), (live, right))[1]
    assert not first
    assert "1 extra" in second


def test_when_an_audit_is_due() -> None:
    second = 1_000_000_000
    auditor = Auditor(10.0, joins=True)
    assert not auditor.due(20 * second, live_since=17 * second)
    assert auditor.due(20 * second, live_since=14 * second)
    auditor.end(20 * second)
    assert not auditor.due(29 * second, live_since=0)
    assert not Auditor(0.0, joins=True).due(99 * second, live_since=0)


def test_next_due_is_the_last_moment_before_an_audit() -> None:
    for live_since in (0, 40):
        auditor = Auditor(30.0, joins=True)
        auditor.end(20 * SECOND)
        at = auditor.next_due(live_since * SECOND)
        assert not auditor.due(at, live_since * SECOND)
        assert auditor.due(at + 1, live_since * SECOND)
    auditor.running = True
    assert auditor.next_due(0) == NEVER
    assert Auditor(0.0, joins=True).next_due(0) == NEVER
