"""The page in a real browser, of a real server over simulated exchanges."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from client import Client
from tests.browser import View
from tests.e2e.processes import Simulator

from .conftest import PageServer

SECONDS = 2.0
"""Within which the page says that what it shows is not live. The browser's own clock measures it."""


@pytest.fixture
def view(browser: Any, served: PageServer) -> Iterator[View]:
    made = View(browser, served.url)
    made.wait_for_state("live")
    yield made
    made.close()
    assert made.errors == []


def rows(view: View, side: str) -> list[tuple[Decimal, Decimal, str]]:
    """Price, size and venue of the shown levels of a side, best first."""
    found = view.page.evaluate(
        """side => [...document.querySelectorAll(`.level.${side}:not(.empty)`)].map(row =>
            ['.price', '.size', '.venue'].map(name => row.querySelector(name).textContent))""",
        side,
    )
    made = [(number(price), number(size), venue) for price, size, venue in found]
    return made[::-1] if side == "ask" else made


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.-]", "", text))


def test_the_book_is_that_of_grpc(view: View, served: PageServer, simulator: Simulator) -> None:
    """The market stands still while both are compared."""
    for venue in simulator.venues:
        simulator.fault(venue, "calm")

    def book() -> list[list[tuple[Decimal, Decimal, str]]]:
        with Client(served.server.address) as client:
            found = client.book("BTC/USDT", 20)
        return [[(level.price, level.size, level.venue) for level in side] for side in (found.bids, found.asks)]

    try:
        view.wait(lambda: [rows(view, "bid"), rows(view, "ask")] == book(), "the page has the book of gRPC")
        assert len(rows(view, "bid")) == 20
    finally:
        simulator.clear()


def is_live(page: Any) -> bool:
    return bool(page.evaluate("document.body.dataset.feed") == "live")


def test_several_windows_are_live_together(view: View, served: PageServer) -> None:
    """A browser opens six connections per server over HTTP/1.1. A websocket is none of them."""
    others = [view.context.new_page() for _ in range(4)]
    for other in others:
        other.goto(served.url)
    for page in (*others, view.page):
        assert not page.evaluate("document.hidden"), "a window that is hidden has no stream"
        view.wait(partial(is_live, page), "each window is live")
    for other in others:
        other.close()


def test_all_panels_have_something_to_show(view: View) -> None:
    view.wait(lambda: view.text("#trades"), "trades")
    view.wait(lambda: "in progress" in view.text("#candle-note"), "a candle")
    view.wait(lambda: "VWAP of 20 levels" in view.text("#average-figures"), "averages")
    view.wait(lambda: "column per" in view.text("#heat-note"), "columns of the heat map")
    view.wait(lambda: "bp" in view.text("#depth-note"), "a depth")
    view.wait(lambda: view.page.locator("#venue-rows tr.live").count() == 3, "three venues")
    assert "TradingView" in view.text("#panel-candles .credit")


def test_another_market_is_shown_and_remembered(view: View) -> None:
    view.page.select_option("#market", "ETH/USDT")
    view.wait(lambda: view.page.title() == "ETH/USDT - onebook", "the other market")
    assert "market=ETH/USDT" in view.page.url
    view.wait_for_state("live")
    view.page.reload()
    view.wait_for_state("live")
    assert view.page.input_value("#market") == "ETH/USDT"
    assert max(price for price, _, _ in rows(view, "bid")) < 10_000


def test_a_choice_of_venues_leaves_the_others_out(view: View, simulator: Simulator) -> None:
    name = next(iter(simulator.venues))
    view.page.select_option("#venue-choice", name)
    view.wait(lambda: {venue for _, _, venue in rows(view, "bid")} == {name}, "one venue alone")
    view.wait(lambda: view.page.locator("#venue-rows tr").count() == 3, "the quality of all venues")


