"""librdkafka's mock cluster as a process of its own: brokers on real sockets, without Java.

The functions rd_kafka_mock_* are in the librdkafka that the wheel of confluent-kafka ships. The process prints the
addresses of its brokers and then takes commands, one per line: `down N`, `up N`, `create TOPIC PARTITIONS`,
`leader TOPIC PARTITION BROKER`, `error TOPIC-INDEPENDENT ApiKey Code COUNT`, `rtt MILLISECONDS BROKERS`, `join_delay
MILLISECONDS` (of a new consumer group). Each is answered by a line with librdkafka's error code, 0 for success.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import confluent_kafka

PRODUCER = 0
PRODUCE = 0
"""ApiKey of ProduceRequest."""


def library() -> Path:
    """The librdkafka of the wheel."""
    folder = Path(confluent_kafka.__file__).resolve().parent.parent / "confluent_kafka.libs"
    return next(iter(sorted(folder.glob("librdkafka*.so*"))))


class MockCluster:
    """Starts the process; ends it at exit."""

    def __init__(self, brokers: int = 1) -> None:
        command = [sys.executable, str(Path(__file__).resolve()), str(brokers)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.bootstrap = self._process.stdout.readline().strip()
        self.brokers = brokers

    def __enter__(self) -> MockCluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()

    def command(self, words: str) -> None:
        """Raises AssertionError where librdkafka refuses."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(words, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline().strip()
        assert answer == "0", f"{words}: {answer}"

    def down(self) -> None:
        """All brokers go away."""
        for broker in range(1, self.brokers + 1):
            self.command(f"down {broker}")

    def up(self) -> None:
        """They come back."""
        for broker in range(1, self.brokers + 1):
            self.command(f"up {broker}")

    def slow(self, milliseconds: int) -> None:
        """All brokers take so long for each answer."""
        self.command(f"rtt {milliseconds} {self.brokers}")

    def lead(self, topic: str, partition: int, broker: int) -> None:
        """The partition has another leader."""
        self.command(f"leader {topic} {partition} {broker}")

    def create(self, topic: str, partitions: int = 4) -> None:
        """Makes a topic: the cluster has no such request of clients."""
        self.command(f"create {topic} {partitions}")

    def refuse(self, api_key: int, code: int, times: int) -> None:
        """Answers the next requests of this kind with this error."""
        self.command(f"error {api_key} {code} {times}")


@contextmanager
def mock_cluster(brokers: int = 1) -> Iterator[MockCluster]:
    """A cluster for the length of a test."""
    with MockCluster(brokers) as cluster:
        yield cluster


def serve(brokers: int) -> None:
    """The process."""
    lib = ctypes.CDLL(str(library()))
    for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    words = ctypes.create_string_buffer(512)
    settings = ctypes.c_void_p(lib.rd_kafka_conf_new())
    lib.rd_kafka_conf_set(settings, b"log_level", b"0", words, ctypes.c_size_t(512))
    handle = ctypes.c_void_p(lib.rd_kafka_new(PRODUCER, settings, words, ctypes.c_size_t(512)))
    cluster = ctypes.c_void_p(lib.rd_kafka_mock_cluster_new(handle, brokers))
    print(lib.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
    for line in sys.stdin:
        print(_run(lib, cluster, line.split()), flush=True)


def _run(lib: ctypes.CDLL, cluster: ctypes.c_void_p, words: list[str]) -> int:
    name, *arguments = words
    if name == "down":
        return int(lib.rd_kafka_mock_broker_set_down(cluster, int(arguments[0])))
    if name == "up":
        return int(lib.rd_kafka_mock_broker_set_up(cluster, int(arguments[0])))
    if name == "create":
        return int(lib.rd_kafka_mock_topic_create(cluster, arguments[0].encode(), int(arguments[1]), 1))
    if name == "leader":
        topic, partition, broker = arguments[0].encode(), int(arguments[1]), int(arguments[2])
        return int(lib.rd_kafka_mock_partition_set_leader(cluster, topic, partition, broker))
    if name == "rtt":
        return max(
            int(lib.rd_kafka_mock_broker_set_rtt(cluster, number, int(arguments[0])))
            for number in range(1, int(arguments[1]) + 1)
        )
    if name == "join_delay":
        lib.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, int(arguments[0]))
        return 0
    if name == "topic_error":
        lib.rd_kafka_mock_topic_set_error(cluster, arguments[0].encode(), int(arguments[1]))
        return 0
    if name == "error":
        key, code, times = map(int, arguments)
        errors = (ctypes.c_int * times)(*[code] * times)
        lib.rd_kafka_mock_push_request_errors_array(cluster, ctypes.c_int16(key), ctypes.c_size_t(times), errors)
        return 0
    raise ValueError(words)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
