"""EPUB books: their chapters in reading order."""

import posixpath
from typing import Any
from urllib.parse import unquote

from purpose_agent.vault.cleaning import clean
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.encodings import decoded
from purpose_agent.vault.reading.limits import DAMAGE, MAX_PAGES, MAX_TEXT_CHARS, Clock, joined
from purpose_agent.vault.reading.markup import add_html
from purpose_agent.vault.reading.packages import Package, attribute, local
from purpose_agent.vault.reading.plain import Headings

_OF_FONTS = ("obfuscation", "font-mangling", "obfuscate")


def read_epub(body: bytes) -> Reading:
    """Raises Unreadable, also for books that are locked to one reader."""
    package = Package(body, "EPUB book")
    try:
        if package.has("META-INF/encryption.xml") and _is_locked(package):
            raise Unreadable("The book is protected against copying (DRM).", "Use a copy that is not protected.")
        return _read(package)
    except Unreadable:
        raise
    except DAMAGE as problem:
        raise package.broken from problem


def _read(package: Package) -> Reading:
    place = next(
        attribute(part, "full-path")
        for part in package.parsed(package.raw("META-INF/container.xml"), may_have_doctype=True).iter()
        if local(part) == "rootfile"
    )
    contents = package.parsed(package.raw(place), may_have_doctype=True)
    builder, headings, clock, missing, cut = Builder(), Headings(), Clock(), 0, ""
    chapters = _spine(contents, posixpath.dirname(place))
    title = next((" ".join((part.text or "").split()) for part in contents.iter() if local(part) == "title"), "")
    if title:
        headings.enter(0, clean(title))
    for number, name in enumerate(chapters, 1):
        if number > MAX_PAGES or clock.is_over or builder.length > MAX_TEXT_CHARS:
            cut = f"Only the first {number - 1} of {len(chapters)} chapters were read."
            break
        if not package.has(name):
            missing += 1
            continue
        text, _ = decoded(package.raw(name), is_markup=True)
        headings.enter(0, clean(title))
        add_html(clean(text), builder, headings)
    if not chapters or missing == len(chapters):
        raise package.broken
    return builder.reading(joined(f"{missing} chapters are missing in the file." if missing else "", cut))


def _spine(contents: Any, folder: str) -> list[str]:
    files = {
        attribute(part, "id"): posixpath.normpath(posixpath.join(folder, unquote(attribute(part, "href"))))
        for part in contents.iter()
        if local(part) == "item"
    }
    order = [attribute(part, "idref") for part in contents.iter() if local(part) == "itemref"]
    return [files[key] for key in order if key in files]


def _is_locked(package: Package) -> bool:
    """Fonts may be scrambled; text may not."""
    methods = [
        attribute(part, "Algorithm")
        for part in package.parsed(package.raw("META-INF/encryption.xml"), may_have_doctype=True).iter()
        if local(part) == "EncryptionMethod"
    ]
    return any(not any(word in method.lower() for word in _OF_FONTS) for method in methods)
