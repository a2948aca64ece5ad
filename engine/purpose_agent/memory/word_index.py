"""Which lessons in use share words with a task: the full-text index over promoted cards.

The index is written in the same transaction as the promotion and only ever finds ids; whether an id may be used is
asked of the promoted view. Search is bounded: a word that stands in thousands of lessons tells nothing and costs
milliseconds, so the rarest words of the task are looked up first and the common ones only while there is room.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterable

from purpose_agent.memory.cards import MemoryCard

MAX_WORDS = 24
MAX_TEXT_READ = 4000
MAX_ROWS = 2000  # rows ranked in one search: about 1 ms

_WORD = re.compile(r"[^\W_]+")
_ANY_KIND = "anykindoftask"
_STOP_WORDS = frozenset(
    word
    for line in (
        "a about after all also an and any are as at be been before by but can could do does each else first for from",
        "give gives given has have how if in into is it its just like make may more most must no not of on one only or",
        "other our out over should so some such task tasks than that the their them then there these they this those",
        "to try two up use using want was we what when where which who will with without write you your",
    )
    for word in line.split()
)


def content_words(text: str) -> list[str]:
    """The distinct words that say what a text is about, in order; parts of snake_case and camelCase names too."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text[:MAX_TEXT_READ])
    words = (word.casefold() for word in _WORD.findall(split))
    return list(dict.fromkeys(word for word in words if len(word) > 1 and word not in _STOP_WORDS))


class WordIndex:
    """A card stands under the position of its first ledger row, so it is found again for removal at once."""

    def add(self, db: sqlite3.Connection, born: int, card: MemoryCard) -> None:
        text = f"{' '.join(content_words(card.text))} {_kind_word(card.scope.task_kind)}"
        db.execute(
            "INSERT OR REPLACE INTO cards_fts (rowid, card_id, text) VALUES (?, ?, ?)", (born, card.card_id, text)
        )

    def remove(self, db: sqlite3.Connection, born: int) -> None:
        db.execute("DELETE FROM cards_fts WHERE rowid = ?", (born,))

    def find(self, db: sqlite3.Connection, words: Iterable[str], task_kind: str, limit: int) -> list[tuple[str, float]]:
        """(card_id, relevance) of lessons whose scope covers the kind, best first; the best has relevance 1."""
        family = task_kind.partition(":")[0]
        kinds = " OR ".join(f'"{word}"' for word in {_ANY_KIND, _kind_word(task_kind), _kind_word(family)})
        telling = _telling(db, [f'"{word}"' for word in list(words)[:MAX_WORDS]])
        if not telling:
            return []
        found = db.execute(
            "SELECT card_id, rank FROM cards_fts WHERE cards_fts MATCH ? ORDER BY rank, rowid LIMIT ?",
            (f"({kinds}) AND ({' OR '.join(telling)})", limit),
        ).fetchall()
        best = min((rank for _, rank in found), default=-1.0)
        return [(card_id, rank / best if best < 0 else 1.0) for card_id, rank in found]


def _telling(db: sqlite3.Connection, words: list[str]) -> list[str]:
    """The rarest words that together stand in at most MAX_ROWS lessons; the rarest of all in any case."""
    counted = sorted((_rows_with(db, word), word) for word in words)
    chosen: list[str] = []
    total = 0
    for rows, word in counted:
        total += rows
        if rows and (total <= MAX_ROWS or not chosen):
            chosen.append(word)
    return chosen


def _rows_with(db: sqlite3.Connection, word: str) -> int:
    query = "SELECT count(*) FROM (SELECT 1 FROM cards_fts WHERE cards_fts MATCH ? LIMIT ?)"
    count: tuple[int] = db.execute(query, (word, MAX_ROWS + 1)).fetchone()
    return count[0]


def _kind_word(task_kind: str) -> str:
    """One word that stands for a task kind, which holds arrows and blanks of its own."""
    if not task_kind:
        return _ANY_KIND
    return "kind" + hashlib.blake2b(task_kind.encode(), digest_size=6).hexdigest()
