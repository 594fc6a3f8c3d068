"""The text format, held against prometheus_client's own writer and parser."""

from __future__ import annotations

import math

from prometheus_client.parser import text_string_to_metric_families

from server.metrics.metric import Metric, Sample
from server.metrics.text_format import label_text, text_of

COUNTER = Metric("counter", "onebook_tests_total", 'Of "tests"\\\nand more.', ("market", "venue"))
GAUGE = Metric("gauge", "onebook_tests", "Tests.")
HISTOGRAM = Metric("histogram", "onebook_tests_seconds", "Times.", ("venue",))


def test_samples_of_one_metric_stand_together_under_one_head() -> None:
    values = [Sample(COUNTER, 1, ("a", "b")), Sample(GAUGE, 2), Sample(COUNTER, 3, ("c", "d"))]
    assert text_of(values) == (
        '# HELP onebook_tests_total Of "tests"\\\\\\nand more.\n# TYPE onebook_tests_total counter\n'
        'onebook_tests_total{market="a",venue="b"} 1.0\nonebook_tests_total{market="c",venue="d"} 3.0\n'
        "# HELP onebook_tests Tests.\n# TYPE onebook_tests gauge\nonebook_tests 2.0\n"
    )


def test_the_parser_reads_what_was_written() -> None:
    strange = 'a"\\\n{}=,'
    values = [
        Sample(COUNTER, 2**60, (strange, "")), Sample(GAUGE, -math.inf), Sample(HISTOGRAM, 3, ("x", "0.5"), "_bucket"),
        Sample(HISTOGRAM, 4, ("x", "+Inf"), "_bucket"), Sample(HISTOGRAM, 1e-9, ("x",), "_sum"),
        Sample(HISTOGRAM, 4, ("x",), "_count"),
    ]  # fmt: skip
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text_of(values))
        for sample in family.samples
    }
    assert found == {
        ("onebook_tests_total", ("market", strange), ("venue", "")): 2**60,
        ("onebook_tests",): -math.inf,
        ("onebook_tests_seconds_bucket", ("le", "0.5"), ("venue", "x")): 3,
        ("onebook_tests_seconds_bucket", ("le", "+Inf"), ("venue", "x")): 4,
        ("onebook_tests_seconds_sum", ("venue", "x")): 1e-9,
        ("onebook_tests_seconds_count", ("venue", "x")): 4,
    }


def test_labels_in_braces() -> None:
    assert label_text(("a", "b"), ("1", 'q"')) == '{a="1",b="q\\""}'
    assert label_text(("a",), ("1", "0.5")) == '{a="1",le="0.5"}'
