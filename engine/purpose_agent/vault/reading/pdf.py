"""PDF documents by PDFium: the text of each page, and pages without text by OCR where that is installed.

PDFium is a C++ library that has known its share of hostile files; read PDFs from outside in `process.ReaderProcess`.
"""

import re
from typing import Any

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import DAMAGE, MAX_PAGES, MAX_TEXT_CHARS, Clock, joined, some
from purpose_agent.vault.reading.ocr import BY_OCR, HOW_TO_INSTALL, MAX_OCR_PAGES, Recogniser
from purpose_agent.vault.reading.rendering import page_png

_OCR_WIDTH = 1_700  # 200 dots per inch of a letter page
_OUTLINE_ENTRIES = 5_000
_SPLIT_WORD = re.compile(r"[\x02\ufffe]\r?\n?")  # how PDFium marks a hyphen at the end of a line
_PASSWORD = 4  # PDFium's error code


def read_pdf(body: bytes, recognise: Recogniser | None) -> Reading:
    """A page that cannot be read is named in the note. Raises Unreadable."""
    document = opened(body)
    try:
        return _Pages(document, recognise).reading()
    finally:
        document.close()


def opened(body: bytes) -> Any:
    """A document of PDFium; close it. Raises Unreadable."""
    import pypdfium2
    from pypdfium2 import PdfiumError

    try:
        document = pypdfium2.PdfDocument(body)
        if len(document) < 1:
            raise Unreadable("The PDF has no pages.", "Save it again in the program that made it.")
    except PdfiumError as problem:
        if getattr(problem, "err_code", None) == _PASSWORD or "password" in str(problem).lower():
            raise Unreadable("The PDF is protected by a password.", "Save a copy without the password.") from problem
        if b"%%EOF" not in body[-2048:]:
            raise Unreadable(
                "The PDF is damaged: its end is missing.", "Copy or download it again, then try once more."
            ) from problem
        raise Unreadable("The PDF is damaged or not a PDF.", "Open it in a viewer and save it again.") from problem
    return document


class _Pages:
    def __init__(self, document: Any, recognise: Recogniser | None) -> None:
        self._document, self._recognise = document, recognise
        self._builder, self._clock = Builder(), Clock()
        self._headings = _outline(document)
        self._count = len(document)
        self._lost: list[int] = []
        self._empty: list[int] = []
        self._pictures: list[int] = []  # of the empty ones, those that show something
        self._by_ocr: list[int] = []
        self._cut = ""

    def reading(self) -> Reading:
        heading = ""
        for number in range(1, min(self._count, MAX_PAGES) + 1):
            if self._clock.is_over:
                self._cut = f"Only the first {number - 1} of {self._count} pages were read: it took too long."
                break
            if self._builder.length > MAX_TEXT_CHARS:
                break
            heading = self._headings.get(number, heading)
            self._page(number, heading)
        self._refuse_without_text()
        if self._count > MAX_PAGES and not self._cut:
            self._cut = f"Only the first {MAX_PAGES} of {self._count} pages were read."
        note = joined(
            f"{_pages(self._by_ocr)} {BY_OCR}" if self._by_ocr else "",
            self._about_pictures(),
            f"These pages could not be read: {some(self._lost)}." if self._lost else "",
            self._cut,
        )
        found = self._builder.reading(note)
        empty = tuple(sorted({*self._empty, *self._lost}))
        return Reading(text=found.text, places=found.places, note=note, pages=self._count, empty_pages=empty)

    def _page(self, number: int, heading: str) -> None:
        from pypdfium2 import PdfiumError

        try:
            page = self._document[number - 1]
            text = _text(page)
            shows = not text.strip() and next(iter(page.get_objects(max_depth=1)), None) is not None
            if shows:
                text = self._recognised(page, number)
            page.close()
        except (PdfiumError, *DAMAGE):
            self._lost.append(number)
            return
        before = self._builder.length
        self._builder.add(text, label=f"page {number}", firm=True, page=number, heading=heading, end="\n\n")
        if self._builder.length == before:
            self._empty.append(number)
            if shows:
                self._pictures.append(number)

    def _recognised(self, page: Any, number: int) -> str:
        if self._recognise is None or len(self._by_ocr) >= MAX_OCR_PAGES:
            return ""
        text = self._recognise(page_png(page, width=_OCR_WIDTH))
        if text.strip():
            self._by_ocr.append(number)
        return text

    def _refuse_without_text(self) -> None:
        if self._builder.length:
            return
        if self._lost:
            raise Unreadable(
                "The PDF is damaged: none of its pages can be read.", "Open it in a viewer and save it again."
            )
        if not self._pictures:
            raise Unreadable("The PDF holds empty pages only.", "Check that it is the right file.")
        pages = "its only page is a picture" if self._count == 1 else f"all {self._count} pages are pictures"
        what = f"The PDF holds pictures only, no text: {pages} (a scan)."
        if self._recognise is None:
            raise Unreadable(what, HOW_TO_INSTALL)
        raise Unreadable(f"{what} Text recognition (OCR) found nothing on them.", "Scan it again, sharper.")

    def _about_pictures(self) -> str:
        if not self._pictures:
            return ""
        one = len(self._pictures) == 1
        what = f"{_pages(self._pictures)} {'is a picture' if one else 'are pictures'} without text."
        return joined(what, HOW_TO_INSTALL if self._recognise is None else "")


def _pages(numbers: list[int]) -> str:
    return f"Page{'' if len(numbers) == 1 else 's'} {some(numbers)}"


def _text(page: Any) -> str:
    """Words that were parted at the end of a line are whole again."""
    shown = page.get_textpage()
    try:
        found: str = shown.get_text_bounded()
    finally:
        shown.close()
    return _SPLIT_WORD.sub("", found)


def _outline(document: Any) -> dict[int, str]:
    """Page → the path of bookmarks that leads to it; the first one that begins there."""
    from pypdfium2 import PdfiumError

    paths: dict[int, str] = {}
    titles: list[str] = []
    try:
        for count, bookmark in enumerate(document.get_toc(max_depth=8)):
            if count >= _OUTLINE_ENTRIES:
                break
            del titles[bookmark.level :]
            titles.append(" ".join(bookmark.get_title().split()))
            target = bookmark.get_dest()
            index = target.get_index() if target is not None else None
            if index is not None:
                paths.setdefault(index + 1, " > ".join(titles))
    except (PdfiumError, *DAMAGE):
        return paths
    return paths
