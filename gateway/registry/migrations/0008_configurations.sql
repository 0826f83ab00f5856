-- Versions of nodes' configurations, as desired by the center or reported by the
-- node. A version is made once and never changes, but for what becomes of it. The
-- time is part of the key: a node that lost its card counts anew.
CREATE TABLE configurations (
    node    TEXT NOT NULL,
    version INTEGER NOT NULL,
    origin  TEXT NOT NULL,                -- center, node
    time    INTEGER NOT NULL,             -- 0: the node did not know it
    based   INTEGER NOT NULL,             -- the version that its author saw
    author  TEXT NOT NULL,
    reason  TEXT NOT NULL,
    body    TEXT NOT NULL,                -- JSON; '' where the node did not tell it
    state   TEXT NOT NULL,                -- desired, in force, failed, conflict, superseded
    detail  TEXT NOT NULL DEFAULT '',
    known   INTEGER NOT NULL,             -- when the center came to know of it
    PRIMARY KEY (node, version, origin, time)
) WITHOUT ROWID;

-- What nodes last said of their configuration.
CREATE TABLE configuration_reports (
    node        TEXT PRIMARY KEY,
    received    INTEGER NOT NULL,
    version     INTEGER NOT NULL,         -- in force
    trial       INTEGER NOT NULL,         -- it may still be given back
    corrections TEXT NOT NULL,            -- JSON
    digest      BLOB NOT NULL             -- SHA-256 of the message: nodes repeat it
) WITHOUT ROWID;

CREATE TABLE commands (
    id       TEXT PRIMARY KEY,
    node     TEXT NOT NULL,
    name     TEXT NOT NULL,
    sensor   TEXT NOT NULL,
    lines    INTEGER NOT NULL,
    who      TEXT NOT NULL,
    asked    INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,
    state    TEXT NOT NULL,               -- asked, done, failed, timed out
    answer   TEXT NOT NULL DEFAULT ''     -- JSON
) WITHOUT ROWID;
CREATE INDEX commands_node ON commands (node, asked);
CREATE INDEX commands_open ON commands (expires) WHERE state = 'asked';
