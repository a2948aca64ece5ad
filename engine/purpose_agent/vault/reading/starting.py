"""What a process that reads files is started with: this interpreter, these import paths, nothing of the environment."""

import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import purpose_agent

_LIBRARIES = (
    "bs4", "charset_normalizer", "lxml", "msgspec", "numpy", "openpyxl", "PIL", "pptx", "py3langid", "pypdfium2",
)  # fmt: skip
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # without them some systems start no program


def clean_environment() -> dict[str, str]:
    """One thread for each library, and few memory arenas: both would reserve address space that is limited."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2"}  # fmt: skip


def import_paths() -> list[str]:
    """Where this process finds the package and its libraries, in a checkout, an editable install or a wheel.

    Given to the child whole, so that it needs neither `site` nor the environment. Folders that are no library's home
    are left out: what is in the current folder is never imported.
    """
    root = str(Path(purpose_agent.__file__).resolve().parents[1])
    here = {os.path.realpath(os.curdir), os.path.realpath(os.path.expanduser("~"))}  # noqa: PTH111
    paths = [os.path.realpath(path) for path in sys.path if path]
    return [root, *(path for path in dict.fromkeys(paths) if path != root and path not in here)]


@cache
def readable_folders() -> tuple[str, ...]:
    """What the child must be able to read in order to import: the interpreter, the package, the libraries."""
    folders = {str(Path(purpose_agent.__file__).resolve().parent), sys.base_prefix, sys.prefix}
    for name in _LIBRARIES:
        found = find_spec(name)
        if found is not None and found.origin:
            folders.add(str(Path(found.origin).resolve().parents[1]))
    return tuple(sorted(folders))
