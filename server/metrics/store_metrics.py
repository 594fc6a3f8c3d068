"""Metrics of what is kept on the disk: the recording of raw messages, and the history."""

from __future__ import annotations

from collections.abc import Iterator

from ..history_source.server_history import ServerHistory
from ..recording.server_recorder import ServerRecorder
from .metric import Metric, Sample

RECORDS = Metric("counter", "onebook_recording_records_total", "Records of the recording that are on the disk.")
BYTES = Metric("counter", "onebook_recording_bytes_total", "Bytes of the recording that are on the disk.")
LOST = Metric("counter", "onebook_recording_lost_messages_total", "Messages that the recording has lost.")
LOST_BYTES = Metric("counter", "onebook_recording_lost_bytes_total", "Their bytes.")
BEHIND = Metric("gauge", "onebook_recording_waiting_bytes", "Bytes that wait for the recorder.")
WORKING = Metric("gauge", "onebook_recording_working", "1 while the recorder can write.")
RESTARTS = Metric("counter", "onebook_recording_restarts_total", "Times that the recorder died and was started anew.")
_INTO = ("into",)
"""files or database: each has a process that writes."""
HISTORY_RECORDS = Metric(
    "counter", "onebook_history_records_total", "Rows, and requests to write at once, that the writer has taken.", _INTO
)
HISTORY_LOST = Metric("counter", "onebook_history_lost_rows_total", "Rows that were lost, as too many waited.", _INTO)
HISTORY_REFUSED = Metric("counter", "onebook_history_refused_rows_total", "Rows that cannot be kept exactly.")
HISTORY_BEHIND = Metric("gauge", "onebook_history_waiting_bytes", "Bytes of rows that wait to be written.", _INTO)
HISTORY_RESTARTS = Metric(
    "counter", "onebook_history_restarts_total", "Times that the process that writes died and was started anew.", _INTO
)

METRICS = (
    RECORDS, BYTES, LOST, LOST_BYTES, BEHIND, WORKING, RESTARTS, HISTORY_RECORDS, HISTORY_LOST, HISTORY_REFUSED,
    HISTORY_BEHIND, HISTORY_RESTARTS,
)  # fmt: skip


def recorder_samples(recorder: ServerRecorder) -> Iterator[Sample]:
    """All values of a recorder now."""
    counters = recorder.counters
    yield Sample(RECORDS, counters.records)
    yield Sample(BYTES, counters.bytes)
    yield Sample(LOST, counters.lost)
    yield Sample(LOST_BYTES, counters.lost_bytes)
    yield Sample(BEHIND, counters.behind)
    yield Sample(WORKING, recorder.state[0].name == "RECORDING")
    yield Sample(RESTARTS, recorder.child.restarts)


def history_samples(history: ServerHistory) -> Iterator[Sample]:
    """All values of a history now."""
    yield Sample(HISTORY_REFUSED, history.refused)
    for name, lane in (("files", history.files), ("database", history.database)):
        if lane is not None:
            yield Sample(HISTORY_RECORDS, lane.counters.records, (name,))
            yield Sample(HISTORY_LOST, lane.counters.lost, (name,))
            yield Sample(HISTORY_BEHIND, lane.counters.behind, (name,))
            yield Sample(HISTORY_RESTARTS, lane.child.restarts, (name,))
