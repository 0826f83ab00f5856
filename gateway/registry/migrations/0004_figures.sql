-- How many readings of each hour (Unix hours, by reading time) are stored: for
-- the figures of a day and of 30 days, and only from the node's counted_from on.
CREATE TABLE hours (
    hour     INTEGER NOT NULL,
    node     TEXT NOT NULL,
    readings REAL NOT NULL,
    PRIMARY KEY (hour, node)
) WITHOUT ROWID;

-- From when on (a whole minute) the node's readings are expected and counted;
-- NULL while it has told of no sensor.
ALTER TABLE nodes ADD COLUMN counted_from INTEGER;

-- The reading times of the stored packs right before and right after a gap, and
-- of an epoch's pack next-1; 0 where not known.
ALTER TABLE open_ranges ADD COLUMN from_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE open_ranges ADD COLUMN to_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE epochs ADD COLUMN edge INTEGER NOT NULL DEFAULT 0;

-- The time of the newest reading of an epoch that is stored, 0 where not known.
ALTER TABLE epochs ADD COLUMN newest INTEGER NOT NULL DEFAULT 0;

-- An older file has counts of the last two hours, so figures begin there.
UPDATE nodes SET counted_from = (
    SELECT MAX((MIN(s.since) + 59999) / 60000,
               COALESCE((SELECT MIN(minute) FROM minutes), (SELECT MAX(seen) / 60000 + 1 FROM epochs), 0)) * 60000
    FROM sensors s WHERE s.node = nodes.id);

INSERT INTO hours (hour, node, readings)
    SELECT m.minute / 60, m.node, SUM(m.readings) FROM minutes m JOIN nodes n ON n.id = m.node
    WHERE m.minute * 60000 >= n.counted_from GROUP BY m.minute / 60, m.node;

UPDATE epochs SET newest = m.newest
    FROM (SELECT node, MAX(minute) * 60000 AS newest FROM minutes WHERE readings > 0 GROUP BY node) m
    WHERE m.node = epochs.node;

-- Counts what is open of each node without touching the table.
CREATE INDEX quarantine_open_node ON quarantine (node) WHERE replayed IS NULL AND dropped IS NULL;
