"""Pictures of text (PNG, JPEG, TIFF), read by OCR where that is installed."""

import io

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import DAMAGE, joined
from purpose_agent.vault.reading.ocr import BY_OCR, HOW_TO_INSTALL, MAX_OCR_PAGES, Recogniser

_MAX_PIXELS = 60_000_000
_MAX_SIDE = 4_000


def read_picture(body: bytes, recognise: Recogniser | None) -> Reading:
    """A TIFF may have pages. Raises Unreadable, for a damaged picture also where there is no OCR."""
    pictures, total = _pages(body)
    if recognise is None:
        raise Unreadable("The file is a picture, and reading text from pictures needs OCR.", HOW_TO_INSTALL)
    builder, empty = Builder(), []
    for number, picture in enumerate(pictures, 1):
        before = builder.length
        label = f"page {number}" if total > 1 else "picture"
        builder.add(recognise(picture), label=label, firm=True, page=number if total > 1 else 0, end="\n\n")
        if builder.length == before:
            empty.append(number)
    if not builder.length:
        raise Unreadable("The picture holds no text that OCR could find.", "Use a sharper picture, or leave it out.")
    cut = f"Only the first {MAX_OCR_PAGES} of {total} pages were read." if total > MAX_OCR_PAGES else ""
    found = builder.reading(joined(f"The picture was {BY_OCR}", cut))
    if total == 1:
        return found
    return Reading(text=found.text, places=found.places, note=found.note, pages=total, empty_pages=tuple(empty))


def _pages(body: bytes) -> tuple[list[bytes], int]:
    """Each page as a clean PNG: what the other program gets was written here."""
    from PIL import Image, ImageSequence, UnidentifiedImageError

    broken = Unreadable("The picture is damaged or not whole.", "Open it in a viewer and save it again.")
    pages: list[bytes] = []
    try:
        with Image.open(io.BytesIO(body), formats=("PNG", "JPEG", "TIFF")) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise Unreadable("The picture is too large to be read.", "Save a smaller copy (at most 60 megapixels).")
            total = int(getattr(picture, "n_frames", 1))
            for page in ImageSequence.Iterator(picture):
                if len(pages) >= MAX_OCR_PAGES:
                    break
                if page.width * page.height > _MAX_PIXELS:
                    raise Unreadable("A page of the picture is too large to be read.", "Save a smaller copy.")
                grey = page.convert("L")
                grey.thumbnail((_MAX_SIDE, _MAX_SIDE))
                out = io.BytesIO()
                grey.save(out, "PNG", compress_level=1)
                pages.append(out.getvalue())
    except (Image.DecompressionBombError, UnidentifiedImageError, *DAMAGE) as problem:
        raise broken from problem
    return pages, total
