-- Rows of the ledger whose words were erased at a person's request. The row stays, with its place in the chain; what was
-- written in it is gone. A later row of the ledger names the positions, so that an erasure cannot be made in silence.
CREATE TABLE erasures (position INTEGER PRIMARY KEY, at TEXT NOT NULL);
DROP TRIGGER ledger_keeps_its_rows;
CREATE TRIGGER ledger_keeps_its_rows BEFORE UPDATE ON ledger
WHEN NOT (
    EXISTS (SELECT 1 FROM erasures WHERE position = OLD.position)
    AND NEW.position = OLD.position AND NEW.card_id = OLD.card_id AND NEW.version = OLD.version
    AND NEW.from_status = OLD.from_status AND NEW.to_status = OLD.to_status AND NEW.actor = OLD.actor
    AND NEW.at = OLD.at AND NEW.previous_hash = OLD.previous_hash AND NEW.hash = OLD.hash
    AND NEW.reason = '' AND NEW.evidence = '{}' AND NEW.card = ''
)
BEGIN
    SELECT RAISE(ABORT, 'rows of the ledger are never changed');
END;
