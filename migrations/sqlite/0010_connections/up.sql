-- A connection's name is unique in its account, compared by key. The program
-- fills the keys in, and renames those that were not unique.
ALTER TABLE connections ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX connections_name ON connections (account_id, name_key) WHERE name_key <> '';

-- The certificates that were given with the others and are not used.
ALTER TABLE connections ADD COLUMN ignored_certificates TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(ignored_certificates));

-- The metadata that a connection was last read from. Apart, because lists of
-- connections do not need it, and it may have some MiB.
CREATE TABLE idp_metadata (
    connection_id TEXT NOT NULL CONSTRAINT idp_metadata_pkey PRIMARY KEY,
    account_id    TEXT NOT NULL,
    xml           TEXT NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT;

-- When each certificate of a connection last verified a login, to the minute.
CREATE TABLE certificate_uses (
    connection_id TEXT    NOT NULL,
    -- SHA-256 of the DER, in hexadecimal.
    fingerprint   TEXT    NOT NULL,
    account_id    TEXT    NOT NULL,
    last_used_at  INTEGER NOT NULL,
    CONSTRAINT certificate_uses_pkey PRIMARY KEY (connection_id, fingerprint),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
