-- One row per append (a step's events are written together): 8 events in one row cost half of 8 rows.
-- body is a JSON array of events; marks: 1 = holds run.started, 2 = holds a terminal event.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    step INTEGER,
    checkpoint BLOB,
    body BLOB NOT NULL,
    UNIQUE (run_id, first_seq)
);
CREATE INDEX events_of_run_ends ON events (run_id, marks) WHERE marks > 0;

-- What stays of a run whose events are safe in DuckDB: where it ended, and what is needed to take it up again.
CREATE TABLE pruned (
    run_id TEXT PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    step INTEGER,
    checkpoint BLOB,
    at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE intents (
    run_id TEXT NOT NULL,
    key TEXT NOT NULL,
    tool TEXT NOT NULL,
    args TEXT NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT,
    PRIMARY KEY (run_id, key)
) WITHOUT ROWID;

CREATE TABLE grades (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    passed INTEGER NOT NULL,
    total INTEGER NOT NULL,
    detail TEXT NOT NULL DEFAULT '{}',
    at TEXT NOT NULL
);
CREATE INDEX grades_of_run ON grades (run_id, id);

CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    created TEXT NOT NULL,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL
);
CREATE INDEX jobs_by_status ON jobs (status, created);
CREATE INDEX jobs_by_age ON jobs (created);

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE ledger (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    card_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,
    card TEXT NOT NULL,
    at TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX ledger_of_card ON ledger (card_id, position);
CREATE TRIGGER ledger_keeps_its_rows BEFORE UPDATE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'rows of the ledger are never changed');
END;
CREATE TRIGGER ledger_forgets_nothing BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'rows of the ledger are never deleted');
END;

CREATE TABLE effects (
    card_id TEXT NOT NULL,
    task_kind TEXT NOT NULL,
    mean REAL NOT NULL,
    variance REAL NOT NULL,
    uses INTEGER NOT NULL,
    PRIMARY KEY (card_id, task_kind)
) WITHOUT ROWID;

CREATE TABLE base_rates (
    task_kind TEXT PRIMARY KEY,
    mean REAL NOT NULL,
    variance REAL NOT NULL,
    uses INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE credits (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    card_id TEXT NOT NULL,
    task_kind TEXT NOT NULL,
    in_prompt INTEGER NOT NULL,
    withheld INTEGER NOT NULL,
    exploring INTEGER NOT NULL,
    success INTEGER,
    phi REAL,
    at TEXT NOT NULL,
    UNIQUE (run_id, card_id)
);

CREATE VIRTUAL TABLE cards_fts USING fts5 (card_id UNINDEXED, text, tokenize = 'porter unicode61');

-- Tells a journal from one that took its place, so that the trajectories know when to start reading from the beginning.
INSERT INTO settings (key, value) VALUES ('journal_id', '"' || lower(hex(randomblob(8))) || '"');
