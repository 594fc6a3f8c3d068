"""When slow streams are due: exchanges send some frames per second, the market moves in steps."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .generator import Tick
from .trade_history import MINUTE_MS, Candle


def due(step: int, steps_a_second: int, period_ms: int) -> bool:
    """True at the step (counted from 1) with which a period ends; every step when a period is shorter than one."""
    unit = steps_a_second * period_ms
    return step * 1000 // unit != (step - 1) * 1000 // unit


@dataclass
class Gathered:
    """The changes of one market since a slow stream last spoke: `first` to `last`, None when there are none."""

    first: int | None = None
    last: int = 0
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    def take(self, tick: Tick) -> None:
        """Add one step."""
        if tick.last >= tick.first:
            self.first = tick.first if self.first is None else self.first
            self.last = tick.last
        self.bids.update(tick.bids)
        self.asks.update(tick.asks)


class Gatherer:
    """Gathers the changes of every market for one pace."""

    def __init__(self) -> None:
        self._open: dict[str, Gathered] = {}

    def take(self, tick: Tick) -> None:
        """Add one step of a market."""
        self._open.setdefault(tick.market.instrument.symbol, Gathered()).take(tick)

    def give(self, symbol: str) -> Gathered | None:
        """What has gathered for a market, None when nothing changed; gathering starts anew."""
        gathered = self._open.pop(symbol, None)
        return gathered if gathered is not None and gathered.first is not None else None


class CandlePace:
    """When candle streams speak: the running candle every `period_ms`, and once the one that has closed."""

    def __init__(self, steps_a_second: int, period_ms: int) -> None:
        self._steps_a_second = steps_a_second
        self._period_ms = period_ms
        self._announced_ms: dict[str, int] = {}

    def rows(self, tick: Tick, step: int) -> Callable[..., list[tuple[Candle, bool]]]:
        """For this step: a function from an interval in ms to the candles to send, each with whether it is closed."""
        symbol, now_ms = tick.market.instrument.symbol, tick.time_us // 1000
        before_ms, self._announced_ms[symbol] = self._announced_ms.get(symbol, now_ms), now_ms
        paced = due(step, self._steps_a_second, self._period_ms)

        def of_interval(length_ms: int, offset_ms: int = 0) -> list[tuple[Candle, bool]]:
            # Longer intervals turn with a minute.
            unit = min(length_ms, MINUTE_MS)
            turned = before_ms // unit != now_ms // unit
            if not turned and not paced:
                return []
            candles = tick.market.history.candles(length_ms, tick.time_us, offset_ms)
            if turned and len(candles) > 1 and candles[-1].start_ms == now_ms // unit * unit:
                return [(candles[-2], True), (candles[-1], False)]
            return [(candles[-1], False)]

        return of_interval
