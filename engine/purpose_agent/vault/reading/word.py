"""Word documents: paragraphs and tables in their order, beneath their headings; text boxes, notes, heads and feet.

Read from the parts themselves: python-docx has no tracked insertions, content controls, text boxes or footnotes, and
refuses documents with macros (which are never run here). Deleted and hidden text is left out: its reader cannot see it.
"""

import re
from collections.abc import Iterator
from typing import Any

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import DAMAGE, MAX_DEPTH, MAX_TEXT_CHARS, Clock
from purpose_agent.vault.reading.packages import Package, attribute, local
from purpose_agent.vault.reading.plain import Headings
from purpose_agent.vault.reading.tables import document_table

_THROUGH = frozenset(("sdt", "sdtContent", "ins", "customXml", "smartTag", "moveTo", "AlternateContent", "Choice"))
_NOT_INTO = frozenset(("del", "moveFrom", "Fallback", "instrText", "delText", "pPr", "txbxContent"))
_HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
_PARAGRAPHS_PER_PLACE = 10


def read_docx(body: bytes) -> Reading:
    """Raises Unreadable."""
    package = Package(body, "Word document")
    try:
        return _Document(package).reading()
    except Unreadable:
        raise
    except DAMAGE as problem:
        raise package.broken from problem


class _Document:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._builder, self._headings, self._clock = Builder(), Headings(), Clock()
        main = next((name for name in _main_parts(package) if package.has(name)), "word/document.xml")
        if not package.has(main):
            raise Unreadable("The file is damaged or not a Word document.", "Open it in Word and save it again.")
        self._main = package.xml(main)
        self._levels = _heading_levels(package)
        self._paragraphs = 0

    def reading(self) -> Reading:
        body = next((part for part in self._main if local(part) == "body"), None)
        note = ""
        if body is not None and not self._blocks(body):
            note = "Only the first part was read: the document is too long."
        for label, part, item in (
            ("footnote", "word/footnotes.xml", "footnote"), ("endnote", "word/endnotes.xml", "endnote"),
        ):  # fmt: skip
            self._notes(label, part, item)
        seen: set[str] = set()
        for label in ("header", "footer"):
            for name in sorted(n for n in self._package.names if re.fullmatch(rf"word/{label}\d*\.xml", n)):
                words = " ".join(filter(None, (_words(p) for p in self._package.xml(name).iter() if local(p) == "p")))
                if words and words not in seen:
                    seen.add(words)
                    self._builder.add(words, label=label, firm=True)
        return self._builder.reading(note)

    def _blocks(self, body: Any) -> bool:
        """Whether all of it was taken. Content controls nest as deep as their maker likes."""
        waiting = list(reversed(body))
        while waiting:
            if self._builder.length > MAX_TEXT_CHARS or self._clock.is_over:
                return False
            block = waiting.pop()
            name = local(block)
            if name == "p":
                self._paragraph(block)
            elif name == "tbl":
                for line in _table_lines(block):
                    self._builder.add(line)
                self._boxes(block)
            elif name in _THROUGH:
                waiting.extend(reversed(block))
        return True

    def _paragraph(self, paragraph: Any) -> None:
        words = _words(paragraph)
        level = self._level(paragraph)
        if words:
            label = ""
            if level:
                self._headings.enter(level, words)
                label = words
            elif not self._headings.path:
                self._paragraphs += 1
                number = self._paragraphs
                label = f"paragraph {number}" if number % _PARAGRAPHS_PER_PLACE == 1 else ""
            if not level and _has(paragraph, "numPr"):
                words = f"- {words}"
            self._builder.add(words, label=label, firm=bool(level), heading=self._headings.path, end="\n\n")
        self._boxes(paragraph)

    def _boxes(self, block: Any) -> None:
        """Text boxes stand after the paragraph that holds them; each is stored twice, for old programs too."""
        for box in block.iter():
            if local(box) == "txbxContent" and not any(local(above) == "Fallback" for above in box.iterancestors()):
                self._builder.add(
                    " ".join(filter(None, (_words(p) for p in box.iter() if local(p) == "p"))), end="\n\n"
                )

    def _level(self, paragraph: Any) -> int:
        for part in paragraph:
            if local(part) == "pPr":
                for setting in part:
                    if local(setting) == "outlineLvl":
                        return min(int(attribute(setting, "val") or 9) + 1, 10) % 10
                    if local(setting) == "pStyle":
                        return self._levels.get(attribute(setting, "val"), 0)
        return 0

    def _notes(self, label: str, part: str, item: str) -> None:
        if not self._package.has(part):
            return
        notes = [note for note in self._package.xml(part) if local(note) == item and not attribute(note, "type")]
        for number, note in enumerate(notes, 1):
            words = " ".join(filter(None, (_words(p) for p in note.iter() if local(p) == "p")))
            self._builder.add(words, label=f"{label} {number}", firm=True)


