"""Text recognition by the program `tesseract`, where it is installed.

It runs in a process of its own that gets a picture on its standard input and answers with text: on Linux behind the
kernel's walls (no network, no new process, nothing written), everywhere within limits of time, memory and CPU.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from purpose_agent.vault.reading.starting import clean_environment

Recogniser = Callable[[bytes], str]  # PNG → text, "" when nothing was found

BY_OCR = "read by OCR (text recognition), which may hold errors."
HOW_TO_INSTALL = (
    "Install the program tesseract (Debian and Ubuntu: sudo apt install tesseract-ocr; macOS: brew install tesseract) "
    "and add it again, or add a copy with text."
)
MAX_OCR_PAGES = 50
MAX_OCR_SECONDS = 180.0
_PAGE_SECONDS = 60.0
_LANGUAGES = 3
_NOT_LANGUAGES = ("osd", "snum", "equ")
_STARTER = Path(__file__).resolve().parent / "ocr_starter.py"


class Tesseract:
    """Recognises pictures until its time is used up. One for each file that is read."""

    def __init__(self, program: str, seconds: float = MAX_OCR_SECONDS) -> None:
        self._program = program
        self._left = seconds

    def __call__(self, picture: bytes) -> str:
        if self._left <= 0:
            return ""
        started = time.monotonic()
        try:
            return _run(self._program, picture, min(self._left, _PAGE_SECONDS))
        finally:
            self._left -= time.monotonic() - started


def installed() -> Tesseract | None:
    """None where there is no tesseract, or one that knows no language."""
    program = shutil.which("tesseract")
    return Tesseract(program) if program and _languages(program) else None


def _run(program: str, picture: bytes, seconds: float) -> str:
    told = json.dumps(
        {
            "program": str(Path(program).resolve()),
            "languages": _languages(program),
            "data": os.environ.get("TESSDATA_PREFIX", ""),
        }
    )
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(_STARTER), told],
            input=picture, capture_output=True, timeout=seconds, check=False, env=clean_environment(), cwd="/",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout[:1_000_000].decode("utf-8", "replace") if done.returncode == 0 else ""


@cache
def _languages(program: str) -> str:
    """As "eng+deu": those that are installed, English first; each one more costs time."""
    try:
        told = subprocess.run([program, "--list-langs"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    words = told.stdout.decode("utf-8", "replace").split("\n")[1:]
    known = [word.strip() for word in words if re.fullmatch(r"\w{3,8}", word.strip())]
    known = sorted((word for word in known if word not in _NOT_LANGUAGES), key=lambda word: (word != "eng", word))
    return "+".join(known[:_LANGUAGES])
