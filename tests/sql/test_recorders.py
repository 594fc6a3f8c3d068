"""Recorders of a consumer group, each with a folder of its own, and one database for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.history.writer import HistoryWriter
from server.history_source.server_history import SPILL
from server.sql.sql_writer import SqlWriter
from server.topic_history.group_member import GroupMember
from tests.kafka.mock_cluster import mock_cluster
from tests.topic_history.records import trade
from tests.topic_history.test_group_member import Rig, lose, read
from tests.waiting import eventually

from .servers import Server


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_what_two_recorders_have_read_is_in_the_database_once(
    server: Server, database: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The offsets of the first recorder are lost: the second one, which has other markets' scales, reads all again."""
    with mock_cluster() as cluster:
        cluster.command("join_delay 100")
        rig = Rig(cluster, tmp_path / "unused")
        rig.writer.close()
        rig.write("trade", *map(trade, range(30)))
        for name in ("first", "second"):
            writers = HistoryWriter(tmp_path / name), SqlWriter(url, tmp_path / name / SPILL)
            member = GroupMember(rig.settings, "recorders", writers)
            if name == "first":
                monkeypatch.setattr(member, "commit", lose)
            eventually(lambda member=member: read([member], 30), "all trades")  # type: ignore[misc]
            member.close()
            for writer in writers:
                writer.close()
    assert server.execute("select count(*), count(distinct trade_key) from trade", database) == [(30, 30)]