def _main_parts(package: Package) -> Iterator[str]:
    if package.has("_rels/.rels"):
        for relation in package.xml("_rels/.rels"):
            if attribute(relation, "Type").endswith("/officeDocument"):
                yield attribute(relation, "Target")


def _heading_levels(package: Package) -> dict[str, int]:
    """Style id → level, 1 for the title and the highest heading."""
    if not package.has("word/styles.xml"):
        return {}
    levels: dict[str, int] = {}
    parents: dict[str, str] = {}
    for style in package.xml("word/styles.xml"):
        if local(style) != "style" or attribute(style, "type") != "paragraph":
            continue
        key = attribute(style, "styleId")
        for part in style.iter():
            if local(part) == "name":
                name = attribute(part, "val")
                found = _HEADING_STYLE.fullmatch(name)
                if found or name.lower() == "title":
                    levels[key] = int(found[1]) if found else 1
            elif local(part) == "outlineLvl" and int(attribute(part, "val") or 9) < 9:
                levels.setdefault(key, int(attribute(part, "val")) + 1)
            elif local(part) == "basedOn":
                parents[key] = attribute(part, "val")
    for key in parents:
        above, steps = key, 0
        while above not in levels and above in parents and steps < MAX_DEPTH:
            above, steps = parents[above], steps + 1
        if above in levels:
            levels[key] = levels[above]
    return levels


def _words(paragraph: Any) -> str:
    """What a reader sees of a paragraph, without its text boxes."""
    parts: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        node = waiting.pop()
        name = local(node)
        if name in _NOT_INTO or (name == "r" and _is_hidden(node)):
            continue
        if name == "t":
            parts.append(node.text or "")
        elif name in ("tab", "br", "cr"):
            parts.append(" ")
        elif name == "noBreakHyphen":
            parts.append("-")
        else:
            waiting.extend(reversed(node))
    return " ".join("".join(parts).split())


def _is_hidden(run: Any) -> bool:
    for part in run:
        if local(part) == "rPr":
            return any(
                local(setting) == "vanish" and attribute(setting, "val") not in ("0", "false") for setting in part
            )
    return False


def _has(paragraph: Any, setting: str) -> bool:
    return any(local(part) == "pPr" and any(local(s) == setting for s in part) for part in paragraph)


def _table_lines(table: Any) -> list[str]:
    rows: list[list[str]] = []
    has_header, bold = False, True
    for row in (part for part in table.iter() if local(part) == "tr" and _owner(part, "tbl") is table):
        cells = [cell for cell in row.iter() if local(cell) == "tc" and _owner(cell, "tr") is row]
        values = [" ".join(filter(None, (_words(p) for p in cell.iter() if local(p) == "p"))) for cell in cells]
        if not rows:
            has_header = any(local(part) == "tblHeader" for part in row.iter())
            runs = [run for run in row.iter() if local(run) == "r"]
            bold = bool(runs) and all(any(local(part) == "b" for part in run.iter()) for run in runs)
        rows.append(values)
    wide = bool(rows) and len(rows[0]) >= 3 and all(rows[0])
    return document_table(rows, has_header=has_header or wide or bold)


def _owner(element: Any, name: str) -> Any:
    return next((above for above in element.iterancestors() if local(above) == name), None)
