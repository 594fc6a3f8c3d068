"""Lines of captures of both kinds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from recording import Kind, bodies, read
from server.recording.import_cli import main


def test_files_of_the_collector_have_answers_and_messages(tmp_path: Path) -> None:
    path = tmp_path / "btcusdt_20240808.gz"
    messages = [
        '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","U":2,"u":3}}',
        '{"lastUpdateId":2,"bids":[]}',
    ]
    with gzip.open(path, "wt") as file:
        file.writelines(f"{1_700_000_000_000_000_000 + number} {text}\n" for number, text in enumerate(messages))
    folder = tmp_path / "data"
    flags = ["--hftbacktest", "--venue", "binance", "--pair", "BTC/USDT"]
    assert main([str(path), str(folder), *flags]) == 0
    records = list(read(folder))
    found = [(record.kind, record.body.rpartition(b"\n")[2]) for record in records if record.kind in (2, 5)]
    assert found == [(2, messages[0].encode()), (5, messages[1].encode())]
    (answer,) = [record for record in records if record.kind == Kind.ANSWER]
    assert bodies.answer_of(answer.body).path == "/depth?symbol=BTCUSDT"
    assert answer.time == 1_700_000_000_000_000_001


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not JSON\n", "line 1 is not a line of a capture"),
        (json.dumps({"t": "x", "k": "recv", "u": "", "d": ""}), "line 1 is not a line of a capture"),
        (json.dumps({"t": None, "k": "what", "u": "", "d": ""}), "line 1 is not a line of a capture"),
    ],
)
def test_what_is_no_capture_is_one_line(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(text)
    assert main([str(path), str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1
