"""How faults are written, when they are on, and that their decisions come from the seed."""

from pathlib import Path

import pytest

from simulator.fault_schedule import FaultSchedule
from simulator.faults import Fault, FaultError, load_faults, parse_duration, parse_fault


def test_a_spec_is_read() -> None:
    fault = parse_fault("binance:drop@5s:every=20,for=10s,pair=btc/usdt")
    assert (fault.venue, fault.kind, fault.at, fault.every, fault.duration) == ("binance", "drop", 5.0, 20, 10.0)
    assert fault.pair == "BTC/USDT"
    assert parse_fault("*:request_reconnect").kind == "notice"
    assert parse_fault("x:http:status=451,on=both").on == "both"
    assert parse_fault("x:vanish:distance=7.5,count=3").distance == 7.5
    assert parse_fault("x:vanish").away == 50.0
    assert parse_fault("x:ghost").away == 0.0
    assert parse_fault("x:ghost:distance=20").away == 20.0
    assert parse_fault("x:notice:code=20060").code == 20060


@pytest.mark.parametrize(
    "spec",
    [
        "", "binance", "binance:", ":drop", "binance:explode", "binance:drop@", "binance:drop@soon",
        "binance:drop:every", "binance:drop:every=", "binance:drop:every=x", "binance:drop:every=0",
        "binance:drop:delay=3s", "binance:corrupt:mode=worse", "binance:http:status=200", "binance:http:on=moon",
        "binance:drop:for=-1s", "binance:drop:probability=2", "binance:drop:count=0", "binance:cut:repeat=0s",
        "binance:vanish:distance=-1", "binance:ghost:distance=10000", "binance:ghost:distance=nan",
        "binance:drop:distance=1",
    ],
)  # fmt: skip
def test_a_bad_spec_is_one_clear_line(spec: str) -> None:
    with pytest.raises(FaultError) as caught:
        parse_fault(spec)
    assert "\n" not in str(caught.value)
    assert str(caught.value)


@pytest.mark.parametrize(("text", "seconds"), [("5s", 5.0), ("500ms", 0.5), ("2m", 120.0), ("1.5", 1.5), ("1h", 3600)])
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    first = '[[fault]]\nvenue = "binance"\nkind = "silence"\nat = "2s"\nfor = 3\n'
    path.write_text(first + '[[fault]]\nvenue = "*"\nkind = "cut"\n')
    silence, cut = load_faults(str(path))
    assert (silence.at, silence.duration, cut.kind) == (2.0, 3.0, "cut")


@pytest.mark.parametrize("text", ["fault = 3", "[[fault]]\nkind='cut'", "[[fault", "[[fault]]\nvenue='x'\nkind='y'"])
def test_a_bad_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text)
    with pytest.raises(FaultError):
        load_faults(str(path))
    with pytest.raises(FaultError, match="cannot read"):
        load_faults(str(tmp_path / "absent.toml"))


def test_windows_open_and_close_and_repeat() -> None:
    schedule = FaultSchedule("binance", 1)
    schedule.schedule(Fault("binance", "silence", at=2, duration=3, repeat=10), 0)
    schedule.schedule(Fault("bitstamp", "silence", at=0), 0)
    on = []
    for now in range(20):
        schedule.advance(now, 0)
        on.append(schedule.find("silence") is not None)
    assert [now for now, active in enumerate(on) if active] == [2, 3, 4, 12, 13, 14]


def test_frames_are_counted_per_stream() -> None:
    schedule = FaultSchedule("binance", 1)
    schedule.schedule(Fault("binance", "drop", every=3), 0)
    schedule.advance(0, 0)
    item = schedule.active[0]
    assert [schedule.hits(item, "a", "") for _ in range(6)] == [False, False, True] * 2
    assert [schedule.hits(item, "b", "") for _ in range(3)] == [False, False, True]


def test_without_limits_one_frame_is_hit() -> None:
    schedule = FaultSchedule("binance", 1)
    schedule.schedule(Fault("binance", "drop"), 0)
    schedule.advance(0, 0)
    item = schedule.active[0]
    assert [schedule.hits(item, "a", "") for _ in range(4)] == [True, False, False, False]
    schedule.advance(1, 0)
    assert schedule.active == []


def test_chance_comes_from_the_seed() -> None:
    def draw(seed: int) -> list[bool]:
        schedule = FaultSchedule("binance", seed)
        schedule.schedule(Fault("binance", "drop", probability=0.3), 0)
        schedule.advance(0, 0)
        return [schedule.hits(schedule.active[0], "a", "") for _ in range(100)]

    assert draw(5) == draw(5)
    assert draw(5) != draw(6)
    assert 10 < sum(draw(5)) < 60


def test_pair_and_stream_narrow_a_fault() -> None:
    schedule = FaultSchedule("binance", 1)
    schedule.schedule(Fault("binance", "drop", pair="BTC/USDT", stream="depth", duration=9), 0)
    schedule.advance(0, 0)
    item = schedule.active[0]
    assert not schedule.hits(item, "ethusdt@depth", "ETH/USDT")
    assert not schedule.hits(item, "btcusdt@trade", "BTC/USDT")
    assert schedule.hits(item, "btcusdt@depth", "BTC/USDT")
