"""One broker of Apache Kafka that speaks SASL over TLS and lets nobody write who has no right."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from tests.free_port import free_port

from .real_cluster import Node, wait_for_brokers

ADMIN, ADMIN_PASSWORD = "admin", "admin-secret"
USER, PASSWORD = "onebook", "hunter2"
LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


class SecuredBroker:
    """Broker and controller in one process."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "cert.pem"
        _make_certificate(folder)
        self.port, controller = free_port(), free_port() + 1
        self.bootstrap = f"localhost:{self.port}"
        self.node = Node(folder, 1, _properties(folder, self.port, controller))
        self.node.start()
        wait_for_brokers(
            {"bootstrap.servers": self.bootstrap, **self.properties(ADMIN, ADMIN_PASSWORD)}, 1, [self.node]
        )

    def properties(self, user: str = USER, password: str = PASSWORD) -> dict[str, str | int | float | bool]:
        """What a client of this user sets."""
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": user,
            "sasl.password": password,
            "ssl.ca.location": str(self.authority),
        }

    def admin(self) -> AdminClient:
        """A client that may do everything."""
        return AdminClient({"bootstrap.servers": self.bootstrap, **self.properties(ADMIN, ADMIN_PASSWORD)})

    def allow(self, prefix: str) -> None:
        """The user may write and read topics whose names begin so."""
        rights = [
            AclBinding(
                ResourceType.TOPIC, prefix, ResourcePatternType.PREFIXED, f"User:{USER}", "*", operation,
                AclPermissionType.ALLOW,
            )
            for operation in (AclOperation.WRITE, AclOperation.READ, AclOperation.DESCRIBE)
        ]  # fmt: skip
        admin = self.admin()
        for answer in admin.create_acls(rights).values():
            answer.result(20)


@contextmanager
def secured_broker() -> Iterator[SecuredBroker]:
    """A broker for the length of a test."""
    folder = Path(tempfile.mkdtemp(prefix="onebook-kafka-"))
    broker = None
    try:
        broker = SecuredBroker(folder)
        yield broker
    finally:
        if broker is not None:
            broker.node.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _make_certificate(folder: Path) -> None:
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    (folder / "server.pem").write_text(key.read_text() + certificate.read_text())


def _properties(folder: Path, port: int, controller: int) -> Sequence[str]:
    users = f'user_{ADMIN}="{ADMIN_PASSWORD}" user_{USER}="{PASSWORD}"'
    return [
        "process.roles=broker,controller",
        "node.id=1",
        f"controller.quorum.voters=1@127.0.0.1:{controller}",
        f"listeners=SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        f"advertised.listeners=SASL_SSL://localhost:{port}",
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=SASL_SSL",
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms=PLAIN",
        "sasl.mechanism.inter.broker.protocol=PLAIN",
        f'listener.name.sasl_ssl.plain.sasl.jaas.config={LOGIN} required username="{ADMIN}" '
        f'password="{ADMIN_PASSWORD}" {users};',
        "ssl.keystore.type=PEM",
        f"ssl.keystore.location={folder / 'server.pem'}",
        "ssl.truststore.type=PEM",
        f"ssl.truststore.location={folder / 'cert.pem'}",
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        f"super.users=User:{ADMIN};User:ANONYMOUS",
        "offsets.topic.replication.factor=1",
        "auto.create.topics.enable=false",
    ]
