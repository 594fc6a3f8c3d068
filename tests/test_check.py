"""`onebook check`: its exit status tells a pair that nobody lists from exchanges that nobody could ask."""

from __future__ import annotations

import pytest

from server.check import exit_status, main
from server.model import Listing, Pair, Reach
from server.venues import VENUES

PAIR = Pair("BTC", "USDT")


@pytest.mark.parametrize(
    ("reaches", "status"),
    [
        ([Reach.LISTED], 0),
        ([Reach.UNLISTED, Reach.UNREACHABLE, Reach.LISTED], 0),
        ([Reach.UNLISTED], 1),
        ([Reach.UNLISTED, Reach.UNREACHABLE], 1),
        ([Reach.UNREACHABLE, Reach.UNREACHABLE], 3),
    ],
)
def test_exit_status(reaches: list[Reach], status: int) -> None:
    assert exit_status([Listing("x", PAIR, reach) for reach in reaches]) == status


def test_nobody_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = "kraken=ws://127.0.0.1:1,http://127.0.0.1:1"
    assert main(["BTC/USDT", "--venues", "kraken", "--endpoint", nowhere]) == 3
    assert "Connection refused" in capsys.readouterr().out


def test_a_venue_that_is_not_proved_is_named_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    names = [*(name for name, venue in VENUES.items() if not venue.PROVED), "kraken"]
    nowhere = [f"--endpoint={name}=ws://127.0.0.1:1,http://127.0.0.1:1" for name in names]
    main(["BTC/USDT", "--venues", ",".join(names), *nowhere])
    said = [line for line in capsys.readouterr().out.splitlines() if "only when it is named" in line]
    assert [line.partition(" ")[0] for line in said] == names[:-1]


def test_errors_name_the_file(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"{tmp_path}/onebook.toml"
    with open(path, "w") as file:  # noqa: PTH123
        file.write("levels = 0\n")
    assert main(["BTC/USDT", "--config", path]) == 2
    assert f"{path}:1:10: levels was 0" in capsys.readouterr().err
