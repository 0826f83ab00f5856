-- An entry is open until it is replayed or dropped; then its payload goes and
-- the row stays for a while as a record of what was done.
CREATE TABLE quarantine (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    time     INTEGER NOT NULL,
    node     TEXT NOT NULL,
    topic    TEXT NOT NULL,
    source   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    detail   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    length   INTEGER NOT NULL, -- the pack's
    size     INTEGER NOT NULL, -- what the entry counts for, of the quarantine's bytes
    crc      INTEGER NOT NULL,
    digest   BLOB NOT NULL, -- SHA-256 of the payload
    epoch    TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    replayed INTEGER,
    dropped  INTEGER,
    payload  BLOB           -- last, so that the others are read without it
);

-- The same refusal told twice is one entry, while it is open.
CREATE UNIQUE INDEX quarantine_once ON quarantine (topic, kind, reason, epoch, seq, digest)
    WHERE replayed IS NULL AND dropped IS NULL;

-- Counts and sums what is open without touching the table.
CREATE INDEX quarantine_open ON quarantine (size) WHERE replayed IS NULL AND dropped IS NULL;
