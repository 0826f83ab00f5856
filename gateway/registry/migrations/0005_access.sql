-- People who sign in, and programs that show a token.
CREATE TABLE accounts (
    name     TEXT PRIMARY KEY COLLATE NOCASE,
    role     TEXT NOT NULL,             -- viewer, operator, technician, admin
    password TEXT NOT NULL,             -- argon2id, PHC string; '' for nobody
    disabled INTEGER NOT NULL DEFAULT 0,
    created  INTEGER NOT NULL,          -- Unix ms; so are all times here
    changed  INTEGER NOT NULL           -- the password: older sessions are over
) WITHOUT ROWID;

CREATE TABLE sessions (
    digest  BLOB PRIMARY KEY,           -- SHA-256 of what the cookie holds
    account TEXT NOT NULL COLLATE NOCASE REFERENCES accounts (name) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    address TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account, created);

CREATE TABLE access_tokens (
    id      TEXT PRIMARY KEY,           -- shown; the token begins with it
    name    TEXT NOT NULL,
    scope   TEXT NOT NULL,              -- a role, or 'ingest'
    digest  BLOB NOT NULL UNIQUE,       -- SHA-256 of the token
    created INTEGER NOT NULL,
    by      TEXT NOT NULL,
    expires INTEGER NOT NULL,           -- 0: never
    used    INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- The one-time link by which the first admin makes an account.
CREATE TABLE setup (
    digest  BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
) WITHOUT ROWID;

-- Who did what, when: sign-ins and every change. Rows are only added, and the
-- oldest go when there are too many.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    time    INTEGER NOT NULL,
    who     TEXT NOT NULL,              -- an account, 'token:<id>', 'node:<id>', 'system'
    address TEXT NOT NULL,
    action  TEXT NOT NULL,              -- 'sign-in', 'node.set', 'certificate.issue', …
    object  TEXT NOT NULL,              -- 'node:sutojayan-01', 'site:35.05.12.1005', …
    before  TEXT NOT NULL,              -- JSON, '' for nothing
    after   TEXT NOT NULL,
    refused TEXT NOT NULL               -- why it was not done, '' for done
);
CREATE INDEX audit_object ON audit (object, id);
-- Each bounds its kind without touching the table: refusals, which anybody can
-- bring about, never push out what was done.
CREATE INDEX audit_done ON audit (id) WHERE refused = '';
CREATE INDEX audit_refused ON audit (id) WHERE refused <> '';
