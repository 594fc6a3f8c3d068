"""A page as a browser reads it: its tags closed in order, its tables, its text."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Fails on tags that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.rows: list[dict[str, str]] = []
        """Cells of tables by the names of their columns."""
        self.text = ""
        self._cell = ""
        self.feed(page)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        assert len(values) == len(attrs), f"an attribute of {tag} stands twice"
        self.tags.append((tag, values))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append({})
        self._cell = values.get("data-name", "") if tag == "td" else self._cell
        if tag == "td":
            self.rows[-1][self._cell] = ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} was not open"
        assert self.open.pop() == tag
        if tag == "td":
            self._cell = ""

    def handle_data(self, data: str) -> None:
        if self._cell and "td" in self.open:
            self.rows[-1][self._cell] += data
        if "style" not in self.open:
            self.text += data

    def rows_with(self, *names: str) -> list[dict[str, str]]:
        """The rows of the tables that have these columns."""
        return [row for row in self.rows if set(names) <= set(row)]
