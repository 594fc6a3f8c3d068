"""Who may call what, without a server: tokens, headers of every kind, and the rule where there is no tokens file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.access import ANYBODY, Access, Identity
from server.api.own_peer import OwnPeers
from server.api.tokens import Right, TokenLimits, utc_now
from server.codes import Code
from server.request_errors import RequestError

from .token_files import Keys, new_token, write

PEER = "ipv4:192.0.2.1:40000"
BOOK = "/onebook.v1.MarketDataService/GetBook"
PAUSE = "/onebook.v1.ControlService/Pause"
HEALTH = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
CHANNELZ = "/grpc.channelz.v1.Channelz/GetServers"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("tokens"))


def refusal(access: Access, method: str, metadata: Any, peer: str = PEER) -> RequestError:
    with pytest.raises(RequestError) as caught:
        access.admit(method, metadata, peer)
    return caught.value


@pytest.mark.parametrize(
    ("method", "callers"),
    [
        (BOOK, {"read", "both"}),
        ("/orderbook.OrderbookAggregator/BookSummary", {"read", "both"}),
        (REFLECTION, {"read", "both"}),
        ("/a.service/to.come", {"read", "both"}),
        ("", {"read", "both"}),
        (PAUSE, {"control", "both"}),
        (CHANNELZ, {"control", "both"}),
        (HEALTH, {"none", "unknown", "expired", "read", "control", "both"}),
    ],
)
def test_each_service_needs_its_right(keys: Keys, method: str, callers: set[str]) -> None:
    access = Access(keys.file)
    codes = {"none": Code.UNAUTHENTICATED, "unknown": Code.UNAUTHENTICATED, "expired": Code.UNAUTHENTICATED}
    for caller in ("none", "unknown", "expired", "read", "control", "both"):
        if caller in callers:
            identity = access.admit(method, keys.header(caller), PEER)
            assert identity.name == ("" if method == HEALTH else keys.tokens[caller].name)
        else:
            error = refusal(access, method, keys.header(caller))
            assert error.code is codes.get(caller, Code.PERMISSION_DENIED)


def test_refusals_say_what_is_missing(keys: Keys) -> None:
    access = Access(keys.file)
    assert "this server needs a token" in refusal(access, BOOK, ()).message
    assert refusal(access, BOOK, keys.header("unknown")).message == "this server does not know this token"
    assert "token 'old' expired at" in refusal(access, BOOK, keys.header("expired")).message
    error = refusal(access, PAUSE, keys.header("read"))
    assert error.message == "token 'reader' has no right 'control', which this call needs"
    info: Any = error.details[0]
    assert (info.reason, dict(info.metadata)) == ("RIGHT_MISSING", {"right": "control", "token": "reader"})


def test_a_wrong_secret_and_an_unknown_id_are_the_same_answer(keys: Keys) -> None:
    access, text = Access(keys.file), keys.texts["read"]
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    errors = [refusal(access, BOOK, (("authorization", f"Bearer {each}"),)) for each in (wrong, keys.texts["unknown"])]
    assert errors[0].message == errors[1].message
    assert errors[0].details == errors[1].details


@pytest.mark.parametrize(
    ("values", "admitted"),
    [
        (["Bearer {}"], True),
        (["bearer {}"], True),
        (["BEARER   {} "], True),
        ([b"Bearer token"], False),
        (["{}"], False),
        (["Basic {}"], False),
        (["Bearer"], False),
        (["Bearer "], False),
        (["Bearer\t{}"], False),
        (["Bearer {}, Bearer {}"], False),
        (["Bearer {}", "Bearer {}"], False),
        (["Bearer {}", ""], False),
        ([""], False),
        (["Bearer ünïcode"], False),
        (["Bearer {}" + "0" * 1_000_000], False),
        (["Bearer " + " " * 1_000_000 + "{}"], False),
    ],
)
def test_headers_of_every_kind(keys: Keys, values: list[Any], admitted: bool) -> None:
    access, text = Access(keys.file), keys.texts["read"]
    metadata = [("authorization", each.replace("{}", text) if isinstance(each, str) else each) for each in values]
    if admitted:
        assert access.admit(BOOK, metadata, PEER).name == "reader"
    else:
        error = refusal(access, BOOK, metadata)
        assert (error.code, len(error.message) < 200) == (Code.UNAUTHENTICATED, True)


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["authorization", "Authorization", "x-token", "authorization-bin"]),
        st.one_of(st.text(), st.binary(), st.text().map("Bearer {}".format)),
    ),
    max_size=4,
)


@given(headers=HEADERS)
def test_no_header_that_was_made_up_is_let_in(keys: Keys, headers: list[tuple[str, str | bytes]]) -> None:
    error = refusal(Access(keys.file), BOOK, headers)
    assert error.code is Code.UNAUTHENTICATED
    for _, value in headers:
        assert len(value) < 12 or str(value) not in error.message


@given(at=st.integers(0, 95), letter=st.characters(codec="latin-1"))
def test_a_changed_header_is_refused_or_means_the_same(keys: Keys, at: int, letter: str) -> None:
    good = keys.header("read")[0][1]
    changed = good[:at] + letter + good[at + 1 :]
    same = changed[:7].lower() == "bearer " and changed[7:] == good[7:]
    access, metadata = Access(keys.file), (("authorization", changed),)
    if same:
        assert access.admit(BOOK, metadata, PEER).name == "reader"
    else:
        assert refusal(access, BOOK, metadata).code is Code.UNAUTHENTICATED


def test_secrets_are_never_logged(keys: Keys, caplog: pytest.LogCaptureFixture) -> None:
    access = Access(keys.file)
    for name in ("unknown", "expired", "control"):
        refusal(access, BOOK, keys.header(name))
    assert len(caplog.records) == 3
    assert PEER in caplog.text
    assert not any(text.rpartition("_")[2] in caplog.text for text in keys.texts.values())


def test_strangers_cannot_fill_the_log(keys: Keys, caplog: pytest.LogCaptureFixture) -> None:
    access = Access(keys.file)
    for number in range(1000):
        refusal(access, BOOK, keys.header("unknown"), f"ipv4:192.0.2.1:{number}")
    assert len(caplog.records) == 1


class Everybody(OwnPeers):
    """All peers are programs of our user, or none is."""

    def __init__(self, ours: bool) -> None:
        super().__init__()
        self._ours = ours

    def __contains__(self, peer: str) -> bool:
        return self._ours


def test_without_a_file_only_commands_are_asked_about() -> None:
    ours, others = (Access(own_peers=Everybody(each)) for each in (True, False))
    for access in (ours, others):
        for method in (BOOK, REFLECTION, CHANNELZ, HEALTH, PAUSE):
            assert access.admit(method, (), PEER) == ANYBODY
    ours.admit_command(PEER)
    with pytest.raises(RequestError, match="--tokens FILE") as caught:
        others.admit_command(PEER)
    assert caught.value.code is Code.UNAUTHENTICATED


def test_with_a_file_our_own_programs_need_a_token_too(keys: Keys) -> None:
    for ours in (True, False):
        access = Access(keys.file, Everybody(ours))
        assert refusal(access, PAUSE, ()).code is Code.UNAUTHENTICATED
        assert access.admit(PAUSE, keys.header("control"), PEER).name == "commander"
        access.admit_command(PEER)


def test_limits_come_with_the_token(tmp_path: Path) -> None:
    limits = TokenLimits(streams=3, topics=2, requests_per_second=0.5)
    token, text = new_token("bot", limits=limits)
    keys = Keys(tmp_path)
    write(keys.path, [token])
    keys.file.reload()
    identity = Access(keys.file).admit(BOOK, (("authorization", f"Bearer {text}"),), PEER)
    assert identity == Identity("bot", frozenset({Right.READ}), limits, token.id)


def test_a_token_calls_as_often_as_it_may(tmp_path: Path) -> None:
    (slow, slow_text), (other, other_text) = (
        new_token(name, limits=TokenLimits(requests_per_second=0.5)) for name in ("slow", "other")
    )
    keys = Keys(tmp_path)
    write(keys.path, [slow, other])
    keys.file.reload()
    access, header = Access(keys.file), (("authorization", f"Bearer {slow_text}"),)
    access.admit(BOOK, header, PEER)
    error = refusal(access, BOOK, header)
    assert (error.code, error.message) == (Code.RESOURCE_EXHAUSTED, "token 'slow' may make 0.5 calls per second")
    access.admit(BOOK, (("authorization", f"Bearer {other_text}"),), PEER)
    access.admit(HEALTH, header, PEER)


def test_streams_go_on_while_their_token_counts(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    access, token = Access(keys.file), keys.tokens["both"]
    assert access.counts(token.id)
    assert not access.counts("0" * 16)
    for changed, counts in (
        ({}, True),
        ({"rights": frozenset({Right.CONTROL})}, False),
        ({"expires": utc_now() - timedelta(seconds=1)}, False),
        ({"expires": utc_now() + timedelta(days=1)}, True),
    ):
        write(keys.path, [replace(token, **changed)])
        keys.file.reload()
        assert access.counts(token.id) is counts
    write(keys.path, [keys.tokens["read"]])
    keys.file.reload()
    assert not access.counts(token.id)
