"""Who may open a websocket and its streams: names, pages of others, tokens, and the login of the page."""

from __future__ import annotations

import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from .http_rig import HttpRig
from .websocket_client import client


def test_names_and_pages_of_others_are_refused(web: HttpRig) -> None:
    address = f"ws://127.0.0.1:{web.server.port}/websocket"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        with pytest.raises(InvalidStatus) as caught, connect(address, additional_headers=headers):
            pass
        assert caught.value.response.status_code == 403
        assert json.loads(caught.value.response.body)["code"] == "permission_denied"
    with pytest.raises(InvalidStatus) as caught, connect(address.replace("websocket", "nothing")):
        pass
    assert caught.value.response.status_code == 404
    with client(web, Origin=f"http://127.0.0.1:{web.server.port}") as own_page:
        own_page.subscribe()
        assert "message" in own_page.told()


def test_a_name_that_is_not_the_servers(web: HttpRig) -> None:
    head = "GET /websocket HTTP/1.1\r\nhost: evil.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    key = "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    assert b" 403 " in web.raw((head + key).encode()).split(b"\r\n")[0]


def test_a_token_comes_as_a_header_or_with_a_message(guarded: tuple[HttpRig, str, str]) -> None:
    rig, reader, commander = guarded
    with client(rig, Authorization=f"Bearer {reader}") as program:
        program.subscribe()
        assert "message" in program.told()
    with client(rig) as page:
        page.subscribe("a")
        assert page.end()[0] == "unauthenticated"
        page.say(op="token", token="onebook_0_0")
        assert page.error()[0] == "unauthenticated"
        page.say(op="token", token=commander)
        assert page.error()[0] == "permission_denied"
        page.say(op="token", token=reader)
        page.subscribe("b")
        assert "message" in page.told()
    for header, status in ((f"Bearer {commander}", 403), ("Bearer onebook_0_0", 401), ("rubbish", 401)):
        with pytest.raises(InvalidStatus) as caught, client(rig, Authorization=header):
            pass
        assert caught.value.response.status_code == status


def test_the_login_of_the_page_counts_until_it_ends(guarded: tuple[HttpRig, str, str]) -> None:
    rig, reader, _ = guarded
    answer = rig.call("/login", {"token": reader})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    with client(rig, Cookie=cookie) as page:
        page.subscribe("a")
        assert "message" in page.told()
        page.subscribe("b", "onebook.v1.ControlService/StreamEvents")
        assert page.end()[0] in ("permission_denied", "not_found")
        rig.call("/logout", {}, cookie=cookie)
        page.subscribe("c")
        assert page.end()[0] == "unauthenticated"
    with pytest.raises(InvalidStatus), client(rig, Cookie=cookie, Origin="https://evil.example"):
        pass
    with client(rig, Cookie="onebook_session=nobody") as stranger:
        stranger.subscribe()
        assert stranger.end()[0] == "unauthenticated"


def test_a_token_counts_more_than_a_login(guarded: tuple[HttpRig, str, str]) -> None:
    rig, reader, commander = guarded
    cookie = rig.call("/login", {"token": reader}).headers["set-cookie"].partition(";")[0]
    with client(rig, Cookie=cookie) as page:
        page.say(op="token", token=commander)
        assert page.error()[0] == "permission_denied"
        page.subscribe()
        assert page.end()[0] == "permission_denied"
        page.say(op="token", token="\u20ac")
        assert page.error()[0] == "unauthenticated"
