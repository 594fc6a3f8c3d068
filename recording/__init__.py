"""Recordings of a server: every raw message of every connection and every REST answer, as they were received.

`onebook serve --data DIR` and `onebook record DIR` write them. docs/recording.md describes the format. A recording is
read with

    from onebook import recording

    for record in recording.read("DIR"):
        if record.kind == recording.Kind.RECEIVED:
            print(record.time, record.source, record.body)
"""

from . import bodies
from .blocks import Block
from .errors import RecordingError
from .folder import Segment, segments
from .reader import read, read_blocks, read_segment
from .recording_writer import RecordingWriter
from .records import Kind, Record
from .repair import sealed
from .segment_file import Damage, SegmentFile

__all__ = [
    "Block",
    "Damage",
    "Kind",
    "Record",
    "RecordingError",
    "RecordingWriter",
    "Segment",
    "SegmentFile",
    "bodies",
    "read",
    "read_blocks",
    "read_segment",
    "sealed",
    "segments",
]
