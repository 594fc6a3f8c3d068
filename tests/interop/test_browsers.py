"""The official clients of browsers, in Chromium, against the port of HTTP: what they read is what gRPC says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.transport.http.http_rig import HttpRig

from . import builds

pytestmark = pytest.mark.timeout(600)  # The first test builds the page.
OWN = ("onebook/v1/types.proto", "onebook/v1/market_data.proto")
CONNECT = ("connect-json", "connect-proto", "connect-get", "grpc-web")
BIDS = "10050x2500@1 10000x1000@0"
"""Of the book below: prices and sizes as mantissas, and the numbers of the venues."""
NOT_FOUND = "this server has no market 'DOGE/USD'; did you mean ETH/USDT?"
# The page comes from the test, so that the browser does not know that it lies on this machine as its server does.
FLAGS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
PAGE = '<!doctype html><meta charset="utf-8"><title>onebook</title><script src="/page.js"></script>'


def bundle() -> Path:
    """The page's script: the clients at the versions of package-lock.json, and the code of the contract."""
    builds.need("node", "npm")
    folder = builds.BUILD / "web"
    script = folder / "bundle.js"

    def build() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", "page.js"):
            shutil.copy(builds.HERE / "web" / name, folder)
        builds.run("npm", "ci", "--no-audit", "--no-fund", cwd=folder)
        plugin = folder / "node_modules" / ".bin" / "protoc-gen-es"
        options = (f"--plugin=protoc-gen-es={plugin}", f"--es_out={folder / 'gen'}", "--es_opt=target=js")
        (folder / "gen").mkdir(exist_ok=True)
        builds.generate(folder, OWN, *options)
        esbuild = folder / "node_modules" / ".bin" / "esbuild"
        builds.run(esbuild, "page.js", "--bundle", f"--outfile={script}", "--log-level=error", cwd=folder)

    return builds.built("web", script, build)


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page of the server's own origin: there are no headers of CORS."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        builds.need("chromium")
    script = bundle().read_text()
    web = HttpRig()
    web.rig.fill("alpha", "100.00", "101.00")
    web.rig.fill("beta", "100.50", "100.75", "2.500")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        origin = f"http://127.0.0.1:{web.server.port}"
        page.route(f"{origin}/page.html", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        page.route(f"{origin}/page.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
        page.goto(f"{origin}/page.html")
        yield page
        browser.close()
    web.close()


@pytest.mark.parametrize("name", CONNECT)
def test_the_clients_of_connect(page: Any, name: str) -> None:
    found = page.evaluate("name => window.run(name)", name)
    assert (found["book"], found["streamed"]) == (BIDS, BIDS)
    assert found["errors"] == [f"5 {NOT_FOUND} 1"] * 2
    assert found["late"] == 4


@pytest.mark.parametrize(("name", "errors"), [("official-text", 2), ("official-binary", 1)])
def test_the_client_of_grpc_web(page: Any, name: str, errors: int) -> None:
    found = page.evaluate("name => window.run(name)", name)
    assert (found["book"], found["streamed"]) == (BIDS, BIDS)
    assert found["errors"] == [f"5 {NOT_FOUND}"] * errors


def test_the_websocket_of_a_page(page: Any) -> None:
    found = page.evaluate("name => window.run(name)", "websocket")
    assert found["streamed"].split() == [each.replace("@0", "@undefined") for each in BIDS.split()]
    assert found["errors"] == [f"not_found {NOT_FOUND}"]
