"""The words that shall be found wherever they stand: in text, in JSON and in raw bytes, whatever their capitals."""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from purpose_agent.errors import PurposeError

LEAST_CHARS = 3
_CHUNK_BYTES = 1 << 20


class Terms:
    """Names, addresses, numbers: each is looked for as a whole. Raises PurposeError for one that is too short."""

    def __init__(self, terms: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(" ".join(term.split()) for term in terms if term.strip()))
        for word in self.words:
            if len(word) < LEAST_CHARS:
                raise PurposeError(
                    f"“{word}” is too short: it stands in countless other words.",
                    f"Give at least {LEAST_CHARS} characters, for example the whole name.",
                )
        self._in_text = tuple({_plain(form) for word in self.words for form in (word, *_escaped(word))})
        self._in_bytes = tuple(_byte_forms(self.words))

    def __bool__(self) -> bool:
        return bool(self.words)

    def stand_in(self, text: str | bytes | None) -> bool:
        """Whether one of them stands in a text, plain or as JSON holds it."""
        if not text:
            return False
        plain = _plain(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
        return any(form in plain for form in self._in_text)

    def stand_in_file(self, path: Path) -> bool:
        """Whether one of them stands in a file's bytes, as UTF-8, UTF-16 or JSON escapes. False when it is gone."""
        longest = max((len(form) for form in self._in_bytes), default=0)
        kept = b""
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    window = (kept + chunk).lower()
                    if any(form in window for form in self._in_bytes):
                        return True
                    kept = chunk[-longest:]
        except FileNotFoundError:
            return False
        return False


def files_of(home: Path) -> Iterator[Path]:
    """Every file of the workspace, the databases included."""
    return (path for path in sorted(home.rglob("*")) if path.is_file() and not path.is_symlink())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _escaped(word: str) -> tuple[str, str]:
    return json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]


def _byte_forms(words: Iterable[str]) -> set[bytes]:
    """What a file may hold, in small letters as far as ASCII goes: `bytes.lower` is what it is compared with."""
    found: set[bytes] = set()
    for word in words:
        cases = {word, word.lower(), word.upper(), word.title(), word.casefold()}
        shapes = {unicodedata.normalize(form, case) for case in cases for form in ("NFC", "NFD", "NFKC")}
        for shape in shapes | {escaped for case in cases for escaped in _escaped(case)}:
            found |= {shape.encode(code, "ignore").lower() for code in ("utf-8", "utf-16-le", "utf-16-be")}
    return {form for form in found if len(form) >= LEAST_CHARS}
