"""The table of the page's files, and what the page may load."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from server.errors import ConfigError
from server.page.page_files import STATIC, page_files

LOADED = re.compile(r"""(?:src|href)="([^"]+)"|from "(\.[^"]+)"|import "(\.[^"]+)\"""")


def test_the_page_and_all_that_it_loads_is_in_the_table() -> None:
    files = page_files()
    assert files["/"].content_type.startswith("text/html")
    assert files["/page/main.js"].content_type.startswith("text/javascript")
    for path, file in files.items():
        if not path.endswith((".js", "/")) or "vendor" in path:
            continue
        for found in LOADED.finditer(file.content.decode()):
            named = next(filter(None, found.groups()))
            if not named.startswith("https:"):
                assert f"/page/{named.removeprefix('./').removeprefix('page/')}" in files, f"{path} loads {named}"


def test_scripts_and_styles_are_in_files_as_the_policy_wants() -> None:
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_etags_are_those_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("one")
    before = page_files(tmp_path)["/"].etag
    assert page_files(tmp_path)["/"].etag == before
    (tmp_path / "index.html").write_text("two")
    assert page_files(tmp_path)["/"].etag != before


def test_files_of_other_types_are_not_served(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    (tmp_path / "notes.md").write_text("secret")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.js").write_text("")
    assert sorted(page_files(tmp_path)) == ["/", "/page/inner/a.js"]


def test_an_installation_without_the_page_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="install onebook again"):
        page_files(tmp_path)


def test_the_libraries_are_those_that_were_checked() -> None:
    lines = [line.split("  ") for line in (STATIC / "vendor" / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    found = {path.name for path in (STATIC / "vendor").iterdir()} - {"SHA256SUMS"}
    assert set(sums) == found
    for name, digest in sums.items():
        assert sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest, name


def test_each_library_comes_with_its_licence() -> None:
    names = {path.name for path in (STATIC / "vendor").iterdir()}
    assert {"uPlot-LICENSE.txt", "lightweight-charts-LICENSE.txt", "lightweight-charts-NOTICE.txt"} <= names
    assert "https://www.tradingview.com/" in (STATIC / "index.html").read_text()
