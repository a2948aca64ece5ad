"""Find passages by words: SQLite's full text search with stemming, ranked by BM25."""

import re
import sqlite3
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path

from purpose_agent.types import Record

_ENGLISH = (
    "a about am an and are as at be been but by can could did do does for from had has have he her him his how i if in"
    " into is it its just me my no not of on or our please s she should so such t tell than that the their them then"
    " there these they this to too us very was we were what when where which who whom whose why will with would you"
    " your"
)
_GERMAN = (
    "aber als auch auf aus bei bin bis das dass dem den der des die du ein eine einem einen einer er es für hat ich ihr"
    " im ist kann mit nach nicht oder sich sie sind und von vom war was wenn wer wie wir wird wo zu zum zur"
)
STOP_WORDS = frozenset((*_ENGLISH.split(), *_GERMAN.split()))
_MAX_WORDS = 64


class Passage(Record, frozen=True, kw_only=True):
    """A piece of a file. `start` and `end` count characters of the file's text; `score`: BM25, higher is better."""

    text: str
    file: str
    place: str = ""
    start: int = 0
    end: int = 0
    score: float = 0.0


class PassageIndex:
    """Passages that can be searched, in memory or in a file. May be used from any thread."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False)
        weakref.finalize(self, self._db.close)  # people do not close what they search; a broken file is let go too
        self._db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS passages USING fts5(text, place, file UNINDEXED, start UNINDEXED,"
            " stop UNINDEXED, tokenize='porter unicode61 remove_diacritics 2')"
        )

    def add(self, passages: Iterable[Passage]) -> None:
        """All or none."""
        rows = [(p.text, p.place, p.file, p.start, p.end) for p in passages]
        with self._lock, self._db:
            self._db.executemany("INSERT INTO passages(text, place, file, start, stop) VALUES (?, ?, ?, ?, ?)", rows)

    def search(self, query: str, k: int = 6) -> list[Passage]:
        """The passages that share words with the query, best first; passages that overlap a better one are left out."""
        match = fts_query(query)
        if not match or k <= 0:
            return []
        with self._lock:
            rows = self._db.execute(
                "SELECT text, place, file, start, stop, bm25(passages, 1.0, 0.5) AS rank FROM passages"
                " WHERE passages MATCH ? ORDER BY rank, rowid LIMIT ?",
                (match, 2 * k + 10),
            ).fetchall()
        found: list[Passage] = []
        for text, place, file, start, stop, rank in rows:
            passage = Passage(text=text, place=place, file=file, start=start, end=stop, score=round(-rank, 6))
            if not any(_overlaps(passage, better) for better in found):
                found.append(passage)
            if len(found) == k:
                break
        return found

    def close(self) -> None:
        with self._lock:
            self._db.close()


def fts_query(query: str) -> str:
    """Any of the query's words, each quoted, so that nothing in it is taken for an operator."""
    words = list(dict.fromkeys(re.findall(r"\w+", query.lower())))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return " OR ".join(f'"{word}"' for word in telling[:_MAX_WORDS])


def _overlaps(one: Passage, other: Passage) -> bool:
    """Whether half of the shorter one stands in the other too."""
    if one.file != other.file:
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared * 2 > min(one.end - one.start, other.end - other.start)
