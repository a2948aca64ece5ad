"""Passages by their words: SQLite's full text search with stemming, ranked by BM25, in a database of the caller's.

The functions take the connection, so that words are written in the transaction that writes the passages. A search is
bounded: ranking costs about a microsecond for each time a word stands in a passage, and counting a thirtieth of that.
So each word is counted first, and of many common words only the rarest are ranked; those weigh most in BM25 anyway.

A passage is found by its own words, by its headings, and a little by what stands just before and after it: a question
often takes one word from the sentence that ended up in the next passage (nDCG@10 + 0.01 on the sets of development).
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping

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
MAX_WORDS = 64
MAX_RANKED_WORDS = 32
MAX_ROWS = 80_000  # places of words that one search ranks: 60 to 90 ms; matters beyond some 50,000 passages only
SURROUNDING_CHARS = 240  # on each side
_WEIGHTS = "0.5, 1.0, 0.4"  # heading, text, surroundings
_TABLE = "chunk_words"


def create(con: sqlite3.Connection) -> None:
    """Make the table, where it is not there yet. What is removed later is overwritten on disk."""
    con.execute("PRAGMA secure_delete = ON")
    con.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {_TABLE} USING fts5(heading, text, around,"
        " tokenize='porter unicode61 remove_diacritics 2')"
    )


def surroundings(text: str, start: int, end: int) -> str:
    """What stands just before and just after `text[start:end]`."""
    return f"{text[max(0, start - SURROUNDING_CHARS) : start]} {text[end : end + SURROUNDING_CHARS]}".strip()


def add(con: sqlite3.Connection, rows: Iterable[tuple[int, str, str, str]]) -> None:
    """Rows of (chunk id, heading, text, surroundings); a chunk that is there already is replaced."""
    con.executemany(f"INSERT OR REPLACE INTO {_TABLE}(rowid, heading, text, around) VALUES (?, ?, ?, ?)", rows)


def remove(con: sqlite3.Connection, ids: Iterable[int]) -> None:
    """They are found no more; `compact` takes their words out of the file too."""
    con.executemany(f"DELETE FROM {_TABLE} WHERE rowid = ?", ((chunk,) for chunk in ids))


def compact(con: sqlite3.Connection) -> None:
    """Write the index anew without what was removed, of which it only keeps marks until then.

    About a second for each hundred megabytes.
    """
    con.execute("PRAGMA secure_delete = ON")
    con.execute(f"INSERT INTO {_TABLE}({_TABLE}) VALUES ('optimize')")


def search(con: sqlite3.Connection, query: str, k: int, *, max_rows: int = MAX_ROWS) -> list[tuple[int, float]]:
    """(chunk id, BM25) of chunks that share a telling word with the query, best (highest) first, equals by id."""
    words = _affordable(document_counts(con, telling_words(query)), max_rows)
    if not words or k <= 0:
        return []
    found = con.execute(
        f"SELECT rowid, -bm25({_TABLE}, {_WEIGHTS}) AS score FROM {_TABLE} WHERE {_TABLE} MATCH ?"
        " ORDER BY score DESC, rowid LIMIT ?",
        (fts_query(words), k),
    ).fetchall()
    return [(int(chunk), float(score)) for chunk, score in found]


def telling_words(query: str) -> list[str]:
    """The distinct words that say what is asked; all of them when there are none but common ones."""
    words = list(dict.fromkeys(re.findall(r"[^\W_]+", query.lower())))
    return ([word for word in words if word not in STOP_WORDS] or words)[:MAX_WORDS]


def fts_query(words: Iterable[str]) -> str:
    """Any of the words, each quoted, so that nothing in it is taken for an operator."""
    return " OR ".join(f'"{word}"' for word in words)


def document_counts(con: sqlite3.Connection, words: Iterable[str]) -> dict[str, int]:
    """In how many chunks each word stands, in any of its forms."""
    sql = f"SELECT count(*) FROM {_TABLE} WHERE {_TABLE} MATCH ?"
    return {word: int(con.execute(sql, (fts_query([word]),)).fetchone()[0]) for word in words}


def _affordable(counts: Mapping[str, int], max_rows: int) -> list[str]:
    """The rarest words that together stand in at most so many places; the rarest of all in any case."""
    chosen: list[str] = []
    total = 0
    for word, count in sorted(counts.items(), key=lambda item: item[1]):
        total += count
        if count and (total <= max_rows or not chosen):
            chosen.append(word)
    return chosen[:MAX_RANKED_WORDS]
