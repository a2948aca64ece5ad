"""The one file that holds a vault: documents, their text, passages, words to search and vectors.

All that belongs to a document is written in one transaction, so a reader sees it whole or not at all, whenever the
process dies. A newer content of a name takes the older one's place in the same way. Any number of processes may use it.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from purpose_agent.models.embedding.port import Vectors
from purpose_agent.storage.errors import StoreDamaged
from purpose_agent.storage.migrations import shipped
from purpose_agent.storage.sqlite_file import VAULT_ID, SqliteFile
from purpose_agent.types import JSON, Record
from purpose_agent.vault.errors import VaultError
from purpose_agent.vault.index import lexical
from purpose_agent.vault.places import Place, Reading
from purpose_agent.vault.records import Decision, Document, DocumentStatus, Flag, Passage, Trust
from purpose_agent.vault.similar import Shingles, alike

_MANY = 500  # SQLite takes a bounded number of parameters
_PLACES = msgspec.json.Decoder(tuple[Place, ...])
_FLAG = msgspec.json.Decoder(Flag)
_DOCUMENT_COLUMNS = (
    "d.doc_id, d.name, d.status, d.trust, d.version, d.next_sha256 IS NOT NULL, d.note, d.size, d.pages, d.empty_pages,"
    " d.characters, d.language, d.origin, d.sha256, d.added_at, d.read_at, d.text_sha256, d.shingles"
)
_CHUNK_COLUMNS = (
    "c.chunk_id, c.doc_id, d.name, d.version, c.start, c.stop, c.text, c.position,"
    " c.place, c.page, c.trust, c.finding, c.decision"
)


class Waiting(NamedTuple):
    """A file to be read into a document. `origin` is "" when the vault keeps its bytes, by their hash."""

    doc_id: str
    name: str
    sha256: str
    origin: str


class Piece(Record, frozen=True, kw_only=True):
    """A passage to be kept: where it stands, and what was found in it."""

    start: int
    end: int
    place: str = ""
    page: int = 0
    heading: str = ""
    flag: Flag | None = None


class Counts(NamedTuple):
    documents: int
    ready: int
    waiting: int
    chunks: int
    flagged: int


class VaultStore:
    """`path` is made when there is none. Raises VaultError when it is damaged or belongs to another program."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = SqliteFile(path, shipped("vault"), application_id=VAULT_ID, secure_delete=True)
        except StoreDamaged as problem:
            raise VaultError(
                f"The vault in {path.parent} is damaged; it was left exactly as it is.",
                "Import an export of it, or delete it and put the documents in again.",
                details=problem.details,
            ) from problem
        with self._file.write() as connection:
            lexical.create(connection)

    # ---- what it says of itself

    def about(self, key: str, default: JSON = None) -> JSON:
        row = self._one("SELECT value FROM about WHERE key = ?", key)
        return default if row is None else json.loads(row[0])

    def say(self, **values: JSON) -> None:
        with self._file.write() as connection:
            connection.executemany(
                "INSERT INTO about VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [(key, json.dumps(value)) for key, value in values.items()],
            )

    # ---- documents

    def documents(self) -> list[Document]:
        """By name."""
        rows = self._all(f"SELECT {_DOCUMENT_COLUMNS} FROM documents d ORDER BY d.name COLLATE NOCASE, d.name")
        chunks = dict(self._all("SELECT doc_id, count(*) FROM chunks GROUP BY doc_id"))
        flagged = dict(
            self._all("SELECT doc_id, count(*) FROM chunks WHERE finding <> '' AND decision = '' GROUP BY doc_id")
        )
        same, like = _relations(rows)
        return [
            _document(row, chunks.get(row[0], 0), flagged.get(row[0], 0), same.get(row[0], ()), like.get(row[0], ()))
            for row in rows
        ]

    def document(self, doc_id: str) -> Document | None:
        """Without what it is like, which only the whole list can tell."""
        row = self._one(f"SELECT {_DOCUMENT_COLUMNS} FROM documents d WHERE doc_id = ?", doc_id)
        if row is None:
            return None
        (chunks,) = self._one("SELECT count(*) FROM chunks WHERE doc_id = ?", doc_id) or (0,)
        (flagged,) = self._one(
            "SELECT count(*) FROM chunks WHERE doc_id = ? AND finding <> '' AND decision = ''", doc_id
        ) or (0,)
        return _document(row, chunks, flagged, (), ())

    def counts(self) -> Counts:
        row = self._one(
            "SELECT count(*), coalesce(sum(status = 'ready'), 0), coalesce(sum(next_sha256 IS NOT NULL), 0),"
            " (SELECT count(*) FROM chunks), (SELECT count(*) FROM chunks WHERE finding <> '' AND decision = '')"
            " FROM documents"
        )
        return Counts(*row) if row else Counts(0, 0, 0, 0, 0)

    def reading(self, doc_id: str) -> Reading | None:
        """The text of a document with its places, as it was read."""
        row = self._one(
            "SELECT text, places, note, pages, empty_pages, language FROM documents WHERE doc_id = ?", doc_id
        )
        if row is None:
            return None
        text, places, note, pages, empty_pages, language = row
        return Reading(
            text=text,
            places=_PLACES.decode(places),
            note=note,
            pages=pages,
            empty_pages=tuple(json.loads(empty_pages)),
            language=language,
        )

    def stamps(self) -> dict[str, tuple[str, str]]:
        """By name the origin and the stamp of the documents that are read from files on this computer."""
        return {
            name: (origin, stamp)
            for name, origin, stamp in self._all("SELECT name, origin, stamp FROM documents WHERE origin <> ''")
        }

    def take(
        self, name: str, *, sha256: str, size: int, trust: Trust = "own", origin: str = "", stamp: str = ""
    ) -> str:
        """Put a file in line to be read under this name; the document's id. A content that is there already is not."""
        with self._file.write() as connection:
            row = connection.execute(
                "SELECT doc_id, sha256, next_sha256 FROM documents WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                doc_id = secrets.token_hex(8)
                connection.execute(
                    "INSERT INTO documents (doc_id, name, trust, origin, stamp, next_sha256, next_size, size, added_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (doc_id, name, trust, origin, stamp, sha256, size, size, _now()),
                )
                return doc_id
            doc_id = row[0]
            is_known = row[1] == sha256
            connection.execute(
                "UPDATE documents SET origin = ?, stamp = ?, next_sha256 = ?, next_size = ? WHERE doc_id = ?",
                (origin, stamp, None if is_known else sha256, None if is_known else size, doc_id),
            )
            return str(doc_id)

    def again(self, doc_id: str) -> None:
        """Put what is there in line to be read once more, for example with OCR that was installed meanwhile."""
        with self._file.write() as connection:
            connection.execute(
                "UPDATE documents SET next_sha256 = coalesce(next_sha256, sha256),"
                " next_size = coalesce(next_size, size) WHERE doc_id = ?",
                (doc_id,),
            )

    def waiting(self) -> list[Waiting]:
        """In the order in which they were added."""
        query = "SELECT doc_id, name, next_sha256, origin FROM documents WHERE next_sha256 IS NOT NULL"
        return [Waiting(*row) for row in self._all(f"{query} ORDER BY added_at, name")]

    def keep(self, waiting: Waiting, reading: Reading, pieces: Sequence[Piece], shingles: Shingles) -> None:
        """The document as it was read, in place of what was there. Nothing when it was renewed meanwhile."""
        with self._file.write() as connection:
            row = self._still_waits(connection, waiting)
            if row is None:
                return
            version, trust, old_sha256 = row
            decided = _decisions(connection, waiting.doc_id)
            _drop_chunks(connection, waiting.doc_id)
            connection.execute(
                "UPDATE documents SET status = 'ready', version = ?, note = ?, sha256 = next_sha256, size = next_size,"
                " next_sha256 = NULL, next_size = NULL, pages = ?, empty_pages = ?, characters = ?, language = ?,"
                " text = ?, places = ?, text_sha256 = ?, shingles = ?, read_at = ? WHERE doc_id = ?",
                (
                    version + (old_sha256 != waiting.sha256), reading.note, reading.pages,
                    json.dumps(reading.empty_pages), len(reading.text), reading.language, reading.text,
                    msgspec.json.encode(reading.places).decode(), _text_hash(reading.text), shingles.tobytes(), _now(),
                    waiting.doc_id,
                ),
            )  # fmt: skip
            _insert_chunks(connection, waiting.doc_id, trust, reading.text, pieces, decided)
            _count_change(connection)
        self._file.wrote(4 * len(reading.text))

    def refuse(self, waiting: Waiting, status: DocumentStatus, note: str) -> None:
        """The file could not be read. An older content of the name stays in use, and the note says so."""
        with self._file.write() as connection:
            row = self._still_waits(connection, waiting)
            if row is None:
                return
            if row[0] and row[2] != waiting.sha256:
                note = f"The newer file could not be read, so version {row[0]} is still used. {note}"
                connection.execute(
                    "UPDATE documents SET note = ?, next_sha256 = NULL, next_size = NULL WHERE doc_id = ?",
                    (note, waiting.doc_id),
                )
                return
            _drop_chunks(connection, waiting.doc_id)
            _count_change(connection)
            connection.execute(
                "UPDATE documents SET status = ?, note = ?, sha256 = next_sha256, size = next_size, next_sha256 = NULL,"
                " next_size = NULL, text = '', places = '[]', characters = 0, text_sha256 = '', shingles = NULL,"
                " read_at = ? WHERE doc_id = ?",
                (status, note, _now(), waiting.doc_id),
            )

    def tell(
        self, name: str, status: DocumentStatus, note: str, *, size: int = 0, origin: str = "", stamp: str = ""
    ) -> None:
        """A row for a file that is not even tried, and why. A content of this name that was read stays in use."""
        with self._file.write() as connection:
            connection.execute(
                "INSERT INTO documents (doc_id, name, trust, status, note, size, origin, stamp, added_at)"
                " VALUES (?, ?, 'own', ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                " note = excluded.note, stamp = excluded.stamp",
                (secrets.token_hex(8), name, status, note, size, origin, stamp, _now()),
            )

    def remove(self, doc_ids: Collection[str]) -> set[str]:
        """Take documents out of the file, text and all; the hashes of the contents that nothing needs any more."""
        with self._file.write() as connection:
            gone: set[str] = set()
            for doc_id in doc_ids:
                row = connection.execute(
                    "SELECT sha256, next_sha256 FROM documents WHERE doc_id = ?", (doc_id,)
                ).fetchone()
                if row is not None:
                    gone |= {sha256 for sha256 in row if sha256}
                    _drop_chunks(connection, doc_id)
                    connection.execute("DELETE FROM documents WHERE doc_id = ?", (doc_id,))
            _count_change(connection)
        return gone - self.contents()

    def contents(self) -> set[str]:
        """Hashes of the contents that documents rest on or wait for."""
        rows = self._all("SELECT sha256, next_sha256 FROM documents")
        return {sha256 for row in rows for sha256 in row if sha256}

    def compact(self) -> None:
        """Write the file anew, so that nothing of what was deleted stands in it or in its log."""
        with self._file.translated():
            connection = self._file.connection()
            lexical.compact(connection)
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    # ---- passages

    def search_words(self, query: str, k: int) -> list[tuple[int, float]]:
        """Ids and BM25 of passages that share telling words with the query, best first."""
        with self._file.translated():
            return lexical.search(self._file.connection(), query, k)

    def passages(self, ids: Collection[int]) -> dict[int, Passage]:
        found = {}
        for some in _batches(sorted(ids)):
            marks = ",".join("?" * len(some))
            rows = self._all(
                f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN documents d USING (doc_id) WHERE c.chunk_id IN ({marks})",
                *some,
            )
            found.update({row[0]: _passage(row) for row in rows})
        return found

    def passages_of(self, doc_id: str) -> list[Passage]:
        """In the order of the text."""
        query = f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN documents d USING (doc_id) WHERE c.doc_id = ?"
        rows = self._all(f"{query} ORDER BY c.position", doc_id)
        return [_passage(row) for row in rows]

    def flagged(self) -> list[Passage]:
        """Passages that give orders, undecided ones first."""
        rows = self._all(
            f"SELECT {_CHUNK_COLUMNS} FROM chunks c JOIN documents d USING (doc_id) WHERE c.finding <> ''"
            " ORDER BY c.decision <> '', d.name, c.position"
        )
        return [_passage(row) for row in rows]

    def decide(self, chunk_id: int, decision: Decision) -> None:
        """What a person said of a flagged passage. Hidden ones are taken out of all search; it can be taken back."""
        with self._file.write() as connection:
            row = connection.execute(
                "SELECT d.trust, c.heading, c.text, c.decision, d.text, c.start, c.stop FROM chunks c"
                " JOIN documents d USING (doc_id) WHERE c.chunk_id = ? AND c.finding <> ''",
                (chunk_id,),
            ).fetchone()
            if row is None:
                raise VaultError("This passage is not there any more.", "Reload the page.")
            own_trust, heading, text, before, whole, start, end = row
            connection.execute(
                "UPDATE chunks SET decision = ?, trust = ? WHERE chunk_id = ?",
                (decision, own_trust if decision == "trust" else "flagged", chunk_id),
            )
            if decision == "hide":
                _forget_chunks(connection, [chunk_id])
            elif before == "hide":
                lexical.add(connection, [(chunk_id, heading, text, lexical.surroundings(whole, start, end))])
            _count_change(connection)

    # ---- vectors

    def without_vector(self, embedder: str, limit: int, after: int = 0) -> list[tuple[int, str]]:
        """Passages that this embedder has not seen, with the text that stands for them: headings, then the passage.

        In the order of their ids, from the first one behind `after`.
        """
        return self._all(
            "SELECT c.chunk_id, trim(c.heading || char(10) || c.text) FROM chunks c"
            " WHERE c.chunk_id > ? AND c.decision <> 'hide' AND NOT EXISTS"
            " (SELECT 1 FROM vectors v WHERE v.embedder = ? AND v.chunk_id = c.chunk_id) ORDER BY c.chunk_id LIMIT ?",
            after,
            embedder,
            limit,
        )

    def known_to(self, embedder: str, ids: Collection[int]) -> set[int]:
        """Those of `ids` that have a vector."""
        found: set[int] = set()
        for some in _batches(sorted(ids)):
            marks = ",".join("?" * len(some))
            query = f"SELECT chunk_id FROM vectors WHERE embedder = ? AND chunk_id IN ({marks})"
            found |= {chunk_id for (chunk_id,) in self._all(query, embedder, *some)}
        return found

    def count_without_vector(self, embedder: str) -> int:
        row = self._one(
            "SELECT (SELECT count(*) FROM chunks WHERE decision <> 'hide')"
            " - (SELECT count(*) FROM vectors WHERE embedder = ?)",
            embedder,
        )
        return max(0, row[0]) if row else 0

    def put_vectors(self, embedder: str, ids: Sequence[int], vectors: Vectors) -> None:
        """Kept in half precision. Those of passages that are gone meanwhile are left out."""
        halves = vectors.astype("<f2")
        with self._file.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors SELECT ?, chunk_id, ? FROM chunks"
                " WHERE chunk_id = ? AND decision <> 'hide'",
                [(embedder, row.tobytes(), chunk_id) for chunk_id, row in zip(ids, halves, strict=True)],
            )
            _count_change(connection)
        self._file.wrote(halves.nbytes)

    def vector_ids(self, embedder: str, trust: Trust) -> set[int]:
        rows = self._all(
            "SELECT v.chunk_id FROM vectors v JOIN chunks c USING (chunk_id) WHERE v.embedder = ? AND c.trust = ?",
            embedder,
            trust,
        )
        return {chunk_id for (chunk_id,) in rows}

    def vectors(self, embedder: str, ids: Collection[int]) -> tuple[list[int], Vectors]:
        """Those of `ids` that have one, and the vectors as (n, dims) float32."""
        found: list[tuple[int, bytes]] = []
        for some in _batches(sorted(ids)):
            marks = ",".join("?" * len(some))
            found += self._all(
                f"SELECT chunk_id, vector FROM vectors WHERE embedder = ? AND chunk_id IN ({marks})", embedder, *some
            )
        if not found:
            return [], np.zeros((0, 0), dtype=np.float32)
        matrix = np.stack([np.frombuffer(blob, dtype="<f2") for _, blob in found]).astype(np.float32)
        return [chunk_id for chunk_id, _ in found], matrix

    def drop_vectors(self, *, but: str) -> None:
        """Those of every other embedder."""
        with self._file.write() as connection:
            connection.execute("DELETE FROM vectors WHERE embedder <> ?", (but,))
            _count_change(connection)

    # ---- the file

    def copy(self) -> bytes:
        """The whole file as it is at one moment, whoever writes meanwhile; as the bytes of a database."""
        with self._file.translated():
            copy = sqlite3.connect(":memory:")
            try:
                self._file.connection().backup(copy)
                return copy.serialize()
            finally:
                copy.close()

    def forget_origins(self) -> None:
        """Nothing is read from files on this computer any more."""
        with self._file.write() as connection:
            connection.execute("UPDATE documents SET origin = '', stamp = ''")

    @property
    def generation(self) -> int:
        """Another number whenever passages or vectors have changed, by whatever process."""
        row = self._one("SELECT value FROM about WHERE key = 'generation'")
        return int(row[0]) if row else 0

    def close(self) -> None:
        self._file.close()

    def _still_waits(self, connection: sqlite3.Connection, waiting: Waiting) -> tuple[int, Trust, str] | None:
        row: tuple[int, Trust, str] | None = connection.execute(
            "SELECT version, trust, sha256 FROM documents WHERE doc_id = ? AND next_sha256 = ?",
            (waiting.doc_id, waiting.sha256),
        ).fetchone()
        return row

    def _all(self, query: str, *values: JSON) -> list[tuple]:  # type: ignore[type-arg]  # rows of any shape
        with self._file.translated():
            return self._file.connection().execute(query, values).fetchall()

    def _one(self, query: str, *values: JSON) -> tuple | None:  # type: ignore[type-arg]
        with self._file.translated():
            found: tuple | None = self._file.connection().execute(query, values).fetchone()  # type: ignore[type-arg]
        return found


