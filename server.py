"""Runs the onebook server: server.py --base BTC --quote USDT --levels 10."""
# ruff: noqa: E402

import server.early

server.early.install()  # Before the slow imports, during which a signal is heard as well.

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent / "proto"))

with server.early.imports():
    from server.app import main

raise SystemExit(main(prog="server.py"))
