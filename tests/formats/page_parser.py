"""report.html taken apart with the standard library: what a validator would say, as far as the page goes."""

from __future__ import annotations

from html.parser import HTMLParser

_NAMES = """
    html head meta title style script body header main section article div span p h1 h2 h3 ul ol li dl dt dd table
    thead tbody tfoot tr th td details summary strong small code svg rect line path polygon text desc defs pattern
"""
_TAGS = frozenset(_NAMES.split())
_VOID = {"meta"}


class Page(HTMLParser):
    """`outline` is every tag with its attributes' names; `text` all text; `problems` what is not well formed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.outline: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[tuple[str, str]] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        if self._open:
            self.problems.append(f"not closed: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if tag not in _TAGS:
            self.problems.append(f"unknown tag {tag}")
        if len(names) != len(set(names)):
            self.problems.append(f"attribute twice in {tag}: {names}")
        self.outline.append((tag, tuple(names)))
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.outline.append((f"/{tag}", ()))
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text.append((self._open[-1] if self._open else "", data))

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"comment {data}")

    def unknown_decl(self, data: str) -> None:
        self.problems.append(f"declaration {data}")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"instruction {data}")

    def values(self, name: str) -> list[str]:
        """Of an attribute, wherever it stands."""
        return [value for _, attribute, value in self.attributes if attribute == name]

    def contents(self, tag: str) -> list[str]:
        """Text directly in elements of this name."""
        return [data for inside, data in self.text if inside == tag]
