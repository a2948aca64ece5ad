"""Visible text of HTML and XML: no scripts, no styles, nothing that is marked as hidden; headings and tables stay.

The tree is walked with a stack of our own: pages nest as deep as their maker likes.
"""

import re
import warnings
from typing import Any

from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import MAX_ROWS, MAX_TEXT_CHARS, Clock
from purpose_agent.vault.reading.plain import Headings
from purpose_agent.vault.reading.tables import document_table

_UNSEEN = frozenset(
    ("script", "style", "noscript", "template", "head", "svg", "iframe", "object", "math", "select", "textarea")
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "li", "main", "nav", "ol",
    "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
_HIDING = re.compile(
    r"(display\s*:\s*none|visibility\s*:\s*hidden|(font-size|opacity)\s*:\s*0(?![.\d]))", re.IGNORECASE
)
_LEAVE = "leave"


def read_html(text: str) -> Reading:
    builder = Builder()
    add_html(text, builder, Headings())
    return builder.reading()


def add_html(text: str, builder: Builder, headings: Headings) -> None:
    """Add the visible text of a page; its headings come beneath those that are open already, by their level."""
    from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        page = BeautifulSoup(text, "lxml")  # closes what is left open as browsers do
    _Walk(builder, headings).over(page)


class _Walk:
    """Text is gathered until a block begins or ends; then it is one paragraph."""

    def __init__(self, builder: Builder, headings: Headings) -> None:
        self._builder, self._headings = builder, headings
        self._words: list[str] = []
        self._table: list[list[str]] | None = None
        self._has_header = False
        self._title = 0  # the level of the heading that is open
        self._clock = Clock()

    def over(self, root: Any) -> None:
        from bs4.element import NavigableString, PreformattedString, Tag

        waiting: list[tuple[str, Any]] = [("", root)]
        while waiting:
            what, node = waiting.pop()
            if what == _LEAVE:
                self._leave(node)
            elif isinstance(node, PreformattedString):
                continue  # comments, declarations, processing instructions
            elif isinstance(node, NavigableString):
                self._words.append(str(node))
            elif isinstance(node, Tag):
                if node.name in _UNSEEN or _is_hidden(node):
                    continue
                self._enter(node)
                waiting.append((_LEAVE, node))
                waiting += [("", child) for child in reversed(node.contents)]
            if self._builder.length > MAX_TEXT_CHARS or self._clock.is_over:
                return
        self._paragraph()

    def _enter(self, tag: Any) -> None:
        name = tag.name
        if name == "br":
            self._words.append("\n")
        elif self._table is not None:
            if name == "tr":
                self._table.append([])
            elif name in ("td", "th"):
                self._words.clear()
                self._has_header = self._has_header or (name == "th" and len(self._table) <= 1)
            elif name in _BLOCKS:
                self._words.append(" ")
        elif name == "table" and _is_data(tag):
            self._paragraph()
            self._table, self._has_header = [], False
        elif name in _HEADINGS:
            self._paragraph()
            self._title = int(name[1])
        elif name in _BLOCKS and not self._title:
            self._paragraph()

    def _leave(self, tag: Any) -> None:
        name = tag.name
        if self._table is not None:
            if name in ("td", "th"):
                if not self._table:
                    self._table.append([])
                self._table[-1].append(self._taken())
            elif name == "caption":
                self._paragraph()
            elif name == "table":
                self._words.clear()
                lines = document_table(self._table[:MAX_ROWS], has_header=self._has_header)
                self._table = None
                for line in lines:
                    self._add(line)
        elif name in _HEADINGS:
            self._paragraph()
            self._title = 0
        elif name in _BLOCKS and not self._title:
            self._paragraph()

    def _taken(self) -> str:
        words = " ".join("".join(self._words).split())
        self._words.clear()
        return words

    def _paragraph(self) -> None:
        words = self._taken()
        if words and self._title:
            self._headings.enter(self._title, words)
            self._add(words, label=words)
        elif words:
            self._add(words)

    def _add(self, words: str, label: str = "") -> None:
        end = "\n\n" if self._table is None else "\n"
        self._builder.add(words, label=label, firm=bool(label), heading=self._headings.path, end=end)


def _is_hidden(tag: Any) -> bool:
    return tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or bool(_HIDING.search(str(tag.get("style", ""))))


def _is_data(table: Any) -> bool:
    """Tables that only lay out a page hold other tables or headings."""
    return table.find(["table", *_HEADINGS]) is None
