"""Checks a core install: the client and shared books work, and every command says which extra it needs."""

import importlib.metadata
import re
import subprocess
import sys

import onebook.client
import onebook.shm
from onebook.cli import COMMANDS

CORE = {"grpcio", "onebook", "protobuf", "typing_extensions"}
installed = {re.sub("-", "_", dist.name.lower()) for dist in importlib.metadata.distributions()} - {"pip", "setuptools"}
assert installed == CORE, f"the core install has {sorted(installed)}"

words = ""
with onebook.client.Client("127.0.0.1:1") as client:
    try:
        client.book()
    except onebook.client.UnavailableError as error:
        words = str(error)
assert "start one: " in words, words

try:
    onebook.shm.SharedBooks("nobody")
except onebook.shm.NoServerError as error:
    words = str(error)
assert words.endswith("start one with --shm nobody"), words

named = []
for name in COMMANDS:
    arguments = [] if name == "demo" else ["--help"]
    done = subprocess.run([sys.executable, "-m", "onebook.cli", name, *arguments], capture_output=True, text=True)
    if done.returncode == 0:
        continue  # it needs no more than this
    assert done.returncode == 2, (name, done)
    named.append(name)
    (line,) = done.stderr.splitlines()
    found = re.fullmatch(r"onebook (\S+): \S+ is not installed; it comes with the extra '(\w+)': (.*)", line)
    assert found, line
    assert re.search(r"-m pip install '.*\bonebook.*\[" + found[2] + r"\].*'$", found[3]), line
assert {"serve", "watch", "sim", "demo"} <= set(named), named
print(f"core: {', '.join(sorted(CORE))}; {len(named)} commands name their extra")
