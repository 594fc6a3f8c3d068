"""`onebook consume`: prints the records of a topic of Kafka, one per line."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..config_kafka import PASSWORD_VARIABLE, bootstrap, properties
from ..config_readers import whole
from ..errors import ConfigError
from ..options import OneLineParser
from ..printable import printable
from . import packages

if TYPE_CHECKING:
    from confluent_kafka import Consumer

DONE, FAILED, WRONG = 0, 1, 2
"""Exit status: done; the brokers or the topic cannot be read now; bad input."""
ASK = 10.0
"""Seconds for which an answer of the brokers is waited for."""
POLL = 0.2
_EPILOG = f"""\
Records of onebook are lines of JSON, in the shape of `onebook watch --json`;
records of text are TOPIC -> VALUE. Without --group all records are printed that
the topic has, and then those that come. With it, printing goes on where the
last run of this group ended. A password for the brokers is taken from the
environment variable {PASSWORD_VARIABLE}.

examples:
  onebook consume --kafka localhost:9092 --topic md.trade.v1
  onebook consume --topic ETH-USD --group my-group-1
  onebook consume --topic md.book.v1 --latest --count 1 | jq .market

exit status: 0 done, 1 the brokers or the topic cannot be read, 2 bad input
"""


def parser(prog: str) -> OneLineParser:
    """The options."""
    options = OneLineParser(
        prog=prog,
        description="Print the records of a topic of Kafka (docs/kafka.md).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument(
        "--kafka", metavar="HOST:PORT,...", default="localhost:9092", help="addresses of brokers (default: %(default)s)"
    )
    options.add_argument("--topic", metavar="NAME", default="BTC-USD", help="(default: %(default)s)")
    options.add_argument("--group", metavar="NAME", default="", help="consumer group (default: none)")
    options.add_argument("--latest", action="store_true", help="only records that come from now on")
    options.add_argument("--count", type=int, metavar="N", help="end after N records")
    options.add_argument(
        "--property", action="append", default=[], metavar="NAME=VALUE", help="a setting of librdkafka; repeat the flag"
    )
    return options


def main(argv: Sequence[str] | None = None, prog: str = "onebook consume") -> int:
    """Prints records until Ctrl-C, or so many as are wanted; the exit status."""
    given = parser(prog).parse_args(argv)
    try:
        packages.require()
        settings = _settings(given)
    except ConfigError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return WRONG
    try:
        return _print(given, settings, prog)
    except KeyboardInterrupt:
        return DONE
    except BrokenPipeError:
        # Who reads the lines has enough of them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _settings(given: argparse.Namespace) -> dict[str, Any]:
    """The settings of the consumer. Raises ConfigError."""
    if given.count is not None:
        whole(1, 2**31)("--count", given.count)
    more = {}
    for text in given.property:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--property {printable(name)} was not NAME=VALUE")
        more[name] = value
    password = os.environ.get(PASSWORD_VARIABLE)
    return {
        "group.id": given.group or "onebook-consume",
        "enable.auto.commit": bool(given.group),
        "auto.offset.reset": "latest" if given.latest else "earliest",
        **({"sasl.password": password} if password else {}),
        **properties("--property", more),
        "bootstrap.servers": bootstrap("--kafka", given.kafka),
    }


def _print(given: argparse.Namespace, settings: dict[str, Any], prog: str) -> int:
    from confluent_kafka import Consumer, KafkaException

    from .record_text import record_text

    quiet = logging.getLogger("onebook.librdkafka")
    quiet.setLevel(logging.CRITICAL)
    try:
        consumer = Consumer(settings, logger=quiet)
    except (KafkaException, ValueError, TypeError) as error:
        words = error.args[0].str() if isinstance(error, KafkaException) else str(error)
        print(f"{prog}: {printable(words)}", file=sys.stderr)
        return WRONG
    try:
        _choose(consumer, given)
        for number, message in enumerate(_records(consumer), 1):
            headers: Mapping[str, Any] = dict(message.headers() or [])
            try:
                line = record_text(message.topic(), message.key(), message.value(), headers)
            except ValueError as error:
                where = f"{message.topic()} partition {message.partition()} offset {message.offset()}"
                print(f"{prog}: {printable(where)}: {printable(str(error))}", file=sys.stderr)
            else:
                print(line, flush=True)
            if number == given.count:
                break
    except KafkaException as error:
        print(f"{prog}: {given.kafka}: {printable(error.args[0].str())}", file=sys.stderr)
        return FAILED
    except LookupError as error:
        print(f"{prog}: {given.kafka}: {error.args[0]}", file=sys.stderr)
        return FAILED
    finally:
        consumer.close()
    return DONE


def _choose(consumer: Consumer, given: argparse.Namespace) -> None:
    """What is read. Raises KafkaException, and LookupError for a topic that is not there."""
    from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, TopicPartition

    found = consumer.list_topics(given.topic, timeout=ASK).topics[given.topic]
    if found.error is not None or not found.partitions:
        raise LookupError(f"there is no topic {given.topic!r:.80}")
    if given.group:
        consumer.subscribe([given.topic])
        return
    start = OFFSET_END if given.latest else OFFSET_BEGINNING
    consumer.assign([TopicPartition(given.topic, number, start) for number in found.partitions])


def _records(consumer: Consumer) -> Iterator[Any]:
    """All records. Raises KafkaException for an error that does not pass."""
    from confluent_kafka import KafkaError, KafkaException

    passing = {KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._PARTITION_EOF}  # noqa: SLF001 - public names
    while True:
        message = consumer.poll(POLL)
        if message is None:
            continue
        error = message.error()
        if error is None:
            yield message
        elif error.code() not in passing:
            raise KafkaException(error)