def _count_change(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO about VALUES ('generation', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1")


def _document(row: Sequence, chunks: int, flagged: int, same: Sequence[str], like: Sequence[str]) -> Document:  # type: ignore[type-arg]
    return Document(
        doc_id=row[0], name=row[1], status=row[2], trust=row[3], version=row[4], is_waiting=bool(row[5]), note=row[6],
        size=row[7], pages=row[8], empty_pages=tuple(json.loads(row[9])), characters=row[10], language=row[11],
        origin=row[12], sha256=row[13], added_at=_time(row[14]), read_at=_time(row[15]), chunks=chunks,
        flagged=flagged, same_as=tuple(same), like=tuple(like),
    )  # fmt: skip


def _passage(row: Sequence) -> Passage:  # type: ignore[type-arg]
    (chunk_id, doc_id, name, version, start, end, text, position, place, page, trust, finding, decision) = row
    return Passage(
        chunk_id=chunk_id, doc_id=doc_id, name=name, version=version, start=start, end=end, text=text,
        position=position, place=place, page=page, trust=trust, decision=decision,
        flag=_FLAG.decode(finding) if finding else None,
    )  # fmt: skip


def _insert_chunks(
    connection: sqlite3.Connection,
    doc_id: str,
    trust: Trust,
    text: str,
    pieces: Sequence[Piece],
    decided: Mapping[str, Decision],
) -> None:
    """The passages and their words. What a person said of a flagged passage holds for the same words again."""
    words = []
    for position, piece in enumerate(pieces):
        passage = text[piece.start : piece.end]
        decision = decided.get(_text_hash(passage), "") if piece.flag else ""
        own: Trust = "flagged" if piece.flag and decision != "trust" else trust
        finding = msgspec.json.encode(piece.flag).decode() if piece.flag else ""
        cursor = connection.execute(
            "INSERT INTO chunks (doc_id, position, start, stop, text, place, page, heading, trust, finding, decision)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                doc_id,
                position,
                piece.start,
                piece.end,
                passage,
                piece.place,
                piece.page,
                piece.heading,
                own,
                finding,
                decision,
            ),
        )
        if decision != "hide" and cursor.lastrowid is not None:
            around = lexical.surroundings(text, piece.start, piece.end)
            words.append((cursor.lastrowid, piece.heading, passage, around))
    lexical.add(connection, words)


def _decisions(connection: sqlite3.Connection, doc_id: str) -> dict[str, Decision]:
    rows = connection.execute(
        "SELECT text, decision FROM chunks WHERE doc_id = ? AND decision <> ''",
        (doc_id,),
    )
    return {_text_hash(text): decision for text, decision in rows}


def _drop_chunks(connection: sqlite3.Connection, doc_id: str) -> None:
    ids = [chunk_id for (chunk_id,) in connection.execute("SELECT chunk_id FROM chunks WHERE doc_id = ?", (doc_id,))]
    _forget_chunks(connection, ids)
    connection.execute("DELETE FROM chunks WHERE doc_id = ?", (doc_id,))


def _forget_chunks(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Out of both searches."""
    lexical.remove(connection, ids)
    connection.executemany("DELETE FROM vectors WHERE chunk_id = ?", [(chunk_id,) for chunk_id in ids])


def _relations(rows: Sequence) -> tuple[dict[str, list[str]], dict[str, list[str]]]:  # type: ignore[type-arg]
    """doc_id → names of documents with the same text, and of those with nearly the same."""
    with_text = [(row[0], row[1], row[16], row[17]) for row in rows if row[17]]
    same: dict[str, list[str]] = {}
    for doc_id, _, text_hash, _ in with_text:
        same[doc_id] = [name for other, name, hashed, _ in with_text if other != doc_id and hashed == text_hash]
    names = {doc_id: name for doc_id, name, _, _ in with_text}
    like: dict[str, list[str]] = {}
    for one, other in alike({doc_id: np.frombuffer(blob, dtype="<u8") for doc_id, _, _, blob in with_text}):
        if names[other] not in same[one]:
            like.setdefault(one, []).append(names[other])
            like.setdefault(other, []).append(names[one])
    return same, like


def _text_hash(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).casefold().encode()).hexdigest()


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _MANY] for start in range(0, len(ids), _MANY))


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
