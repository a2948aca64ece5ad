"""A name from outside is a label, never a path: what a file system or a reader could take amiss is taken out of it."""

import re
import unicodedata
from pathlib import PurePosixPath

_KEPT_NAME_CHARS = 100
_KEPT_PARTS = 12
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def clean_name(name: str) -> str:
    """The last part of a name, without anything that a file system or a reader could take amiss."""
    last = PurePosixPath(name.replace("\\", "/")).name
    text = unicodedata.normalize("NFC", last)
    text = "".join(c if c.isalnum() or c in " ._-()+" else "_" for c in text).strip(" .")
    stem, dot, ending = text.rpartition(".")
    stem, ending = (stem, dot + ending[:16]) if dot else (text, "")
    stem = stem[: _KEPT_NAME_CHARS - len(ending)].rstrip(" .")
    if not stem.strip("_") or _RESERVED.match(stem):
        stem = f"file_{stem}".rstrip("_")
    return stem + ending


def clean_path(name: str) -> str:
    """A name with folders before it, such as `reports/2025.pdf`, each part clean; never absolute, never upwards."""
    parts = [part for part in name.replace("\\", "/").split("/") if part.strip(" .")]
    return "/".join(clean_name(part) for part in parts[-_KEPT_PARTS:]) or clean_name("")
