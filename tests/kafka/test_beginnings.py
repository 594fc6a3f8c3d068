"""Where reading of a partition begins, as brokers answer that are played here: the mock cluster knows no times."""

from __future__ import annotations

import time
from typing import Any

import pytest
from confluent_kafka import OFFSET_END, KafkaError, KafkaException, TopicPartition

from server.kafka.beginnings import Since, at_end, watermarks


class Broker:
    """A consumer's answers."""

    def __init__(self, offset: int = 0, error: KafkaError | None = None, known: bool = True) -> None:
        self.offset, self.error, self.known = offset, error, known
        self.asked: list[int] = []

    def offsets_for_times(self, places: list[TopicPartition], timeout: float) -> list[Any]:
        self.asked += [place.offset for place in places]
        return [_Place(place.topic, place.partition, self.offset, self.error) for place in places]

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int] | None:
        return (3, 9) if self.known else None


class _Place:
    def __init__(self, topic: str, partition: int, offset: int, error: KafkaError | None) -> None:
        self.topic, self.partition, self.offset, self.error = topic, partition, offset, error


PLACES = [TopicPartition("t", 1)]


@pytest.mark.parametrize(("answer", "wanted"), [(7, 7), (-1, OFFSET_END)])
def test_the_first_record_after_a_time_or_the_end(answer: int, wanted: int) -> None:
    broker: Any = Broker(answer)
    [found] = Since({"trade": 60.0, "book": 1.0})(broker, "trade", PLACES)
    assert (found.topic, found.partition, found.offset) == ("t", 1, wanted)
    assert broker.asked[0] == pytest.approx((time.time() - 60) * 1000, abs=5000)


def test_the_end_is_a_number() -> None:
    broker: Any = Broker()
    assert [place.offset for place in at_end(broker, "candle", PLACES)] == [9]


def test_what_brokers_do_not_answer_is_an_error() -> None:
    broker: Any = Broker(error=KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART), known=False)
    with pytest.raises(KafkaException):
        Since({"trade": 60.0})(broker, "trade", PLACES)
    with pytest.raises(KafkaException):
        watermarks(broker, PLACES[0])
