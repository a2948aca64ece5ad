-- A vault is one file: its documents, their text, the passages, and the passages' vectors. Chroma is made from it.
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row per name. `next_*` is a file that waits to be read, the first one or one that is to replace what is there:
-- what is there is kept until the new one was read. origin: the file on this computer that it is read from; "" when
-- its bytes are kept in the vault. places: JSON. shingles: MinHash of the text, little-endian uint64.
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    trust TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'waiting',
    note TEXT NOT NULL DEFAULT '',
    sha256 TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL DEFAULT '',
    stamp TEXT NOT NULL DEFAULT '',
    next_sha256 TEXT,
    next_size INTEGER,
    pages INTEGER NOT NULL DEFAULT 0,
    empty_pages TEXT NOT NULL DEFAULT '[]',
    characters INTEGER NOT NULL DEFAULT 0,
    language TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    places TEXT NOT NULL DEFAULT '[]',
    text_sha256 TEXT NOT NULL DEFAULT '',
    shingles BLOB,
    added_at TEXT NOT NULL,
    read_at TEXT
) WITHOUT ROWID;
CREATE INDEX documents_waiting ON documents (next_sha256) WHERE next_sha256 IS NOT NULL;

-- Ids are never given twice, so an id in an index that is behind can never mean another text.
-- text: the slice [start, stop) of the document's; cutting it out of a long text each time would take milliseconds.
-- trust: the document's, or "flagged" as long as a passage that gives orders was not cleared by a person.
CREATE TABLE chunks (
    chunk_id INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    text TEXT NOT NULL,
    place TEXT NOT NULL,
    page INTEGER NOT NULL,
    heading TEXT NOT NULL,
    trust TEXT NOT NULL,
    finding TEXT NOT NULL DEFAULT '',
    decision TEXT NOT NULL DEFAULT '',
    UNIQUE (doc_id, position)
);
CREATE INDEX chunks_flagged ON chunks (doc_id) WHERE finding <> '';

CREATE TABLE vectors (
    embedder TEXT NOT NULL,
    chunk_id INTEGER NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (embedder, chunk_id)
) WITHOUT ROWID;
