"""`onebook record --kafka`: writes the history out of the topics, as a member of a consumer group."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import config_readers as readers
from ..config_kafka import KAFKA_READERS, PASSWORD_VARIABLE, kafka_settings
from ..config_readers import LOG_LEVELS
from ..config_source import Origins, read_file
from ..errors import ConfigError, OnebookError
from ..history.errors import HistoryError
from ..history.retention import Retention
from ..history.writer import HistoryWriter, Settings
from ..history_source.row_drain import RowWriter
from ..history_source.server_history import SPILL
from ..kafka import packages
from ..kafka.settings import KafkaSettings
from ..logs import about, catch_everything, configure
from ..options import empty_parser, refuse, wants_json
from ..signals import signals
from ..sql.errors import SqlError
from ..sql.sql_writer import SqlWriter

log = logging.getLogger(__name__)

GROUP = "onebook-history"
STATUS_EVERY = 60.0
"""Seconds between two lines of status."""
STOPPED, FAILED, WRONG = 0, 1, 2
"""Exit status: an orderly stop; rows could not be written at the end; bad input."""
_EPILOG = f"""\
Recorders of one --group share the markets: start this command on as many
machines as the markets need. Offsets are committed when the rows are on a disk.
Rows that are read again after a crash are in the store once. Each recorder has a
folder of its own, which has the markets that it had; with --sql all of them write
into one database. Neither is to be the folder or the database of a server.

Settings that are not given are read from --config, which may be the file of a
server: kafka, kafka_prefix, kafka_topics, kafka_properties, history, sql,
history_days, history_gb, record_group, log_level, log_json. A password for the brokers is taken
from the environment variable {PASSWORD_VARIABLE}.

examples:
  onebook record --kafka broker1:9092,broker2:9092 --history /var/lib/onebook
  onebook record --kafka broker1:9092 --config recorder.toml --group history-2

exit status: 0 stopped, 1 rows were not written at the end, 2 bad input
"""
_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    **{key: KAFKA_READERS[key] for key in ("kafka", "kafka_prefix", "kafka_topics", "kafka_properties")},
    "history": readers.path,
    "sql": readers.text,
    "history_days": readers.whole(0, 100_000),
    "history_gb": readers.kept,
    "log_level": readers.log_level,
    "log_json": readers.flag,
    "record_group": readers.text,
}


_FLAGS = {"kafka_topics": "--topics", "kafka_prefix": "--prefix", "record_group": "--group"}
"""Flags that are not called as their settings are."""


def parser(prog: str) -> argparse.ArgumentParser:
    """The options."""
    options = empty_parser(
        prog, "Writes trades, candles, books, prices and states of the topics of Kafka into a history.", _EPILOG
    )
    options.add_argument("--kafka", nargs="?", const="", metavar="HOST:PORT,...", help="addresses of brokers")
    options.add_argument("--history", metavar="DIR", help="folder of the history (docs/history.md)")
    options.add_argument("--sql", metavar="URL", help="write the rows into this database too (docs/sql.md)")
    options.add_argument("--group", dest="record_group", metavar="NAME", help=f"consumer group (default: {GROUP})")
    options.add_argument(
        "--topics", dest="kafka_topics", type=lambda text: text.split(","), metavar="A,B",
        help="kinds of records: trade, candle, book, stat, quality, ref (default: all)",
    )  # fmt: skip
    options.add_argument("--prefix", dest="kafka_prefix", metavar="TEXT", help="before the name of every topic")
    options.add_argument("--history-days", type=int, metavar="N", help="keep so many days before today (default: all)")
    options.add_argument("--history-gb", type=float, metavar="GB", help="remove the oldest days above this size")
    options.add_argument("--config", metavar="FILE", help="TOML file with settings; flags override the file")
    options.add_argument("--log-level", metavar="LEVEL", help=f"{', '.join(LOG_LEVELS)} (default: info)")
    options.add_argument("--log-json", action="store_true", help="log lines as JSON")
    return options


def main(argv: Sequence[str] | None = None, prog: str = "onebook record") -> int:
    """Writes until a signal; the exit status."""
    signals.install()
    signals.attended()
    configure("info", wants_json(argv))
    catch_everything()
    try:
        given = settings_of(vars(parser(prog).parse_args(argv)))
        configure(given.get("log_level", "info"), given.get("log_json", False))
        packages.require()
        writers = writers_of(given)
    except OnebookError as error:
        refuse(prog, str(error))
        return WRONG
    try:
        return record(given, writers, signals.is_set)
    except ConfigError as error:
        refuse(prog, str(error))
        return WRONG


def settings_of(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The checked settings of flags and file, by name. Raises ConfigError."""
    in_file, origins = read_file(Path(flags["config"])) if "config" in flags else ({}, Origins())
    by_flag = {key: value for key, value in flags.items() if key in _READERS}
    for key in by_flag:
        origins.flag((key,), _FLAGS.get(key, f"--{key.replace('_', '-')}"))
    made = {}
    for key, value in {**in_file, **by_flag}.items():
        if key in _READERS:
            made[key] = _read(key, value, origins)
    for key in ("kafka", "history"):
        if not made.get(key):
            raise ConfigError(f"{key} is missing: give --{key}, or {key} in the file of --config", (key,))
    return made


