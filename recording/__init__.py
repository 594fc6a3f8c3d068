"""Recordings of a server: every raw message of every connection and every REST answer, as they were received.

`onebook serve --data DIR` and `onebook record DIR` write them. docs/recording.md describes the format. A recording is
read with

    from onebook import recording

    for record in recording.read("DIR"):
        if record.kind == recording.Kind.RECEIVED:
            print(record.time, record.source, record.body)
"""

from pathlib import Path

from . import bodies, codecs
from .blocks import Block
from .end_of_pipe import EndOfPipe
from .errors import RecordingError
from .folder import Segment, segments
from .folder_lock import FolderLock, is_locked, made_folder
from .reader import read, read_blocks, read_from, read_segment, read_tables
from .record_table import RecordTable
from .recorder_command import definition_lines, recorder_command
from .recording_writer import RecordingWriter
from .records import NO_SOURCE, Kind, Record
from .repair import sealed
from .retention import Retention
from .ring import Counters, Ring, State
from .segment_file import Damage, SegmentFile
from .steady_time import SteadyTime

__all__ = [
    "NO_SOURCE",
    "Block",
    "Counters",
    "Damage",
    "EndOfPipe",
    "FolderLock",
    "Kind",
    "Record",
    "RecordTable",
    "RecordingError",
    "RecordingWriter",
    "Retention",
    "Ring",
    "Segment",
    "SegmentFile",
    "State",
    "SteadyTime",
    "bodies",
    "codecs",
    "definition_lines",
    "is_locked",
    "made_folder",
    "package_root",
    "read",
    "read_blocks",
    "read_from",
    "read_segment",
    "read_tables",
    "recorder_command",
    "sealed",
    "segments",
]


def package_root() -> Path:
    """The folder from which Python imports this very package."""
    return Path(__file__).resolve().parents[__name__.count(".") + 1]
