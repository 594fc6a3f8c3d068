"""Rules and dashboard for Prometheus: each metric that they name exists, and promtool takes their queries."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from server.metrics.exposition import ALL

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "onebook.json").read_text())
RULES = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
OTHERS = {
    "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "up",
}  # fmt: skip
"""Of prometheus_client, and of Prometheus itself."""
promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool")


def rules() -> list[dict[str, Any]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> Iterator[str]:
    """All PromQL of the dashboard, with values in the place of its variables."""
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])
    yield from (note["expr"] for note in DASHBOARD["annotations"]["list"])


def filled(query: str) -> str:
    return re.sub(r"\$\w+", ".*", query.replace("$__rate_interval", "5m"))


def names() -> set[str]:
    """The names that a query may have."""
    found = set(OTHERS) | {rule["record"] for rule in rules() if "record" in rule}
    for metric in ALL:
        parts = OF_A_HISTOGRAM if metric.kind == "histogram" else ("",)
        found |= {metric.name + part for part in parts}
    return found


def named(query: str) -> set[str]:
    """The metrics in a query: words that begin as metrics do, outside of the values of labels."""
    return set(re.findall(r"\b(?:onebook|process)[_:][\w:]+|\bup\b", re.sub(r'"[^"]*"', '""', query)))


def test_each_metric_of_the_rules_exists() -> None:
    for rule in rules():
        found = named(rule["expr"])
        assert found, rule
        assert found <= names(), found - names()


def test_each_metric_of_the_dashboard_exists() -> None:
    lists = [each["definition"] for each in DASHBOARD["templating"]["list"] if each["type"] == "query"]
    for query in (*queries(), *lists):
        found = named(query)
        assert found, query
        assert found <= names(), found - names()


def test_labels_that_queries_use_are_labels_of_the_metrics() -> None:
    labels = {metric.name: {*metric.labels, "instance", "job"} for metric in ALL}
    for query in (*queries(), *(rule["expr"] for rule in rules())):
        for name, inside in re.findall(r"(onebook_\w+?)(?:_bucket)?\{([^}]*)\}", query):
            used = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", inside))
            assert used <= labels[name], f"{name} has no {used - labels[name]}"


def test_each_alarm_says_what_and_why() -> None:
    alarms = [rule for rule in rules() if "alert" in rule]
    assert len({rule["alert"] for rule in alarms}) == len(alarms) > 20
    for rule in alarms:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]


def test_panels_have_places_of_their_own() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in panels():
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24
                assert (x, y) not in taken, f"{panel['title']} lies over {taken.get((x, y))}"
                taken[x, y] = panel["title"]
    idents = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(idents)) == len(idents)


@promtool
def test_the_rules_pass_their_own_tests() -> None:
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")):
        done = subprocess.run(["promtool", *words], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@promtool
def test_promtool_takes_the_configuration() -> None:
    words = ["promtool", "check", "config", "--syntax-only", "prometheus.yml"]
    done = subprocess.run(words, cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@promtool
def test_promtool_takes_every_query_of_the_dashboard(tmp_path: Path) -> None:
    recorded = [{"record": f"query:{number}", "expr": filled(query)} for number, query in enumerate(queries())]
    path = tmp_path / "queries.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": recorded}]}))
    done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
