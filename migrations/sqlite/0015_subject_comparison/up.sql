-- How a subject is compared belongs to the key of an identity: an opaque subject that
-- looks like an address is another person than that address. An earlier release did not
-- store it, so UNKNOWN matches both until the next login, and FOLDED, which is in lower
-- case, both in any case.
ALTER TABLE identities RENAME TO identities_before;
CREATE TABLE identities (
    id            TEXT    NOT NULL CONSTRAINT identities_pkey PRIMARY KEY,
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    comparison    TEXT    NOT NULL CHECK (comparison IN ('EXACT', 'ADDRESS', 'UNKNOWN', 'FOLDED')),
    CONSTRAINT identities_user UNIQUE (connection_id, user_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO identities (id, account_id, connection_id, subject, user_id, created_at, comparison)
    SELECT id, account_id, connection_id, subject, user_id, created_at,
        CASE WHEN ignores_case THEN 'FOLDED'
             WHEN subject NOT LIKE '%@%' OR subject <> lower(subject) THEN 'EXACT'
             ELSE 'UNKNOWN' END
    FROM identities_before;
DROP TABLE identities_before;
CREATE UNIQUE INDEX identities_subject ON identities (connection_id, subject, comparison);
CREATE INDEX identities_of_user ON identities (account_id, user_id);

ALTER TABLE deleted_identities RENAME TO deleted_identities_before;
CREATE TABLE deleted_identities (
    account_id    TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    subject       TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    comparison    TEXT NOT NULL CHECK (comparison IN ('EXACT', 'ADDRESS', 'UNKNOWN', 'FOLDED')),
    CONSTRAINT deleted_identities_pkey PRIMARY KEY (connection_id, user_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES deleted_users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO deleted_identities (account_id, connection_id, subject, user_id, comparison)
    SELECT account_id, connection_id, subject, user_id,
        CASE WHEN ignores_case THEN 'FOLDED'
             WHEN subject NOT LIKE '%@%' OR subject <> lower(subject) THEN 'EXACT'
             ELSE 'UNKNOWN' END
    FROM deleted_identities_before;
DROP TABLE deleted_identities_before;
CREATE UNIQUE INDEX deleted_identities_subject ON deleted_identities (connection_id, subject, comparison);
CREATE INDEX deleted_identities_of_user ON deleted_identities (account_id, user_id);
