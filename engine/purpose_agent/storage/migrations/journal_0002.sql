-- Whether credit came from a run of somebody's own task or from a replay of a stored one.
ALTER TABLE credits ADD COLUMN source TEXT NOT NULL DEFAULT 'live';
ALTER TABLE effects ADD COLUMN replays INTEGER NOT NULL DEFAULT 0;
CREATE INDEX credits_of_card ON credits (card_id);

-- Credit is a fold over runs. A correction gives a counted run another outcome; a rewind goes back to what was believed
-- at a moment. Both stand here in order; `after_credit` is the newest row of credits when they were made.
CREATE TABLE credit_rewrites (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    after_credit INTEGER NOT NULL,
    at TEXT NOT NULL,
    rewind_to TEXT,
    run_id TEXT,
    success INTEGER,
    phi REAL
);
