"""Open what is made of packed XML (office documents, books) without being blown up by it.

A few kilobytes can unpack to gigabytes, and a few lines of XML can name an entity that grows for ever. Sizes are
checked before anything is unpacked (zipfile never gives more bytes than an entry declares), and parts of office
documents that define entities are refused: no program that writes them does.
"""

import io
import lzma
import re
import zipfile
import zlib
from typing import Any

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.reading.limits import DAMAGE

MAX_UNPACKED_BYTES = 300_000_000
MAX_ENTRIES = 20_000
_MAX_XML_BYTES = 150_000_000
_MAX_RATIO = 400  # a worksheet of the same few values packs 200 : 1
_RATIO_FROM_BYTES = 20_000_000
_PROLOG_BYTES = 64_000
_ROOT = re.compile(rb"<\0?[A-Za-z_]")
_DEFINES = re.compile(rb"<\0?!\0?(D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")


class Package:
    """The parts of a packed document. Raises Unreadable for every way in which it is not a good one."""

    def __init__(self, body: bytes, what: str) -> None:
        self.what = what
        self.broken = Unreadable(f"The {what} is damaged or not whole.", "Open it in its program and save it again.")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except (zipfile.BadZipFile, *DAMAGE) as problem:
            raise self.broken from problem
        self.names = [entry.filename for entry in self._zip.infolist()]
        self._by_lower = {name.lower().lstrip("/"): name for name in self.names}
        self._check()

    def _check(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > MAX_ENTRIES:
            raise Unreadable(f"The {self.what} is made of more than {MAX_ENTRIES:,} parts.", "Split it.")
        total = sum(entry.file_size for entry in entries)
        if total > MAX_UNPACKED_BYTES:
            raise Unreadable(
                f"The {self.what} unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB.",
                "Split it into smaller ones.",
            )
        for entry in entries:
            if entry.file_size > _RATIO_FROM_BYTES and entry.file_size > _MAX_RATIO * max(entry.compress_size, 1):
                raise Unreadable(
                    f"A part of the {self.what} unpacks to {entry.file_size // 1_000_000} MB from almost nothing; "
                    "it was not opened.",
                    "Save it again, or leave it out.",
                )
            if entry.flag_bits & 1:
                raise Unreadable(f"The {self.what} is protected by a password.", "Save a copy without the password.")

    def has(self, name: str) -> bool:
        return name.lower().lstrip("/") in self._by_lower

    def raw(self, name: str, limit: int = _MAX_XML_BYTES) -> bytes:
        """The bytes of a part; KeyError when there is none."""
        entry = self._zip.getinfo(self._by_lower[name.lower().lstrip("/")])
        if entry.file_size > limit:
            raise Unreadable(f"A part of the {self.what} is too large to be read.", "Split it into smaller ones.")
        try:
            return self._zip.read(entry)
        except (zipfile.BadZipFile, *DAMAGE, zlib.error, lzma.LZMAError) as problem:
            raise self.broken from problem

    def xml(self, name: str) -> Any:
        """The root element of a part. KeyError when there is none."""
        return self.parsed(self.raw(name))

    def parsed(self, raw: bytes, *, may_have_doctype: bool = False) -> Any:
        from lxml import etree

        if not may_have_doctype:
            self._refuse_entities(raw)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=len(raw) > 8_000_000,
            remove_comments=True, remove_pis=True, recover=may_have_doctype,
        )  # fmt: skip
        try:
            root = etree.fromstring(raw, parser)
        except (etree.LxmlError, *DAMAGE) as problem:
            raise self.broken from problem
        if root is None:
            raise self.broken
        return root

    def check_xml(self) -> None:
        """For libraries that parse the parts by themselves: looks at the head of whatever is XML, by any name."""
        for name in self.names:
            try:
                with self._zip.open(name) as part:
                    head = part.read(_PROLOG_BYTES)
            except (zipfile.BadZipFile, *DAMAGE, zlib.error, lzma.LZMAError) as problem:
                raise self.broken from problem
            if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
                self._refuse_entities(head)

    def _refuse_entities(self, raw: bytes) -> None:
        head = raw[:_PROLOG_BYTES]
        root = _ROOT.search(head)
        if _DEFINES.search(head, 0, root.start() if root else len(head)):
            raise Unreadable(
                f"The {self.what} defines text entities, which no office program writes; it was not opened.",
                "Save it again in its program, or leave it out.",
            )
        if root is None and len(raw) >= _PROLOG_BYTES:
            raise self.broken


def local(element: Any) -> str:
    """The name of an element without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """An attribute by its local name: strict and transitional files differ in namespaces only."""
    for key, value in element.attrib.items():
        if key.rsplit("}", 1)[-1] == name:
            return str(value)
    return ""
