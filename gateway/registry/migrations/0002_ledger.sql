-- Packs 1 to next-1 of an epoch are known to have existed. All of them are
-- stored, except those that open_ranges names.
CREATE TABLE epochs (
    node       TEXT NOT NULL,
    epoch      TEXT NOT NULL,
    next       INTEGER NOT NULL,
    state_next INTEGER NOT NULL DEFAULT 0, -- as the node last said
    boot       TEXT NOT NULL DEFAULT '',   -- in which boot it said so
    seen       INTEGER NOT NULL,
    PRIMARY KEY (node, epoch)
) WITHOUT ROWID;

CREATE TABLE open_ranges (
    node   TEXT NOT NULL,
    epoch  TEXT NOT NULL,
    lo     INTEGER NOT NULL,
    hi     INTEGER NOT NULL,
    state  TEXT NOT NULL,
    reason TEXT NOT NULL,
    said   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    PRIMARY KEY (node, epoch, lo)
) WITHOUT ROWID;

CREATE TABLE anomalies (
    node   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    epoch  TEXT NOT NULL,
    detail TEXT NOT NULL,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (node, kind, epoch)
) WITHOUT ROWID;
