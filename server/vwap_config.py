"""Configurations of programs that put the VWAP of trades into one Kafka topic per product, read as onebook's settings.

    {"ws_url": "wss://...", "products": ["BTC-USD", "ETH-USD"], "max_size": 200, "log_level": "INFO", "kafka_time": 10,
     "brokers": {"broker_1:9092": ["BTC-USD"], "broker_2:9093": ["ETH-USD"]}}

Such a file is one whose name ends with .json. Brokers are one cluster: its clients need one list of addresses, and the
cluster itself decides which broker has which topic.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .errors import ConfigError
from .logs import about
from .protocol.venue import Venue
from .suggestions import did_you_mean
from .venues import VENUES

log = logging.getLogger(__name__)

KEYS = ("ws_url", "products", "max_size", "brokers", "log_level", "kafka_time")
_LEVELS = {"warn": "warning", "critical": "error", "fatal": "error"}


def read_vwap_config(name: str, text: str) -> dict[str, Any]:
    """The settings of such a file; `name` is for errors. Raises ConfigError. What onebook does otherwise is logged."""
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{name}:{error.lineno}:{error.colno}: {error.msg}") from None
    except RecursionError:
        raise ConfigError(f"config {name}: nested too deeply") from None
    if not isinstance(given, dict):
        raise ConfigError(f"{name}: was no JSON object with the keys {', '.join(KEYS)}")
    try:
        return _settings(given)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    for key in given:
        if key not in KEYS:
            raise ConfigError(f"unknown setting {key!r:.80}{did_you_mean(str(key), list(KEYS))}")
    products = _products("products", given.get("products"))
    venue = _venue(given.get("ws_url"))
    settings: dict[str, Any] = {
        "pairs": list(products.values()),
        "use_venues": [venue.NAME],
        "log_level": _log_level(given.get("log_level", "info")),
    }
    topics = _topics(given.get("brokers", {}), products)
    if topics:
        addresses = list(given["brokers"])
        if len(addresses) > 1:
            words = "brokers: %d addresses are one list of one cluster, which decides which broker has which topic"
            log.warning(words, len(addresses), extra=about("kafka_brokers"))
        settings |= {"kafka": ",".join(addresses), "kafka_topics": [], "kafka_vwap": topics}
        settings |= {"kafka_vwap_trades": _size(given.get("max_size", 200)), "kafka_vwap_venue": venue.NAME}
    if "kafka_time" in given:
        log.warning("kafka_time is not needed: brokers that come late get the newest values", extra=about("kafka_time"))
    return settings


def _products(key: str, value: Any) -> dict[str, str]:
    """Pairs by product."""
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise ConfigError(f'{key} was no list of products such as ["BTC-USD"]')
    found = {}
    for product in value:
        base, dash, quote = product.partition("-")
        if not (base and dash and quote) or "-" in quote:
            raise ConfigError(f"{key}: {product!r:.80} is no product such as BTC-USD")
        found[product] = f"{base}/{quote}"
    return found


def _venue(url: Any) -> type[Venue]:
    """The venue whose address this is."""
    if not isinstance(url, str) or not url:
        raise ConfigError("ws_url was no address of a websocket")
    host = urlsplit(url).hostname if "://" in url else None
    for venue in VENUES.values():
        if any(urlsplit(endpoint.ws).hostname == host for endpoint in venue.ENDPOINTS.values()):
            return venue
    raise ConfigError(f"ws_url: no venue of onebook has the address {url.rpartition('@')[2]!r:.200}")


def _topics(brokers: Any, products: Mapping[str, str]) -> dict[str, str]:
    """Topics by pair."""
    if not isinstance(brokers, Mapping):
        raise ConfigError('brokers was no object such as {"broker_1:9092": ["BTC-USD"]}')
    found = {}
    for address, names in brokers.items():
        for product in _products(f"brokers.{address}", names):
            if product not in products:
                raise ConfigError(f"brokers.{address}: {product!r:.80} is not in products")
            found[products[product]] = product
    return found


def _size(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"max_size was {value!r:.80}, must be a number of trades")
    return max(0, value)


def _log_level(value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"log_level was {value!r:.80}, must be a name such as INFO")
    return _LEVELS.get(value.lower(), value.lower())
