-- What the admin API needs. See 0001 for what the types mean.

ALTER TABLE accounts ADD COLUMN recreate_deleted INTEGER NOT NULL DEFAULT 0 CHECK (recreate_deleted IN (0, 1));
ALTER TABLE accounts ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);
UPDATE accounts SET updated_at = created_at;

-- For how many hours the messages of logins are kept; 0: they are not.
ALTER TABLE connections ADD COLUMN keep_messages_hours INTEGER NOT NULL DEFAULT 0
    CHECK (keep_messages_hours BETWEEN 0 AND 168);

ALTER TABLE users ADD COLUMN external_id TEXT;
-- Texts by which names are compared. Empty for what is absent. The program
-- fills them in for the users who are there: SQL can't fold case as it does.
ALTER TABLE users ADD COLUMN first_name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN last_name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN position_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN department_key TEXT NOT NULL DEFAULT '';
-- A CHECK can't be changed: the column is made anew.
ALTER TABLE users ADD COLUMN came_from TEXT NOT NULL DEFAULT 'LOGIN'
    CHECK (came_from IN ('LOGIN', 'ADMIN', 'SCIM'));
UPDATE users SET came_from = origin;
ALTER TABLE users DROP COLUMN origin;
ALTER TABLE users RENAME COLUMN came_from TO origin;
ALTER TABLE teams ADD COLUMN came_from TEXT NOT NULL DEFAULT 'LOGIN'
    CHECK (came_from IN ('LOGIN', 'ADMIN', 'SCIM'));
UPDATE teams SET came_from = origin;
ALTER TABLE teams DROP COLUMN origin;
ALTER TABLE teams RENAME COLUMN came_from TO origin;

-- A list walks one of these: each begins with the account, and ends with what
-- makes the order whole.
CREATE UNIQUE INDEX users_external_id ON users (account_id, external_id);
CREATE INDEX users_by_status ON users (account_id, status, id);
CREATE INDEX users_by_role ON users (account_id, role, id);
CREATE INDEX users_by_first_name ON users (account_id, first_name_key, id);
CREATE INDEX users_by_last_name ON users (account_id, last_name_key, id);
CREATE INDEX users_by_department ON users (account_id, department_key, id);
CREATE INDEX users_by_update ON users (account_id, updated_at, id);
CREATE INDEX teams_by_update ON teams (account_id, updated_at, id);

-- Users who were deleted: the next login does not make them again.
CREATE TABLE deleted_users (
    -- The user's own identifier.
    id         TEXT    NOT NULL CONSTRAINT deleted_users_pkey PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email      TEXT    NOT NULL,
    email_key  TEXT    NOT NULL,
    deleted_at INTEGER NOT NULL,
    CONSTRAINT deleted_users_of_account UNIQUE (account_id, id),
    CONSTRAINT deleted_users_email UNIQUE (account_id, email_key)
) STRICT;

-- What the connections called them.
CREATE TABLE deleted_identities (
    account_id    TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    subject       TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    CONSTRAINT deleted_identities_pkey PRIMARY KEY (connection_id, subject),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES deleted_users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX deleted_identities_of_user ON deleted_identities (account_id, user_id);

CREATE TABLE api_keys (
    id           TEXT    NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    -- SHA-256 of the key.
    hash         BLOB    NOT NULL CONSTRAINT api_keys_hash UNIQUE CHECK (length(hash) = 32),
    -- How the key begins: enough to tell it from others, too little to use it.
    hint         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL CHECK (json_valid(scopes)),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    CONSTRAINT api_keys_of_account UNIQUE (account_id, id)
) STRICT;

-- Answers to requests that may be sent again (Idempotency-Key).
CREATE TABLE idempotent_answers (
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who asked: an API key or a user.
    caller_id  TEXT    NOT NULL,
    -- SHA-256 of the Idempotency-Key, and of the request.
    key_hash   BLOB    NOT NULL CHECK (length(key_hash) = 32),
    request    BLOB    NOT NULL CHECK (length(request) = 32),
    -- Null while the request is under way. Sealed: it may hold a new key.
    answer     BLOB,
    expires_at INTEGER NOT NULL,
    CONSTRAINT idempotent_answers_pkey PRIMARY KEY (account_id, caller_id, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_answers_by_expiry ON idempotent_answers (expires_at);

ALTER TABLE attempts ADD COLUMN email_key TEXT;
CREATE INDEX attempts_of_user ON attempts (account_id, user_id, at, id) WHERE user_id IS NOT NULL;
CREATE INDEX attempts_of_email ON attempts (account_id, email_key, at, id) WHERE email_key IS NOT NULL;

-- The message of an attempt as it was posted, where its connection asks for it.
CREATE TABLE attempt_messages (
    attempt_id TEXT    NOT NULL CONSTRAINT attempt_messages_pkey PRIMARY KEY
               REFERENCES attempts (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_messages_by_expiry ON attempt_messages (expires_at);

-- More can change things than before, and each says in which request.
ALTER TABLE audit_events RENAME TO audit_events_before;
CREATE TABLE audit_events (
    id         TEXT    NOT NULL CONSTRAINT audit_events_pkey PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL
               CHECK (actor IN ('login', 'command_line', 'api_key', 'user', 'scim_client')),
    -- Not a foreign key: what was done stays when whoever did it is gone.
    actor_id   TEXT,
    request_id TEXT,
    action     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    changes    TEXT    NOT NULL,
    CHECK ((actor = 'command_line') = (actor_id IS NULL))
) STRICT;
INSERT INTO audit_events (id, account_id, at, actor, actor_id, request_id, action, target, changes)
    SELECT id, account_id, at, actor, actor_id, NULL, action, target, changes FROM audit_events_before;
DROP TABLE audit_events_before;
CREATE INDEX audit_events_by_time ON audit_events (account_id, at, id);
CREATE INDEX audit_events_of_target ON audit_events (account_id, target, at, id);
CREATE INDEX audit_events_of_actor ON audit_events (account_id, actor_id, at, id);

-- What goes with a connection is found by it.
CREATE INDEX attempts_of_connection ON attempts (account_id, connection_id, at, id);
CREATE INDEX sessions_of_connection ON sessions (account_id, connection_id);
CREATE INDEX pending_requests_of_connection ON pending_requests (account_id, connection_id);
CREATE INDEX seen_assertions_of_connection ON seen_assertions (account_id, connection_id);
CREATE INDEX attempt_messages_of_account ON attempt_messages (account_id);
