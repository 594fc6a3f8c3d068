"""What servers, simulators and commands import, all at once: the process of tests/prepared.py begins with it."""

from __future__ import annotations

import gc
import importlib
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "proto")]

MODULES = (
    "cli",
    "client.cli",
    "client.past_cli",
    "server.app",
    "server.export.command",
    "server.record",
    "server.replay.command",
    "server.report.report_command",
    "server.transport.http.http_server",
    "server.transport.http.processes.remote_side",
    "server.transport.http.processes.mirrors",
    "simulator.cli",
    "tests.history.writing_child",
    "tests.prepared",
    "tests.sql.writing_child",
)
WHERE_BUILT = ("server.transport.native.native_server", "server.kafka.publisher", "server.edge.edge")
"""What stands on libraries that some installations lack."""

for each in MODULES:
    importlib.import_module(each)
for each in WHERE_BUILT:
    with suppress(ModuleNotFoundError):
        importlib.import_module(each)

# A collection would write into every object, and so copy what the forked processes share.
gc.collect()
gc.freeze()
