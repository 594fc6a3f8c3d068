"""The tables of one database, for one writer: connects when there is something to write, and again after a failure."""

from __future__ import annotations

from collections.abc import Sequence

from ..history.day_file import Entry
from ..history.markets import Market
from ..history.schema import Kind
from .address import Address, Dialect
from .connection import Connection
from .errors import RowError, SqlError
from .revision import check_revision
from .rules import without_copies

_COLUMNS = ("venue", "symbol", "base", "quote", "price_exp", "qty_exp")
_INSERT = f"insert into market({', '.join(_COLUMNS)}) values (%s, %s, %s, %s, %s, %s)"
_ADD = {
    Dialect.POSTGRES: f"{_INSERT} on conflict do nothing",
    Dialect.MARIADB: f"{_INSERT} on duplicate key update venue = market.venue",
}
"""Another writer may have added the market meanwhile: it has one number all the same."""


class Database:
    """Writes rows; each batch is on the server's disk, or none of its rows is there."""

    def __init__(self, address: Address, patience: float) -> None:
        """`patience`: seconds that the server has for each answer."""
        self._address, self._patience = address, patience
        self._connection: Connection | None = None
        self._ids: dict[Market, int] = {}

    def write(self, kind: Kind, entries: Sequence[Entry]) -> list[RowError]:
        """Writes rows of one kind; returns why rows were refused, one error per row, and has written all others. Raises
        SqlError if the server cannot be used now: some of the rows may be there."""
        try:
            self._write(kind, entries)
        except RowError as error:
            if len(entries) == 1:
                return [error]
            # One row of them cannot be held. The halves have it in half of the rows, until it stands alone.
            middle = len(entries) // 2
            return self.write(kind, entries[:middle]) + self.write(kind, entries[middle:])
        return []

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _write(self, kind: Kind, entries: Sequence[Entry]) -> None:
        try:
            connection = self._opened()
            ids = connection.bounded(lambda: self._written(connection, kind, entries))
        except RowError:
            assert self._connection is not None
            self._connection.rollback()
            raise
        except SqlError:
            # Whatever was left undone ends with the connection.
            self.close()
            raise
        self._ids = ids

    def _written(self, connection: Connection, kind: Kind, entries: Sequence[Entry]) -> dict[Market, int]:
        """Writes rows, and commits them; the numbers of all markets."""
        ids = self._with_ids(connection, entries)
        connection.insert(kind, without_copies(kind, ((ids[market], *values) for market, values in entries)))
        connection.commit()
        return ids

    def _opened(self) -> Connection:
        if self._connection is None:
            connection = Connection(self._address, self._patience)
            try:
                connection.bounded(lambda: _begin(connection))
            except SqlError:
                connection.close()
                raise
            self._connection, self._ids = connection, {}
        return self._connection

    def _with_ids(self, connection: Connection, entries: Sequence[Entry]) -> dict[Market, int]:
        """The numbers of all markets, these included. They count from the commit on."""
        new = {market for market, _values in entries} - self._ids.keys()
        if not new:
            return self._ids
        ids = dict(self._ids)
        # In one order: two writers that add the same markets must not wait for each other.
        for market in sorted(new):
            ids[market] = self._id(connection, market)
        return ids

    def _id(self, connection: Connection, market: Market) -> int:
        condition = " and ".join(f"{name} = %s" for name in _COLUMNS)
        find = f"select market_id from market where {condition}"
        found = connection.execute(find, market)
        if not found:
            connection.execute(_ADD[self._address.dialect], market)
            found = connection.execute(find, market)
        return int(found[0][0])


def _begin(connection: Connection) -> None:
    check_revision(connection)
    connection.stage()
