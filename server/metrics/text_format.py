"""Samples in the text format of Prometheus (0.0.4).

A page of a large server has 100,000 values, and feeds share the interpreter with whoever makes the page: the labels of
a book, which are equal in many lines, are written once.
"""

from __future__ import annotations

from collections.abc import Iterable

from .metric import Metric, Sample

Labels = tuple[str, ...]
_NONE = Metric("gauge", "", "")


def text_of(samples: Iterable[Sample]) -> str:
    """The page of these samples: each metric with all of its values, metrics in the order of their first values."""
    lines: dict[Metric, list[str]] = {}
    known: dict[Labels, dict[Labels, str]] = {}
    metric = _NONE
    found: list[str] = []
    texts: dict[Labels, str] = {}
    for sample in samples:
        if sample[0] is not metric:
            metric = sample[0]
            found = lines.get(metric) or lines.setdefault(metric, [_head(metric)])
            texts = known.setdefault(metric.labels, {(): ""})
        labels = sample[2]
        text = texts.get(labels)
        if text is None:
            text = texts[labels] = label_text(metric.labels, labels)
        found.append(f"{metric.name}{sample[3]}{text} {float(sample[1])!r}\n")
    return "".join(["".join(each) for each in lines.values()])


def label_text(names: Labels, values: Labels) -> str:
    """Labels with their values, in braces. One value more than names: the last is the bound of a bucket."""
    pairs = zip((*names, "le"), values, strict=False)
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}"


def _head(metric: Metric) -> str:
    meaning = metric.meaning.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {metric.name} {meaning}\n# TYPE {metric.name} {metric.kind}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
