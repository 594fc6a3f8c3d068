"""Answers of a venue's REST service: what a venue file says of them, and the guard around it.

Whatever the bytes of an answer provoke comes out as one documented error, and one bad row takes no other along.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from ..errors import FrameError, ThrottledError, VenueError
from ..model import Instrument, Trade
from .candle_source import Candle, CandleSource, OpenInterest
from .fields import rows_of, text
from .plausible import checked_candle, checked_instrument, checked_interest, checked_trade, shown
from .readings import Readings, described, read_rows
from .rest_request import RestRequest, decode_json
from .terms import Limits, TradeIds

# How venues say that we asked too often, besides by numbers.
ASKED_TOO_OFTEN = re.compile(r"too.?many|rate.?limit|throttl|too.?frequent", re.IGNORECASE)
# Bytes of an answer of status 200 that says no more than that the request was refused.
LONGEST_REFUSAL = 4096


class Answers(ABC):
    """The REST half of a venue's protocol. Methods that take bytes are for callers, the others are for venue files."""

    NAME: ClassVar[str]
    """Name in configuration, quality entries and the registry; the file's name, or begins with it."""
    TITLE: ClassVar[str]
    """Name for people."""
    LIMITS: ClassVar[Limits]
    TRADE_IDS: ClassVar[TradeIds] = TradeIds.RISING
    CANDLES: ClassVar[CandleSource | None] = None
    """Where past candles come from."""
    THROTTLED: ClassVar[tuple[str, ...]] = ()
    """What refusals begin with that mean that we asked too often, where the words do not say it."""

    @property
    def numbered(self) -> bool:
        """Whether trade ids are numbers that rise."""
        return self.TRADE_IDS is not TradeIds.OPAQUE

    # -- the list of pairs -------------------------------------------------------------------------------------------

    @abstractmethod
    def discovery(self) -> RestRequest:
        """The request for the venue's list of pairs."""

    def instruments(self, body: bytes) -> Readings[Instrument]:
        """Reads that list, or a further page of it; rows that cannot be read are left out.

        Raises FrameError, also when no row can be read, and what check_answer() raises.
        """
        answer = self._answer(body)
        with self._guarded("the list of pairs", body):
            return read_rows("the list of pairs", rows_of(self.instrument_rows(answer)), self._instrument)

    def _instrument(self, row: Any) -> Instrument | None:
        item = self.instrument(row)
        return checked_instrument(item) if item is not None else None

    @abstractmethod
    def instrument_rows(self, answer: Any) -> Any:
        """The rows of a decoded list of pairs, a list."""

    @abstractmethod
    def instrument(self, row: Any) -> Instrument | None:
        """What one row lists; None for what is of another kind."""

    def more_instruments(self, body: bytes) -> RestRequest | None:
        """The request for the next page behind this one of the list, if there is one. Raises FrameError."""
        answer = self._answer(body)
        with self._guarded("the list of pairs", body):
            return self.next_page(answer)

    def next_page(self, answer: Any) -> RestRequest | None:  # noqa: ARG002
        """The request for the page behind this decoded one."""
        return None

    # -- the address of the websocket ----------------------------------------------------------------------------------

    def address(self) -> RestRequest | None:
        """The request for the websocket's address, for venues that give out a new one for every connection."""
        return None

    def given_address(self, body: bytes) -> str:
        """The websocket's address from the answer to address(), query included.

        Raises FrameError, and what check_answer() raises.
        """
        answer = self._answer(body)
        with self._guarded("the address of the websocket", body):
            address = text(self.read_address(answer))
            if not address.startswith(("ws://", "wss://")):
                raise ValueError(f"{address!r:.40} is no address of a websocket")
            return address

    def read_address(self, answer: Any) -> str:
        """The address in a decoded answer to address()."""
        raise NotImplementedError

    # -- past trades, candles and open interest ----------------------------------------------------------------------

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002
        """The request for trades behind `since`, or the newest ones; None if the venue cannot answer that."""
        return None

    def read_past_trades(self, instrument: Instrument, body: bytes) -> Readings[Trade]:
        """Reads the answer, in any order; rows that cannot be read are left out.

        Raises FrameError, also when no row can be read, and what check_answer() raises.
        """
        answer = self._answer(body)

        def read(row: Any) -> Trade | None:
            trade = self.past_trade(instrument, row)
            return checked_trade(trade, numbered=self.numbered) if trade is not None else None

        with self._guarded("past trades", body):
            return read_rows("past trades", rows_of(self.trade_rows(answer)), read)

    def trade_rows(self, answer: Any) -> Any:
        """The rows of decoded past trades, a list."""
        return answer

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        """The trade of one of these rows; None for one that does not count."""
        raise NotImplementedError

    def read_candles(self, instrument: Instrument, body: bytes) -> Readings[Candle]:
        """Reads the answer to a request of CANDLES, oldest first; rows that cannot be read are left out.

        Raises FrameError, also when no row can be read, and what check_answer() raises.
        """
        source = self.CANDLES
        if source is None:
            raise FrameError(f"{self.TITLE} has no candles")
        answer = self._answer(body)
        with self._guarded("candles", body):
            candles = read_rows(
                "candles", source.rows_in(answer), lambda row: checked_candle(source.candle(instrument, row))
            )
        candles.sort(key=lambda candle: candle.open_time)
        return candles

    def open_interest(self, instrument: Instrument) -> RestRequest | None:  # noqa: ARG002
        """The request for the open interest of now; None if there is none."""
        return None

    def read_open_interest(self, instrument: Instrument, body: bytes) -> OpenInterest:
        """Reads the answer. Raises FrameError, and what check_answer() raises."""
        answer = self._answer(body)
        with self._guarded("open interest", body):
            return checked_interest(self.interest(instrument, answer))

    def interest(self, instrument: Instrument, answer: Any) -> OpenInterest:
        """The open interest in a decoded answer."""
        raise NotImplementedError

    # -- answers that are errors -------------------------------------------------------------------------------------

    def refusal(self, answer: Any) -> str:  # noqa: ARG002
        """The venue's words if a decoded answer is an error, though its status is 200; empty if it is none."""
        return ""

    def check_answer(self, body: bytes) -> None:
        """Raises ThrottledError if an answer of status 200 says that we asked too often, VenueError if another error.

        Long answers are none: they are not looked at.
        """
        if len(body) <= LONGEST_REFUSAL:
            self._answer(body)

    def _answer(self, body: bytes) -> Any:
        """A decoded answer that is no error."""
        answer = decode_json(body)
        with self._guarded("an answer", body):
            words = shown(self.refusal(answer))
        if words and (ASKED_TOO_OFTEN.search(words) or words.startswith(self.THROTTLED)):
            wait = self.LIMITS.throttled_wait
            raise ThrottledError(f"{self.NAME}: {words} (waiting {wait:.0f} s)", wait)
        if words:
            raise VenueError(f"{self.NAME}: {words}")
        return answer

    @contextmanager
    def _guarded(self, what: str, body: bytes) -> Iterator[None]:
        """Whatever the bytes of an answer provoke in a venue file becomes a FrameError."""
        try:
            yield
        except VenueError:
            raise
        except Exception as error:  # The boundary, as in read().
            raise FrameError(f"{self.NAME}: {what} could not be read: {described(error)} in {body[:120]!r}") from error
