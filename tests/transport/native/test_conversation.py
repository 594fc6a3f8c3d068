"""Calls with many requests are answered in order, one request after the other."""

from __future__ import annotations

import threading
import time

import pytest
from grpc_reflection.v1alpha import reflection_pb2

from server.transport.native.conversation import MOST_WAITING, Conversation, reflection_of


def test_requests_are_answered_in_order_whoever_adds_them() -> None:
    answers: list[bytes] = []
    ended = threading.Event()

    def converse(request: bytes) -> list[bytes]:
        time.sleep(0.0005)
        return [request, request + b" again"]

    conversation = Conversation(converse)

    def go_on() -> None:
        conversation.answer(answers.append, ended.set)

    threads = []
    for number in range(10):
        if conversation.add(b"%d" % number):
            threads.append(threading.Thread(target=go_on))
            threads[-1].start()
    if conversation.add(None):
        go_on()
    for thread in threads:
        thread.join(10)
    assert ended.wait(10)
    assert answers == [part for number in range(10) for part in (b"%d" % number, b"%d again" % number)]


def test_only_so_many_requests_wait() -> None:
    conversation = Conversation(lambda request: [request])
    for _ in range(MOST_WAITING):
        conversation.add(b"")
    with pytest.raises(OverflowError):
        conversation.add(b"")


def test_reflection_lists_the_services_and_itself() -> None:
    (converse,) = reflection_of(["onebook.v1.MarketDataService"]).values()
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = converse(asked.SerializeToString())
    listed = reflection_pb2.ServerReflectionResponse.FromString(answer).list_services_response.service
    assert [service.name for service in listed] == [
        "grpc.reflection.v1alpha.ServerReflection", "onebook.v1.MarketDataService"
    ]  # fmt: skip
