-- A SCIM client is a resource of its own: external IDs belong to it, and its
-- keys can be rotated. Each key with the scope `scim` becomes a client that has
-- the ID of the key: external IDs, repairs and the audit refer to it already.
CREATE TABLE scim_clients (
    id         TEXT    NOT NULL CONSTRAINT scim_clients_pkey PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    dialect    TEXT    NOT NULL CHECK (dialect IN ('STRICT', 'ENTRA', 'OKTA')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    CONSTRAINT scim_clients_of_account UNIQUE (account_id, id),
    CONSTRAINT scim_clients_name UNIQUE (account_id, name_key)
) STRICT;
-- The program computes the keys of the names, and renames clients whose names
-- are not unique. No name begins with a blank.
INSERT INTO scim_clients (id, account_id, name, name_key, dialect, created_at, updated_at, version)
    SELECT id, account_id, name, ' ' || id, upper(coalesce(dialect, 'strict')), created_at, created_at, 1
    FROM api_keys WHERE EXISTS (SELECT 1 FROM json_each(scopes) WHERE value = 'scim');

-- A foreign key can't be changed: the tables are created again.
ALTER TABLE user_external_ids RENAME TO user_external_ids_before;
CREATE TABLE user_external_ids (
    account_id  TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    CONSTRAINT user_external_ids_pkey PRIMARY KEY (client_id, user_id),
    FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO user_external_ids (account_id, client_id, user_id, external_id)
    SELECT account_id, client_id, user_id, external_id FROM user_external_ids_before;
DROP TABLE user_external_ids_before;
CREATE INDEX user_external_ids_by_value ON user_external_ids (client_id, external_id, user_id);
CREATE INDEX user_external_ids_of_user ON user_external_ids (account_id, user_id);

ALTER TABLE team_external_ids RENAME TO team_external_ids_before;
CREATE TABLE team_external_ids (
    account_id  TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    team_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    CONSTRAINT team_external_ids_pkey PRIMARY KEY (client_id, team_id),
    FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, team_id) REFERENCES teams (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO team_external_ids (account_id, client_id, team_id, external_id)
    SELECT account_id, client_id, team_id, external_id FROM team_external_ids_before;
DROP TABLE team_external_ids_before;
CREATE INDEX team_external_ids_by_value ON team_external_ids (client_id, external_id, team_id);
CREATE INDEX team_external_ids_of_team ON team_external_ids (account_id, team_id);

ALTER TABLE scim_repairs RENAME TO scim_repairs_before;
CREATE TABLE scim_repairs (
    account_id TEXT    NOT NULL,
    client_id  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    times      INTEGER NOT NULL CHECK (times > 0),
    last_at    INTEGER NOT NULL,
    CONSTRAINT scim_repairs_pkey PRIMARY KEY (client_id, kind),
    FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO scim_repairs (account_id, client_id, kind, times, last_at)
    SELECT account_id, client_id, kind, times, last_at FROM scim_repairs_before;
DROP TABLE scim_repairs_before;

-- Nothing refers to keys any more.
ALTER TABLE api_keys RENAME TO api_keys_before;
CREATE TABLE api_keys (
    id               TEXT    NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
    account_id       TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name             TEXT    NOT NULL,
    -- SHA-256 of the key.
    hash             BLOB    NOT NULL CONSTRAINT api_keys_hash UNIQUE CHECK (length(hash) = 32),
    -- How the key begins: enough to tell it from others, too little to use it.
    hint             TEXT    NOT NULL,
    scopes           TEXT    NOT NULL CHECK (json_valid(scopes)),
    scim_client_id   TEXT,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    -- For how long the key was created: a key that replaces it lasts as long.
    lifetime_seconds INTEGER CHECK (lifetime_seconds > 0),
    last_used_at     INTEGER,
    CONSTRAINT api_keys_of_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, scim_client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE,
    -- A key with the scope `scim` has one client; other keys have none.
    CHECK ((instr(scopes, '"scim"') > 0) = (scim_client_id IS NOT NULL))
) STRICT;
INSERT INTO api_keys (id, account_id, name, hash, hint, scopes, scim_client_id, created_at, expires_at,
                      lifetime_seconds, last_used_at)
    SELECT id, account_id, name, hash, hint, scopes,
        CASE WHEN id IN (SELECT id FROM scim_clients) THEN id END,
        created_at, expires_at, max(1, (expires_at - created_at) / 1000000), last_used_at
    FROM api_keys_before;
DROP TABLE api_keys_before;
CREATE INDEX api_keys_of_scim_client ON api_keys (account_id, scim_client_id, id);
