"""Pictures of PDF pages, with a quoted sentence marked on them."""

import ctypes
import io
import re
import unicodedata
from typing import Any, NamedTuple

from purpose_agent.vault.errors import Unreadable

_MAX_PIXELS = 24_000_000
_YELLOW = (255, 236, 120)
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_LEAST_LETTERS = 8  # a shorter piece of a quote would be found in wrong places


class Box(NamedTuple):
    """In points of the page, its origin at the lower left."""

    left: float
    top: float
    right: float
    bottom: float


def marked_page(document: Any, number: int, quote: str, width: int) -> bytes:
    """PNG of page `number`, from 1. Raises Unreadable."""
    if not 1 <= number <= len(document):
        raise Unreadable(f"The PDF has no page {number}; it has {len(document)}.", "Choose another page.")
    page = document[number - 1]
    try:
        return page_png(page, width=width, boxes=boxes_of(page, quote) if quote.strip() else [])
    finally:
        page.close()


def page_png(page: Any, *, width: int, boxes: "list[Box] | None" = None) -> bytes:
    """`width` in pixels; smaller for a page so long that its picture would be huge."""
    from PIL import Image, ImageChops, ImageDraw

    wide, high = page.get_size()
    if not (wide > 0 and high > 0):
        raise ValueError("a page without a size")
    scale = min(width / wide, (_MAX_PIXELS / (wide * high)) ** 0.5)
    picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    if boxes:
        layer = Image.new("RGB", picture.size, "white")
        draw = ImageDraw.Draw(layer)
        for box in boxes:
            corners = [_on_picture(page, picture.size, x, y) for x, y in ((box.left, box.top), (box.right, box.bottom))]
            (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
            draw.rounded_rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), radius=3, fill=_YELLOW)
        picture = ImageChops.multiply(picture, layer)  # the letters stay as black as they were
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()


def _on_picture(page: Any, size: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    """PDFium knows of rotated pages and shifted boxes."""
    from pypdfium2.raw import FPDF_PageToDevice

    across, down = ctypes.c_int(), ctypes.c_int()
    FPDF_PageToDevice(page, 0, 0, size[0], size[1], 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return across.value, down.value


def boxes_of(page: Any, quote: str) -> list[Box]:
    """Where the quote stands on the page, a box for each of its lines; none when it is not there.

    Compared are letters and digits only, ligatures taken apart: white space, hyphens at line ends and quotation marks
    differ between a page and its text. What is not found whole is looked for sentence by sentence.
    """
    shown = page.get_textpage()
    try:
        letters, positions = _letters_of_page(shown)
        spans = _found(letters, quote)
        return [box for start, end in spans for box in _boxes(shown, positions[start], positions[end - 1])]
    finally:
        shown.close()


def _found(letters: str, quote: str) -> list[tuple[int, int]]:
    whole = _plain(quote)
    at = letters.find(whole) if whole else -1
    if at >= 0:
        return [(at, at + len(whole))]
    spans = []
    for sentence in _SENTENCE_END.split(quote):
        part = _plain(sentence)
        at = letters.find(part) if len(part) >= _LEAST_LETTERS else -1
        if at >= 0:
            spans.append((at, at + len(part)))
    return spans


def _letters_of_page(shown: Any) -> tuple[str, list[int]]:
    """The page's letters, and for each the index of its character."""
    from pypdfium2.raw import FPDFText_GetUnicode

    letters: list[str] = []
    positions: list[int] = []
    for index in range(shown.count_chars()):
        code = FPDFText_GetUnicode(shown, index)
        plain = _plain(chr(code)) if 0 < code < 0x110000 else ""
        letters.append(plain)
        positions += [index] * len(plain)
    return "".join(letters), positions


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _boxes(shown: Any, first: int, last: int) -> list[Box]:
    from pypdfium2.raw import FPDFText_CountRects, FPDFText_GetRect

    sides = [ctypes.c_double() for _ in range(4)]
    return [
        Box(*(side.value for side in sides))
        for index in range(FPDFText_CountRects(shown, first, last - first + 1))
        if FPDFText_GetRect(shown, index, *(ctypes.byref(side) for side in sides))
    ]
