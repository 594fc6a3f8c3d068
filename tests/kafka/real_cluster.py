"""A cluster of Apache Kafka: one controller and two brokers, each a process of its own, without ZooKeeper (KRaft).

Java and Maven are needed; the jars are copied once into build/kafka. `python -m tests.kafka.real_cluster` starts a
cluster for people and keeps it until Ctrl-C (`make kafka`).
"""

from __future__ import annotations

import base64
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.free_port import free_port

HERE = Path(__file__).resolve().parent
JARS = HERE.parent.parent / "build" / "kafka"
CLUSTER = "b25lYm9vay10ZXN0cy0wMA"
"""Its id: 16 bytes in base 64, without padding."""
CONTROLLER = 1
BROKERS = (2, 3)
START = 90.0


def missing() -> str:
    """What is not installed; empty if nothing is."""
    return ", ".join(name for name in ("java", "mvn") if shutil.which(name) is None)


def jars() -> Path:
    """The folder of the broker's jars, which is there when all of them are."""
    if not JARS.exists():
        JARS.parent.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="kafka-", dir=JARS.parent))
        command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
        subprocess.run(command, cwd=HERE / "broker", check=True, stdout=subprocess.DEVNULL)
        try:
            folder.rename(JARS)
        except OSError:
            shutil.rmtree(folder)  # Another process was faster.
    return JARS


class Node:
    """One process of the cluster, which can be killed and started again."""

    def __init__(self, folder: Path, number: int, properties: Sequence[str]) -> None:
        self.number = number
        self._folder = folder / str(number)
        self._folder.mkdir()
        self._properties = self._folder / "server.properties"
        self._properties.write_text("\n".join([*properties, f"log.dirs={self._folder / 'data'}"]) + "\n")
        self._process: subprocess.Popen[bytes] | None = None
        _format(self._folder / "data", number)

    @property
    def log(self) -> Path:
        """What the process prints."""
        return self._folder / "log.txt"

    @property
    def running(self) -> bool:
        """Whether it was started, and neither stopped nor killed."""
        return self._process is not None

    def start(self) -> None:
        """Starts the process."""
        self._process = _java("kafka.Kafka", str(self._properties), log=self.log)

    def kill(self) -> None:
        """Ends the process at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stops the process as an operator would: its partitions move to the other broker first."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
            self._process = None


class RealCluster:
    """The nodes of one cluster."""

    def __init__(self, folder: Path) -> None:
        ports: dict[int, int] = {}
        for number in (CONTROLLER, *BROKERS):
            port = free_port()
            while port in ports.values():
                port += 1
            ports[number] = port
        self.nodes = {number: Node(folder, number, _properties(number, ports)) for number in ports}
        self._addresses = {number: f"127.0.0.1:{ports[number]}" for number in BROKERS}
        self.bootstrap = ",".join(self._addresses.values())
        for node in self.nodes.values():
            node.start()
        self.wait(len(BROKERS))

    def wait(self, brokers: int) -> None:
        """Waits until so many brokers are there, and each of them knows of the others.

        The controller lists a broker that was killed for some seconds more: that one of them lists a broker does not
        show that it has started again."""
        running = [number for number in BROKERS if self.nodes[number].running]
        for number in running:
            wait_for_brokers({"bootstrap.servers": self._addresses[number]}, brokers, self.nodes.values())

    def close(self) -> None:
        """Ends all processes."""
        for node in self.nodes.values():
            node.kill()


def wait_for_brokers(settings: dict[str, str | int | float | bool], brokers: int, nodes: Iterable[Node]) -> None:
    """Waits until a client with these settings sees so many brokers."""
    admin = AdminClient({**settings, "log_level": 0})
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        try:
            if len(admin.list_topics(timeout=2).brokers) >= brokers:
                return
        except KafkaException:
            pass
        time.sleep(0.2)
    logs = "\n".join(node.log.read_text()[-2000:] for node in nodes)
    raise AssertionError(f"the brokers did not start in {START:.0f} s:\n{logs}")


@contextmanager
def real_cluster() -> Iterator[RealCluster]:
    """A cluster for the length of a test session."""
    folder = Path(tempfile.mkdtemp(prefix="onebook-kafka-"))
    cluster = None
    try:
        cluster = RealCluster(folder)
        yield cluster
    finally:
        if cluster is not None:
            cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


def _format(data: Path, number: int) -> None:
    """What `kafka-storage.sh format` writes, without a virtual machine of Java for each folder."""
    data.mkdir()
    folder_id = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
    lines = ("version=1", f"cluster.id={CLUSTER}", f"node.id={number}", f"directory.id={folder_id}")
    (data / "meta.properties").write_text("\n".join(lines) + "\n")


def _java(main: str, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
    flags = [
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        "-XX:+IgnoreUnrecognizedVMOptions",
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:-BytecodeVerificationRemote",
    ]
    command = ["java", *flags, "-cp", f"{jars()}/*", main, *arguments]
    with log.open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def _properties(number: int, ports: dict[int, int]) -> Sequence[str]:
    name = "CONTROLLER" if number == CONTROLLER else "PLAINTEXT"
    listener = f"{name}://127.0.0.1:{ports[number]}"
    advertised = [] if number == CONTROLLER else [f"advertised.listeners={listener}"]
    return [
        f"process.roles={'controller' if number == CONTROLLER else 'broker'}",
        f"node.id={number}",
        f"controller.quorum.voters={CONTROLLER}@127.0.0.1:{ports[CONTROLLER]}",
        f"listeners={listener}",
        *advertised,
        "controller.listener.names=CONTROLLER",
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "default.replication.factor=2",
        "min.insync.replicas=1",
        "offsets.topic.replication.factor=2",
        "offsets.topic.num.partitions=4",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "auto.create.topics.enable=false",
        "group.initial.rebalance.delay.ms=0",
        # A broker that is killed is known to be gone after so long.
        "broker.session.timeout.ms=3000",
        "broker.heartbeat.interval.ms=500",
    ]


def main() -> int:
    """A cluster for people."""
    absent = missing()
    if absent:
        print(f"Kafka needs {absent}; on Debian and Ubuntu: apt install default-jre-headless maven", file=sys.stderr)
        return 2
    print("Kafka starts, with jars of Maven: a minute at the first time", flush=True)
    with real_cluster() as cluster:
        print(f"Kafka listens on {cluster.bootstrap} until Ctrl-C", flush=True)
        print(f"  onebook serve --base BTC --quote USDT --kafka {cluster.bootstrap}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("Kafka stops")
    return 0


if __name__ == "__main__":
    sys.exit(main())
