"""What a vault tells of its documents and passages."""

from datetime import datetime
from typing import Literal, get_args

from purpose_agent.types import Record, Source

DocumentStatus = Literal["waiting", "ready", "empty", "unreadable", "skipped"]

Trust = Literal["own", "web", "flagged"]
"""Whose text it is: the person's own file, a page from the network, or a passage that gives orders to its reader."""
TRUSTS: tuple[Trust, ...] = get_args(Trust)

Decision = Literal["", "keep", "hide", "trust"]
"""What a person said of a flagged passage: use it, quoted as data; never show it; it is harmless. "" = nothing yet."""
DECISIONS: tuple[Decision, ...] = get_args(Decision)


class Document(Record, frozen=True, kw_only=True):
    """One document and its health.

    note           what a person should know or do, "" when all is well.
    version        1, 2, …: how many contents of this name were read; 0 while the first one waits.
    is_waiting     a file, the first or a newer one, waits to be read; what is there is used until then.
    empty_pages    pages on which no text was found.
    same_as, like  names of documents with the same text, and with nearly the same.
    flagged        passages that give orders to their reader and that nobody has decided on yet.
    origin         the file on this computer that it is read from; "" when the vault keeps its bytes.
    """

    doc_id: str
    name: str
    status: DocumentStatus
    trust: Trust = "own"
    version: int = 0
    is_waiting: bool = False
    note: str = ""
    size: int = 0
    pages: int = 0
    empty_pages: tuple[int, ...] = ()
    characters: int = 0
    chunks: int = 0
    language: str = ""
    same_as: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    flagged: int = 0
    origin: str = ""
    sha256: str = ""
    added_at: datetime | None = None
    read_at: datetime | None = None


class Flag(Record, frozen=True, kw_only=True):
    """What the immune system found in a passage: `why` in a sentence, `start` and `end` within the passage."""

    scanner: str
    severity: str
    why: str
    start: int = 0
    end: int = 0


class Passage(Record, frozen=True, kw_only=True):
    """A piece of a document's text, `text[start:end]` of it.

    score    how well it fits the question it was found for, 0 to about 1; higher is better.
    lexical  BM25 of it, None when it shares no telling word with the question.
    cosine   nearness by meaning, -1 to 1; None when it was not found that way.
    """

    chunk_id: int
    doc_id: str
    name: str
    version: int
    start: int
    end: int
    text: str
    position: int = 0
    place: str = ""
    page: int = 0
    trust: Trust = "own"
    flag: Flag | None = None
    decision: Decision = ""
    score: float = 0.0
    lexical: float | None = None
    cosine: float | None = None

    @property
    def may_answer(self) -> bool:
        """Whether an answer may rest on it: nobody has to decide on it first."""
        return self.flag is None or self.decision in ("keep", "trust")

    def source(self, vault: str) -> Source:
        """Where it stands, as a run keeps it."""
        return Source(
            vault=vault,
            document=self.doc_id,
            name=self.name,
            version=self.version,
            start=self.start,
            end=self.end,
            place=self.place,
            page=self.page,
        )


class VaultInfo(Record, frozen=True, kw_only=True):
    """A vault as it stands in a list.

    folders  the files and folders it follows; empty for a vault that keeps what was put into it.
    waiting  documents that wait to be read; unembedded: passages that search by meaning does not know yet.
    """

    vault_id: str
    title: str
    documents: int = 0
    ready: int = 0
    waiting: int = 0
    chunks: int = 0
    unembedded: int = 0
    flagged: int = 0
    bytes_on_disk: int = 0
    embedder: str = ""
    folders: tuple[str, ...] = ()
