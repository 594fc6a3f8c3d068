"""The trades that a stream of trades begins with."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from onebook.v1 import types_pb2
from onebook.v1.market_data_pb2 import StreamTradesResponse

from .. import clock
from ..history.arrivals import Arrival, Arrivals
from ..history.day_reader import Source
from ..history.errors import HistoryError
from ..history.rows import TradeRow
from ..model import Pair
from ..publish.past_channel import PastError, PastMessage
from ..units import SECOND
from .history import History
from .past_messages import gap_message, past_header, trade_message

SETTLE_SECONDS = 5.0


class PastTrades:
    """See publish.past_channel.Past."""

    LATE: int = 10 * SECOND
    """Rows of one venue are put by several threads: what was received a little earlier may come a little later."""
    conflates = False

    def __init__(self, history: History, pair: Pair, venues: Sequence[str], start: int, epoch: int) -> None:
        """`start`: time of receipt, nanoseconds UTC."""
        self._history, self._market, self._venues, self._epoch = history, str(pair), venues, epoch
        sources = [Source(venue, pair.base, pair.quote) for venue in venues]
        self._arrivals = Arrivals(history.store.folder, sources, start)

    def begin(self) -> list[bytes]:
        """A heartbeat: the past begins."""
        header = past_header(self._epoch, 0, heartbeat=True)
        trade = types_pb2.Trade(header=header, market=self._market)
        return [StreamTradesResponse(trade=trade).SerializeToString()]

    def read(self, limit: int) -> list[PastMessage]:
        """Trades and gaps in the order of their receipt."""
        try:
            return [self._message(row) for row in self._arrivals.read(limit)]
        except HistoryError as error:
            raise PastError(f"the history cannot be read now: {error.trouble.value}") from error

    def settle(self) -> bool:
        """All that was received before can be read."""
        settled = self._history.settle(SETTLE_SECONDS)
        self._arrivals.rewind(self.LATE)
        return settled

    def unsettled(self) -> list[bytes]:
        """A gap of unknown width per venue."""
        now = clock.time_ns()
        return [
            StreamTradesResponse(
                gap=types_pb2.TradeGap(
                    header=past_header(self._epoch, now), market=self._market, venue=venue, receive_time_nanos=now
                )
            ).SerializeToString()
            for venue in self._venues
        ]

    def key_of(self, payload: bytes) -> Hashable | None:
        """Venue, time and id of a trade; venue and time of a gap."""
        message = StreamTradesResponse.FromString(payload)
        if message.HasField("gap"):
            gap = message.gap
            return _gap_key(gap.venue, gap.receive_time_nanos, gap.before_trade_id)
        trade = message.trade
        if not trade.trade_id:
            return None
        return trade.venue, trade.exchange_time_nanos or trade.receive_time_nanos, trade.trade_id

    def _message(self, row: Arrival) -> PastMessage:
        if isinstance(row, TradeRow):
            trade = trade_message(row, self._market, self._epoch)
            payload = StreamTradesResponse(trade=trade).SerializeToString()
            return PastMessage((row.market.venue, row.time, row.trade_id), row.received, payload)
        gap = gap_message(row, self._market, self._epoch)
        payload = StreamTradesResponse(gap=gap).SerializeToString()
        return PastMessage(_gap_key(row.market.venue, row.received, row.before_id), row.received, payload)


def _gap_key(venue: str, received: int, before_id: str) -> Hashable:
    # Not the trade before the gap: where it is not known, the stream names the last one that it has sent.
    return venue, received, before_id