def _read(key: str, value: Any, origins: Origins) -> Any:
    try:
        return _READERS[key](key, value)
    except ConfigError as error:
        raise origins.named(ConfigError(str(error), (key, *error.at), error.key)) from None


def writers_of(given: Mapping[str, Any]) -> list[RowWriter]:
    """What writes the rows: the folder, and the database where there is one. Raises ConfigError."""
    folder = Path(given["history"]).absolute()
    retention = Retention(given.get("history_days", 0), given.get("history_gb", 0.0))
    try:
        made: list[RowWriter] = [HistoryWriter(folder, Settings(retention=retention))]
    except HistoryError as error:
        raise ConfigError(f"history: {error}", ("history",)) from error
    if given.get("sql"):
        try:
            made.append(SqlWriter(given["sql"], folder / SPILL))
        except SqlError as error:
            made[0].close()
            raise ConfigError(f"sql: {error}", ("sql",)) from error
    return made


def record(given: Mapping[str, Any], writers: Sequence[RowWriter], stop: Callable[[], bool]) -> int:
    """Records until `stop`; the exit status. Raises ConfigError: librdkafka does not take the settings."""
    from .group_member import GroupMember

    settings = brokers_of(given)
    group = given.get("record_group", GROUP)
    member = GroupMember(settings, group, writers)
    words = "records of Kafka at %s are written into %s, as a member of the group %s"
    log.info(words, settings.bootstrap, given["history"], group, extra=about("recorder_started"))
    said = time.monotonic()
    while not stop():
        member.turn()
        if time.monotonic() - said >= STATUS_EVERY:
            said = time.monotonic()
            parts = ", ".join(f"{count:,} of {kind}" for kind, count in sorted(member.written.items())) or "none yet"
            words = "records written: %s; %d left out; %d partitions"
            log.info(words, parts, member.left_out.total(), len(member.partitions), extra=about("recorder_status"))
    log.info("stopping", extra=about("stopping"))
    member.close()
    return ended(writers)


def ended(writers: Sequence[RowWriter]) -> int:
    """Closes the writers; FAILED where rows are lost by that: they are not committed, and come again."""
    return max([_end(writer) for writer in writers])


def _end(writer: RowWriter) -> int:
    try:
        writer.close()
    except OnebookError as error:
        log.error("rows were not written: %s; their records come again", error, extra=about("recorder_lost"))
        return FAILED
    return STOPPED


def brokers_of(given: Mapping[str, Any]) -> KafkaSettings:
    """The settings of Kafka. Raises ConfigError."""
    made = kafka_settings({key: value for key, value in given.items() if key.startswith("kafka")})
    assert made is not None
    return made
