-- What the admin API needs. See 0001 for what the types mean.

ALTER TABLE accounts
    ADD COLUMN recreate_deleted boolean NOT NULL DEFAULT false,
    ADD COLUMN updated_at timestamptz,
    ADD COLUMN version bigint NOT NULL DEFAULT 1 CHECK (version > 0);
UPDATE accounts SET updated_at = created_at;
ALTER TABLE accounts ALTER COLUMN updated_at SET NOT NULL;

-- For how many hours the messages of logins are kept; 0: they are not.
ALTER TABLE connections ADD COLUMN keep_messages_hours integer NOT NULL DEFAULT 0
    CHECK (keep_messages_hours BETWEEN 0 AND 168);

ALTER TABLE users
    ADD COLUMN external_id text COLLATE "C",
    -- Texts by which names are compared. Empty for what is absent. The program
    -- fills them in for the users who are there: SQL can't fold case as it does.
    ADD COLUMN first_name_key text NOT NULL COLLATE "C" DEFAULT '',
    ADD COLUMN last_name_key text NOT NULL COLLATE "C" DEFAULT '',
    ADD COLUMN position_key text NOT NULL COLLATE "C" DEFAULT '',
    ADD COLUMN department_key text NOT NULL COLLATE "C" DEFAULT '',
    DROP CONSTRAINT users_origin_check,
    ADD CONSTRAINT users_origin_check CHECK (origin IN ('LOGIN', 'ADMIN', 'SCIM'));
ALTER TABLE teams
    DROP CONSTRAINT teams_origin_check,
    ADD CONSTRAINT teams_origin_check CHECK (origin IN ('LOGIN', 'ADMIN', 'SCIM'));

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
    id         uuid        NOT NULL CONSTRAINT deleted_users_pkey PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email      text        NOT NULL COLLATE "C",
    email_key  text        NOT NULL COLLATE "C",
    deleted_at timestamptz NOT NULL,
    CONSTRAINT deleted_users_of_account UNIQUE (account_id, id),
    CONSTRAINT deleted_users_email UNIQUE (account_id, email_key)
);

-- What the connections called them.
CREATE TABLE deleted_identities (
    account_id    uuid NOT NULL,
    connection_id uuid NOT NULL,
    subject       text NOT NULL COLLATE "C",
    user_id       uuid NOT NULL,
    CONSTRAINT deleted_identities_pkey PRIMARY KEY (connection_id, subject),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES deleted_users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX deleted_identities_of_user ON deleted_identities (account_id, user_id);

CREATE TABLE api_keys (
    id           uuid        NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
    account_id   uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name         text        NOT NULL COLLATE "C",
    -- SHA-256 of the key.
    hash         bytea       NOT NULL CONSTRAINT api_keys_hash UNIQUE CHECK (octet_length(hash) = 32),
    -- How the key begins: enough to tell it from others, too little to use it.
    hint         text        NOT NULL COLLATE "C",
    scopes       jsonb       NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    CONSTRAINT api_keys_of_account UNIQUE (account_id, id)
);

-- Answers to requests that may be sent again (Idempotency-Key).
CREATE TABLE idempotent_answers (
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who asked: an API key or a user.
    caller_id  uuid        NOT NULL,
    -- SHA-256 of the Idempotency-Key, and of the request.
    key_hash   bytea       NOT NULL CHECK (octet_length(key_hash) = 32),
    request    bytea       NOT NULL CHECK (octet_length(request) = 32),
    -- Null while the request is under way. Sealed: it may hold a new key.
    answer     bytea,
    expires_at timestamptz NOT NULL,
    CONSTRAINT idempotent_answers_pkey PRIMARY KEY (account_id, caller_id, key_hash)
);
CREATE INDEX idempotent_answers_by_expiry ON idempotent_answers (expires_at);

ALTER TABLE attempts ADD COLUMN email_key text COLLATE "C";
CREATE INDEX attempts_of_user ON attempts (account_id, user_id, at, id) WHERE user_id IS NOT NULL;
CREATE INDEX attempts_of_email ON attempts (account_id, email_key, at, id) WHERE email_key IS NOT NULL;

-- The message of an attempt as it was posted, where its connection asks for it.
CREATE TABLE attempt_messages (
    attempt_id uuid        NOT NULL CONSTRAINT attempt_messages_pkey PRIMARY KEY
               REFERENCES attempts (id) ON DELETE CASCADE,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     bytea       NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX attempt_messages_by_expiry ON attempt_messages (expires_at);

-- More can change things than before, and each says in which request.
ALTER TABLE audit_events
    ADD COLUMN request_id text COLLATE "C",
    DROP CONSTRAINT audit_events_actor_check,
    DROP CONSTRAINT audit_events_check,
    ADD CONSTRAINT audit_events_actor_check
        CHECK (actor IN ('login', 'command_line', 'api_key', 'user', 'scim_client')),
    ADD CONSTRAINT audit_events_check CHECK ((actor = 'command_line') = (actor_id IS NULL));
CREATE INDEX audit_events_of_target ON audit_events (account_id, target, at, id);
CREATE INDEX audit_events_of_actor ON audit_events (account_id, actor_id, at, id);

-- What goes with a connection is found by it.
CREATE INDEX attempts_of_connection ON attempts (account_id, connection_id, at, id);
CREATE INDEX sessions_of_connection ON sessions (account_id, connection_id);
CREATE INDEX pending_requests_of_connection ON pending_requests (account_id, connection_id);
CREATE INDEX seen_assertions_of_connection ON seen_assertions (account_id, connection_id);
CREATE INDEX attempt_messages_of_account ON attempt_messages (account_id);
