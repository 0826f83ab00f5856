-- What the center knows of itself, of places, and of the nodes in them.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sites (
    code     TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    district TEXT NOT NULL,
    lat      REAL NOT NULL,
    lon      REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE nodes (
    id           TEXT PRIMARY KEY,
    claimed      INTEGER NOT NULL DEFAULT 0,
    claimed_site TEXT NOT NULL DEFAULT '', -- where the center put it
    site         TEXT NOT NULL DEFAULT '', -- where it says it is
    simulated    INTEGER NOT NULL DEFAULT 0,
    online       INTEGER NOT NULL DEFAULT 0, -- as last said, not as judged
    first_seen   INTEGER NOT NULL,           -- Unix ms; so are all times here
    last_seen    INTEGER,
    state        TEXT                        -- last state that was no Will, JSON
) WITHOUT ROWID;

-- A row is a sensor as it was configured from since to until (NULL: still).
-- Completeness is counted from these rows, so a changed interval makes a new one.
CREATE TABLE sensors (
    node       TEXT NOT NULL,
    sensor     TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER,
    driver     TEXT NOT NULL,
    interval   INTEGER NOT NULL, -- ms
    quantities TEXT NOT NULL,    -- names, space separated
    count      INTEGER NOT NULL, -- of quantities
    PRIMARY KEY (node, sensor, since)
) WITHOUT ROWID;

-- How many readings of each minute (Unix minutes, by reading time) are stored.
CREATE TABLE minutes (
    minute   INTEGER NOT NULL,
    node     TEXT NOT NULL,
    readings REAL NOT NULL,
    PRIMARY KEY (minute, node)
) WITHOUT ROWID;
