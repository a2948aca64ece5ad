"""Knowledge files of a notebook, kept in the workspace by their content hash.

A name from a browser is a label, never a path: it is cleaned before it becomes the last part of one.
"""

import hashlib
import re
from pathlib import Path

from purpose_agent.notebooks.errors import FileRefused
from purpose_agent.notebooks.model import KnowledgeFile
from purpose_agent.vault.names import clean_name

MAX_FILE_BYTES = 50_000_000


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
