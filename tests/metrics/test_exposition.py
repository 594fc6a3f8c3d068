"""The page as Prometheus reads it, and its document: the same metrics in both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.metrics.exposition import ALL, Exposition
from server.metrics.metric import Metric, Sample

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)


def test_the_document_has_every_metric_as_the_code_has_it() -> None:
    documented = [(name, kind, labels.strip(), meaning.strip()) for name, kind, labels, meaning in ROW.findall(PAGE)]
    made = [(each.name, each.kind, ", ".join(each.labels), each.meaning) for each in ALL]
    assert documented == made


def test_names_follow_the_conventions_of_prometheus() -> None:
    assert len({metric.name for metric in ALL}) == len(ALL)
    for metric in ALL:
        assert re.fullmatch(r"onebook_[a-z]+(_[a-z]+)*", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert not metric.name.endswith(("_ms", "_millis", "_nanos", "_percent", "_count"))
        assert metric.meaning.endswith((".", ")."))


def test_a_page_is_read_by_prometheus_own_parser() -> None:
    counter = Metric("counter", "onebook_tests_total", 'Of "tests"\\.', ("name",))
    gauge = Metric("gauge", "onebook_tests", "Tests.")
    values = [Sample(counter, 3, ('a"\\\nb',)), Sample(gauge, True), Sample(counter, 4, ("c",))]
    page = Exposition([lambda: values[:2], lambda: values[2:]]).page().decode()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert found[("onebook_tests_total", 'a"\\\nb')] == 3
    assert found[("onebook_tests_total", "c")] == 4
    assert found[("onebook_tests",)] == 1
    assert found[("process_resident_memory_bytes",)] > 1_000_000


def test_values_are_read_when_the_page_is_made() -> None:
    asked: list[int] = []
    gauge = Metric("gauge", "onebook_tests", "Tests.")

    def source() -> list[Sample]:
        asked.append(1)
        return [Sample(gauge, len(asked))]

    exposition = Exposition([source])
    assert not asked
    assert b"onebook_tests 1.0" in exposition.page()
    assert b"onebook_tests 2.0" in exposition.page()


def test_a_source_that_fails_fails_the_page() -> None:
    def broken() -> list[Sample]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Exposition([broken]).page()
