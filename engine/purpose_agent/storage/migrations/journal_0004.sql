-- With what chance a lesson was to be left out of a run; 0 where nothing was left to chance, or nobody wrote it down.
ALTER TABLE credits ADD COLUMN chance REAL NOT NULL DEFAULT 0;
