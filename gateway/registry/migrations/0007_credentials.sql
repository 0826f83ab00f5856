-- One-time tokens by which nodes enrol. Only the secret's SHA-256 is kept.
CREATE TABLE enrolment_tokens (
    id        TEXT PRIMARY KEY,
    node      TEXT NOT NULL,
    digest    BLOB NOT NULL UNIQUE,
    created   INTEGER NOT NULL,
    by        TEXT NOT NULL,
    expires   INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    used      INTEGER NOT NULL DEFAULT 0, -- when it was first used
    key       BLOB NOT NULL DEFAULT x''   -- SHA-256 of the public key that used it
) WITHOUT ROWID;
CREATE INDEX enrolment_tokens_node ON enrolment_tokens (node);

-- Every certificate that the center has issued.
CREATE TABLE certificates (
    serial     TEXT PRIMARY KEY,          -- hexadecimal
    node       TEXT NOT NULL,
    key        BLOB NOT NULL,             -- SHA-256 of its public key
    token      TEXT NOT NULL,             -- the enrolment token's id, '' for a renewal
    not_before INTEGER NOT NULL,
    not_after  INTEGER NOT NULL,
    issued     INTEGER NOT NULL,
    revoked    INTEGER NOT NULL DEFAULT 0,
    reason     TEXT NOT NULL DEFAULT '',
    pem        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX certificates_node ON certificates (node, issued);
CREATE INDEX certificates_end ON certificates (not_after);
CREATE INDEX certificates_token ON certificates (token) WHERE token <> '';

-- Third-party devices and programs that sign in to the broker by name and
-- password.
CREATE TABLE devices (
    name      TEXT PRIMARY KEY,
    password  TEXT NOT NULL,              -- argon2id, PHC string
    role      TEXT NOT NULL,              -- device, ingester
    publish   TEXT NOT NULL,              -- topic filters, one a line
    subscribe TEXT NOT NULL,
    created   INTEGER NOT NULL,
    disabled  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
