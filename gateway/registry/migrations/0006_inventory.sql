-- The inventory: what stands where, who looks after it, and what is planned.
ALTER TABLE sites ADD COLUMN note TEXT NOT NULL DEFAULT '';          -- photo, access, datum: words
ALTER TABLE sites ADD COLUMN photo TEXT NOT NULL DEFAULT '';         -- where the photo is
ALTER TABLE sites ADD COLUMN datum TEXT NOT NULL DEFAULT '';         -- to what gauge zero refers
ALTER TABLE sites ADD COLUMN river TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN river_order INTEGER NOT NULL DEFAULT 0; -- along it, from the source; 0: not said
ALTER TABLE nodes ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN model TEXT NOT NULL DEFAULT '';         -- of the board
ALTER TABLE nodes ADD COLUMN serial TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;     -- Unix ms, 0: in service

-- Where a physical sensor is mounted. The node's own word of what it reads is in
-- the table sensors.
CREATE TABLE mountings (
    node        TEXT NOT NULL,
    sensor      TEXT NOT NULL,
    model       TEXT NOT NULL,
    serial      TEXT NOT NULL,
    height_m    REAL,            -- above ground
    datum_m     REAL,            -- of a level gauge: sensor above gauge zero
    orientation TEXT NOT NULL,
    since       INTEGER NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (node, sensor)
) WITHOUT ROWID;

-- The levels of a gauge, from valid_from on until the next set.
CREATE TABLE levels (
    node       TEXT NOT NULL,
    sensor     TEXT NOT NULL,
    quantity   TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    rank       INTEGER NOT NULL, -- 0 to 3, severity; never a Siaga number
    name       TEXT NOT NULL,
    colour     TEXT NOT NULL,    -- #rrggbb
    rising     REAL NOT NULL,    -- entered at or above, cm for level, else the quantity's unit
    falling    REAL NOT NULL,    -- left below
    invented   INTEGER NOT NULL, -- for a demonstration: nobody decreed it
    PRIMARY KEY (node, sensor, quantity, valid_from, rank)
) WITHOUT ROWID;

CREATE TABLE maintenance (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL,
    time INTEGER NOT NULL,       -- when it was done
    who  TEXT NOT NULL,
    what TEXT NOT NULL,
    said INTEGER NOT NULL        -- when it was written down
);
CREATE INDEX maintenance_node ON maintenance (node, time);

-- What is known to come or to have been: a repair, a dam's flushing.
CREATE TABLE events (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT NOT NULL,     -- repair, flushing, other
    scope     TEXT NOT NULL,     -- node, gauge, river
    object    TEXT NOT NULL,     -- node id, node/sensor, river's name
    begins    INTEGER NOT NULL,
    ends      INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    who       TEXT NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX events_time ON events (ends);
