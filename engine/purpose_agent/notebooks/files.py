"""Knowledge files of a notebook, kept in the workspace by their content hash.

A name from a browser is a label, never a path: it is cleaned before it becomes the last part of one.
"""

import hashlib
import re
import unicodedata
from pathlib import Path, PurePosixPath

from purpose_agent.notebooks.errors import FileRefused
from purpose_agent.notebooks.model import KnowledgeFile

MAX_FILE_BYTES = 50_000_000
_KEPT_NAME_CHARS = 100
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def keep(files: Path, name: str, content: bytes) -> KnowledgeFile:
    """Store the bytes once, however often and under whatever name they come. `files` is `Workspace.files`."""
    if len(content) > MAX_FILE_BYTES:
        raise FileRefused(
            f"{clean_name(name)} is {len(content) / 1e6:,.0f} MB; {MAX_FILE_BYTES // 1_000_000} MB is the most.",
            "Split it, or save only the part that matters.",
        )
    if not content:
        raise FileRefused(f"{clean_name(name)} is empty.", "Choose a file with something in it.")
    kept = KnowledgeFile(name=clean_name(name), sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    path = path_of(files, kept)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_bytes(content)
        part.replace(path)
    return kept


def path_of(files: Path, kept: KnowledgeFile) -> Path:
    """Where the bytes stand: a folder named by the hash, and in it the file under its clean name."""
    if not re.fullmatch(r"[0-9a-f]{64}", kept.sha256):
        raise FileRefused(f"{clean_name(kept.name)} has no valid content hash.", "Add the file again.")
    return files / kept.sha256[:2] / kept.sha256 / clean_name(kept.name)


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