def test_keys_do_what_the_help_says(view: View) -> None:
    keyboard = view.page.keyboard
    keyboard.press("?")
    assert view.page.is_visible("#help")
    keyboard.press("Escape")
    assert not view.page.is_visible("#help")
    keyboard.press("-")
    view.wait(lambda: len(rows(view, "ask")) == 10, "fewer levels")
    keyboard.press("c")
    assert not view.page.is_visible("#panel-candles")
    keyboard.press("]")
    assert view.page.input_value("#quote-size") == "2"
    keyboard.press("T")
    assert view.page.evaluate("document.documentElement.dataset.theme") == "light"
    keyboard.press(">")
    view.wait(lambda: view.page.title() == "ETH/USDT - onebook", "the next market")
    keyboard.press(" ")
    view.wait_for_state("held")
    assert "Press space" in view.text("#banner")
    for part in ("levels=10", "hide=candles", "size=2", "theme=light"):
        assert part in view.page.url


def test_the_theme_of_the_system_is_taken(browser: Any, served: PageServer) -> None:
    for theme in ("dark", "light"):
        view = View(browser, served.url, theme=theme)
        assert view.page.evaluate("document.documentElement.dataset.theme") == theme
        view.close()


def test_a_quote_has_its_parts(view: View) -> None:
    view.page.fill("#quote-size", "3")
    view.page.click("#quote-form button")
    view.wait(lambda: view.page.evaluate("document.getElementById('quote-result').className") == "fresh", "a quote")
    sizes = view.page.locator("#quote-slices .slice:visible .size").all_inner_texts()
    assert sum(map(number, sizes)) == 3
    assert number(view.text("#quote-effective")) > number(view.text("#quote-average"))
    view.page.fill("#quote-size", "many")
    view.page.click("#quote-form button")
    view.wait(lambda: "above 0" in view.text("#quote-problem"), "what is wrong with the size")


def test_a_withdrawn_venue_is_marked(view: View, simulator: Simulator) -> None:
    name = next(iter(simulator.venues))
    simulator.fault(name, "refuse")
    simulator.fault(name, "cut")
    try:
        view.wait(lambda: name in view.text("#withdrawn"), "the venue is named above all numbers")
        view.wait(lambda: name in view.text("#venue-rows tr.withdrawn, #venue-rows tr.working"), "and in the table")
        view.wait(lambda: name not in {venue for _, _, venue in rows(view, "bid")}, "its levels are gone")
    finally:
        simulator.clear()
    view.wait(lambda: view.page.locator("#venue-rows tr.live, #venue-rows tr.odd").count() == 3, "it is live again")


STATES = """() => { window.seen = []; new MutationObserver(() => window.seen.push([document.body.dataset.feed,
    performance.now()])).observe(document.body, {attributes: true, attributeFilter: ['data-feed']});
    return performance.now() }"""


def test_a_server_that_hangs_is_not_live(view: View, served: PageServer) -> None:
    view.page.evaluate(STATES)
    served.server.signal(signal.SIGSTOP)
    began = view.page.evaluate("performance.now()")
    try:
        view.wait_for_state("gone")
        assert "does not answer" in view.text("#banner")
        gone = next(at for state, at in view.page.evaluate("window.seen") if state == "gone")
        assert (gone - began) / 1000 < SECONDS + 0.5  # Half a second for a busy machine's browser.
    finally:
        served.server.signal(signal.SIGCONT)
    view.wait_for_state("live")


def test_a_server_that_is_gone_and_comes_back(view: View, served: PageServer) -> None:
    view.page.evaluate(STATES)
    began = view.page.evaluate("performance.now()")
    served.server.kill()
    view.wait_for_state("gone")
    gone = next(at for state, at in view.page.evaluate("window.seen") if state == "gone")
    assert (gone - began) / 1000 < SECONDS
    assert view.text("#state") == "not live"
    assert view.text("#banner").startswith("Not live: the server is gone")
    assert view.page.is_visible(".last-known")
    assert view.page.evaluate("getComputedStyle(document.querySelector('main')).filter") == "grayscale(1) opacity(0.5)"
    served.start()
    view.wait_for_state("live")
    assert not view.page.is_visible("#banner")


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_screen_scrolls_sideways_and_all_can_read_it(
    browser: Any, served: PageServer, width: int, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    view = View(browser, served.url, width, 900, theme)
    view.wait_for_state("live")
    view.wait(lambda: view.page.evaluate("document.getElementById('quote-result').className") == "fresh", "a quote")
    assert view.page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(view.page).response["violations"]
    serious = [
        f"{each['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    assert serious == []
    view.close()
    assert view.errors == []
