-- What SCIM needs. See 0001 for what the types mean.

-- What an identity provider calls a user, if it has said so; and by what that
-- is compared: the address, for whom it has not.
ALTER TABLE users ADD COLUMN user_name TEXT;
ALTER TABLE users ADD COLUMN user_name_key TEXT NOT NULL DEFAULT '';
UPDATE users SET user_name_key = email_key;
-- How an identity provider shows the user, if not by both names; and whom it
-- calls their manager, in its own words.
ALTER TABLE users ADD COLUMN display_name TEXT;
ALTER TABLE users ADD COLUMN manager TEXT;
CREATE UNIQUE INDEX users_user_name ON users (account_id, user_name_key);

-- How a SCIM client speaks.
ALTER TABLE api_keys ADD COLUMN dialect TEXT CHECK (dialect IN ('strict', 'entra', 'okta'));

-- What each SCIM client calls users and teams. It need not be unique (RFC 7643,
-- section 3.1).
CREATE TABLE user_external_ids (
    account_id  TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    CONSTRAINT user_external_ids_pkey PRIMARY KEY (client_id, user_id),
    FOREIGN KEY (account_id, client_id) REFERENCES api_keys (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_external_ids_by_value ON user_external_ids (client_id, external_id, user_id);
CREATE INDEX user_external_ids_of_user ON user_external_ids (account_id, user_id);

CREATE TABLE team_external_ids (
    account_id  TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    team_id     TEXT NOT NULL,
    external_id TEXT NOT NULL,
    CONSTRAINT team_external_ids_pkey PRIMARY KEY (client_id, team_id),
    FOREIGN KEY (account_id, client_id) REFERENCES api_keys (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, team_id) REFERENCES teams (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX team_external_ids_by_value ON team_external_ids (client_id, external_id, team_id);
CREATE INDEX team_external_ids_of_team ON team_external_ids (account_id, team_id);

-- What was mended in the requests of a SCIM client, and how often.
CREATE TABLE scim_repairs (
    account_id TEXT    NOT NULL,
    client_id  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    times      INTEGER NOT NULL CHECK (times > 0),
    last_at    INTEGER NOT NULL,
    CONSTRAINT scim_repairs_pkey PRIMARY KEY (client_id, kind),
    FOREIGN KEY (account_id, client_id) REFERENCES api_keys (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
