"""The page's files over a real port: their headers, and what a browser that has them already gets."""

from __future__ import annotations

from server.page.page_files import CONTENT_SECURITY_POLICY, page_files

from .http_rig import HttpRig


def test_files_are_sent_as_they_are(web: HttpRig) -> None:
    for path, file in page_files().items():
        answer = web.get(path)
        assert (answer.status, answer.body) == (200, file.content)
        assert answer.headers["content-type"] == file.content_type
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_browser_that_has_the_file_gets_no_body(web: HttpRig) -> None:
    etag = web.get("/page/main.js").headers["etag"]
    for known in (etag, f'"other", W/{etag}'):
        answer = web.get("/page/main.js", if_none_match=known)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
        assert "content-length" not in answer.headers
    assert web.get("/page/main.js", if_none_match='"other"').status == 200


def test_files_are_only_read(web: HttpRig) -> None:
    assert web.ask("POST", "/", b"{}").status == 405
    head = web.ask("HEAD", "/")
    assert (head.status, head.body) == (200, b"")
