"""The fast lane: which frames it takes, what they change, and that all others change nothing."""

from __future__ import annotations

import random
import threading
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from orderbook_ext import UpdateKind, reference
from orderbook_ext.lane import SEQUENCES
from server.protocol import sequence as rules
from server.protocol.sequence import Verdict, steady_kind
from tests.ext.lanes import CHECKSUM, LEFT, NOW, PROVED, SHAPE, SUSPECT, TAKEN, LaneRig, frame
from tests.volume import examples

RULES: list[Any] = [
    rules.RangeRule, rules.CounterRule, rules.LinkRule, rules.PlainRule, rules.ProvedRule, rules.CountedRule,
    rules.RisingRule, rules.StatelessRule,
]  # fmt: skip


def test_a_frame_in_plain_order_is_taken(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    assert rig.receive(f=101, l=103, t=NOW, b=[["100.5", "2"]], a=[["101", "0"]]) == TAKEN
    assert rig.book.levels() == ([(10050, 2000), (10000, 1000), (9900, 1000)], [(10200, 1000)])
    assert (rig.sequence.position, rig.entry.sequence) == (103, 103)
    assert (rig.entry.exchange_time, rig.entry.receive_time, rig.entry.receive_monotonic) == (NOW * 1_000_000, 5, 7)
    assert (rig.pace.last, rig.changes, rig.frames.taken, rig.frames.left) == (7, 1, 1, 0)
    assert rig.frames.book is rig.lane
    assert rig.lane.owner is rig


def test_a_tap_has_every_message_before_it_is_used(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    seen: list[tuple[bytes, tuple[int, int], int]] = []

    def tap(data: bytes, at: tuple[int, int]) -> None:
        seen.append((data, at, rig.sequence.position))
        if data == b"fails":
            raise OSError("a tap that fails")

    rig.frames.tap = tap
    plain, other = frame(f=101, l=103, t=NOW, b=[["100.5", "2"]]), b"[1, 2]"
    rig.frames.receive(plain, (5, 7))
    rig.frames.receive(other, (6, 8))
    with pytest.raises(OSError, match="a tap that fails"):
        rig.frames.receive(b"fails", (7, 9))
    assert seen == [(plain, (5, 7), 100), (other, (6, 8), 103), (b"fails", (7, 9), 103)]
    rig.frames.tap = None
    rig.frames.receive(b"fails", (8, 10))
    assert len(seen) == 3


def test_logs_have_every_frame_that_the_lane_takes(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    log = impl.UpdateLog(rig.entry, levels=1, capacity=10)
    assert rig.receive(f=101, l=103, t=NOW, b=[["100.5", "2"]]) == TAKEN
    assert rig.receive(f=104, l=104, t=NOW, b=[["100.5", "0"]]) == TAKEN
    updates, lost = log.take()
    assert [(each.kind, each.sequence, each.bids) for each in updates] == [
        (UpdateKind.SHOWN, 0, ((10000, 1000),)),
        (UpdateKind.FRAME, 103, ((10050, 2000),)),
        (UpdateKind.FRAME, 104, ((10000, 1000),)),
    ]
    assert not lost


LEAVE: dict[str, Any] = {
    "gap": {"f": 103, "l": 104},
    "old": {"f": 90, "l": 101},
    "no number": {"f": -1, "l": -1},
    "snapshot": {"k": "snapshot"},
    "another route": {"route": "y"},
    "numbers that no book holds together": {"b": [["0.000000000000000001", "1"], ["900000000000000000", "1"]]},
    "no levels": {"b": None, "a": None},
}


@pytest.mark.parametrize("fields", LEAVE.values(), ids=LEAVE)
def test_what_is_left_changes_nothing(impl: ModuleType, fields: dict[str, Any]) -> None:
    rig = LaneRig(impl)
    rig.receive(f=101, l=101)
    before = rig.state()[:15]
    assert rig.receive(monotonic=99, **{"f": 102, "l": 102, **fields}) == LEFT
    assert (rig.frames.taken, rig.frames.left) == (1, 1)
    assert rig.frames.book is None
    assert rig.state()[:15] == before
    assert rig.receive(f=102, l=102) == TAKEN


def test_a_book_that_is_not_live_or_not_armed_is_left(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    rig.entry.state = SUSPECT
    assert rig.receive(f=101, l=101) == LEFT
    rig.entry.state = 3
    rig.lane.disarm()
    assert not rig.lane.armed
    assert rig.receive(f=101, l=101) == LEFT
    rig.arm()
    assert rig.receive(f=101, l=101) == TAKEN


def test_routes_are_learnt_and_forgotten(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    for number in range(100):
        rig.decoder.scan(frame(f"route {number}"))
        rig.frames.bind(rig.lane)
    assert rig.receive(route="route 7", f=101, l=101) == TAKEN
    assert rig.receive(route="x", f=102, l=102) == TAKEN
    rig.frames.forget()
    assert rig.receive(f=103, l=103) == LEFT
    rig.decoder.scan(b"{}")
    rig.frames.bind(rig.lane)
    assert rig.receive(f=103, l=103) == LEFT, "a message that is no frame has no route"


def test_a_route_may_become_another_books(impl: ModuleType) -> None:
    rig, other = LaneRig(impl), LaneRig(impl)
    rig.decoder.scan(frame())
    rig.frames.bind(other.lane)
    assert rig.receive(f=101, l=101) == TAKEN
    assert (rig.sequence.position, other.sequence.position) == (100, 101)


def test_a_crossed_book_is_its_owners_matter(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    rig.receive(f=101, l=101, t=NOW)
    assert rig.receive(f=102, l=102, b=[["101", "1"]], monotonic=9, received=8) == PROVED
    assert rig.proved == [(8, 9, None)]
    assert not rig.lane.armed
    assert (rig.sequence.position, rig.entry.sequence, rig.entry.receive_time) == (102, 101, 5)
    assert rig.book.crossed()
    assert rig.changes == 1


def test_checksums(impl: ModuleType) -> None:
    rig = LaneRig(impl, "plain", checksum=CHECKSUM)
    rig.book.apply([["100", "5"]], [])
    right = rig.book.checksum(CHECKSUM)
    assert rig.receive(c=right) == TAKEN
    assert rig.receive(c=right - (1 << 32)) == TAKEN, "some write it with a sign"
    assert rig.receive(c=0) == TAKEN, "none"
    assert rig.receive() == TAKEN
    assert rig.entry.checksums_verified == 2
    assert rig.receive(c=right ^ 1, monotonic=11) == PROVED
    assert rig.proved == [(5, 11, False)]
    rig.arm()
    rig.book.apply([["101", "1"]], [])
    assert rig.receive(c=rig.book.checksum(CHECKSUM)) == PROVED
    assert rig.proved[-1] == (5, 7, True)
    assert rig.entry.checksums_verified == 2, "the owner counts it"


def test_whole_frames_replace_the_levels(impl: ModuleType) -> None:
    rig = LaneRig(impl, "stateless", whole_frames=True)
    assert rig.receive(l=101, b=[["50", "1"]], a=[["51", "1"]]) == TAKEN
    assert rig.book.levels() == ([(5000, 1000)], [(5100, 1000)])
    changes = rig.changes
    assert rig.receive(l=101, b=[["1", "1"]], monotonic=20) == TAKEN, "it says the same again"
    assert rig.book.levels() == ([(5000, 1000)], [(5100, 1000)])
    assert (rig.pace.last, rig.changes) == (20, changes)


def test_a_mark_that_stands_is_enough(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    rig.mark.marked = True
    rig.receive(f=101, l=101)
    assert rig.changes == 0
    rig.mark.every = True
    rig.receive(f=102, l=102)
    assert rig.changes == 1
    rig.mark.every = rig.mark.marked = False
    rig.mark()
    rig.receive(f=103, l=103)
    assert rig.changes == 3


def test_any_callable_hears_of_changes(impl: ModuleType) -> None:
    rig, heard = LaneRig(impl), []
    rig.lane.arm(rig.book, rig.entry, rig.sequence, lambda: heard.append(rig.book.version))
    rig.receive(f=101, l=101)
    rig.receive(f=102, l=102)
    assert heard == [2, 3]


def test_awaited_prices_are_seen_in_passing(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    rig.awaited.expect(100, 103)
    rig.receive(f=101, l=101, a=[["101", "0"]])
    assert rig.awaited.waits
    rig.receive(f=102, l=102, a=[["102", "0"], ["103.000", "1"]])
    assert not rig.awaited.waits


def test_counted_messages(impl: ModuleType) -> None:
    rig = LaneRig(impl, "plain", counted=True)
    assert rig.receive(l=101) == TAKEN
    assert rig.receive(l=102) == TAKEN
    before = rig.state()[:15]
    for number in (102, 104, 50):
        assert rig.receive(l=number) == LEFT
    assert rig.state()[:15] == before
    assert rig.numbers is not None
    rig.numbers.last = None
    assert rig.receive(l=110) == TAKEN
    assert rig.numbers.last == 110
    assert rig.receive() == TAKEN, "it has no number"
    assert rig.receive(l=111) == TAKEN


@pytest.mark.parametrize("what", ["owner", "listener"])
def test_what_is_raised_comes_out_and_nothing_stays_locked(impl: ModuleType, what: str) -> None:
    rig = LaneRig(impl)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    if what == "owner":
        rig.prove = fail  # type: ignore[method-assign, assignment]
    else:
        rig.lane.arm(rig.book, rig.entry, rig.sequence, fail)
    with pytest.raises(ZeroDivisionError):
        rig.receive(f=101, l=101, b=[["101", "1"]] if what == "owner" else [])
    assert rig.frames.book is rig.lane
    got: list[bool] = []

    def take() -> None:
        with rig.gate:
            got.append(rig.book.crossed())

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    thread.join(10)
    assert got == [what == "owner"]
    rig.arm()
    rig.frames.receive(b"{}", (1, 1))
    assert rig.frames.book is None


def test_the_owner_is_asked_while_nobody_else_can_read(impl: ModuleType) -> None:
    """The book is hidden before anybody sees it crossed."""
    rig, seen = LaneRig(impl), []
    thread = threading.Thread(target=lambda: rig.gate.__enter__() or seen.append("in") or rig.gate.__exit__())  # type: ignore[func-returns-value]

    def prove(*_: object) -> None:
        thread.start()
        thread.join(0.1)
        seen.append("owner")

    rig.prove = prove  # type: ignore[method-assign, assignment]
    assert rig.receive(f=101, l=101, b=[["101", "1"]]) == PROVED
    thread.join(10)
    assert seen == ["owner", "in"]


def test_a_lane_takes_what_belongs_together(impl: ModuleType) -> None:
    rig = LaneRig(impl)
    with pytest.raises(ValueError, match="another lock"):
        rig.lane.arm(impl.OrderBook(), rig.entry, rig.sequence, rig.mark)
    with pytest.raises(ValueError):
        LaneRig(impl, "unknown")


# -- against the rules, and against the twin


def random_fields(choice: random.Random, rig: LaneRig) -> dict[str, Any]:
    """A frame near the rule's position, which often continues it."""
    position = rig.sequence.position
    last = position + choice.choice([-2, -1, 0, 1, 1, 1, 2, 3])
    fields: dict[str, Any] = {
        "l": last,
        "f": last - choice.choice([-1, 0, 0, 1, 2]),
        "t": position + choice.randint(-1, 3),
    }
    fields["p"] = choice.choice([position, position, position - 1, position + 1])
    for name in list(fields):
        if choice.random() < 0.05 or fields[name] < 0:
            del fields[name]
    apart, near = {"b": (9_000, 10_000), "a": (10_001, 11_000)}, {"b": (9_990, 10_010), "a": (9_990, 10_010)}
    for side, (low, high) in (near if choice.random() < 0.1 else apart).items():
        rows = [
            [f"{choice.randint(low, high) / 100:.2f}", f"{choice.choice([0, 0, choice.randint(1, 999)]) / 1000:.3f}"]
            for _ in range(choice.randint(0, 3))
        ]
        if choice.random() < 0.01:
            rows.append(["0.000000000000000001", "1"])
        fields[side] = rows
    if choice.random() < 0.02:
        fields["k"] = "snapshot"
    return fields


@pytest.mark.parametrize("rule", RULES)
def test_the_lane_takes_what_the_rule_would_apply(impl: ModuleType, rule: Any) -> None:
    """And remembers the same; what it leaves moves nothing."""
    choice = random.Random(str(rule))
    taken = 0
    for _ in range(examples(30, 12)):
        rig, judge = LaneRig(impl, steady_kind(rule())), rule()
        judge.position, judge.other = rig.sequence.position, rig.sequence.other = choice.randint(-1, 3), rule().other
        for _ in range(30):
            fields = random_fields(choice, rig)
            rig.decoder.scan(frame(**fields))
            before = (rig.sequence.position, rig.sequence.other)
            rig.book.clear()
            rig.arm()
            version = rig.book.version
            outcome = rig.receive(**fields)
            changed = rig.book.version != version
            if outcome == LEFT:
                assert (rig.sequence.position, rig.sequence.other) == before
                assert not changed
                judge.check(rig.decoder)
                rig.sequence.position, rig.sequence.other = judge.position, judge.other
            else:
                taken += 1
                assert (judge.check(rig.decoder) is Verdict.APPLY) == changed
                assert (rig.sequence.position, rig.sequence.other) == (judge.position, judge.other)
    assert taken > examples(30, 12) * 3


@pytest.mark.slow
@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("kind", SEQUENCES)
def test_both_lanes_decide_alike(core: ModuleType, kind: str, checked: bool) -> None:
    choice = random.Random(f"{kind} {checked}")
    outcomes: set[str] = set()
    for _ in range(examples(25, 10)):
        options: dict[str, Any] = {"whole_frames": kind == "stateless", "counted": choice.random() < 0.2}
        if checked:
            options["checksum"] = CHECKSUM
        rigs = [LaneRig(impl, kind, **options) for impl in (core, reference)]
        for step in range(40):
            fields = random_fields(choice, rigs[0])
            if checked and choice.random() < 0.7:
                fields["c"] = checksum_after(fields, rigs[0])
            if choice.random() < 0.1:
                ask = choice.choice([101, 100])
                for rig in rigs:
                    rig.awaited.expect(99, ask)
            monotonic = step * choice.choice([1, 10**8, 10**10])
            found = [rig.receive(received=step, monotonic=monotonic, **fields) for rig in rigs]
            outcomes.add(found[0])
            assert found[0] == found[1], fields
            assert rigs[0].state() == rigs[1].state(), fields
            if not rigs[0].lane.armed or choice.random() < 0.05:
                for rig in rigs:
                    rig.book.load([("99", "1")], [("101", "1")])
                    rig.arm()
    assert outcomes == {LEFT, TAKEN, PROVED}


def checksum_after(fields: dict[str, Any], rig: LaneRig) -> int:
    """The right one, if the frame is applied at all."""
    book, scales = reference.OrderBook(2, 3), (-rig.book.price_decimals, -rig.book.size_decimals)
    bids, asks = (
        [[Decimal(number).scaleb(scale) for number, scale in zip(level, scales, strict=True)] for level in side]
        for side in rig.book.levels()
    )
    book.load(bids, asks)
    try:
        book.apply(fields["b"], fields["a"])
    except ValueError:
        return 1
    return book.checksum(CHECKSUM)


def test_only_a_rule_that_says_so_has_a_lane() -> None:
    class Own(rules.RangeRule):
        def check(self, frame: Any) -> Verdict:
            return Verdict.GAP

    assert [steady_kind(rule()) for rule in RULES] == [
        "range", "counter", "link", "plain", "plain", "plain", "rising", "stateless"
    ]  # fmt: skip
    assert steady_kind(Own()) == ""
    assert SHAPE.previous_id
