-- What a login needs. Text that is compared or sorted has the C collation, so
-- that its order is that of its bytes, as on SQLite. The ties between tables
-- carry the account, so that two accounts can't be tied together.

CREATE TABLE accounts (
    id          uuid        NOT NULL CONSTRAINT accounts_pkey PRIMARY KEY,
    slug        text        NOT NULL COLLATE "C" CONSTRAINT accounts_slug UNIQUE,
    name        text        NOT NULL,
    contact     text,
    created_at  timestamptz NOT NULL
);

CREATE TABLE connections (
    id                        uuid        NOT NULL CONSTRAINT connections_pkey PRIMARY KEY,
    account_id                uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name                      text        NOT NULL COLLATE "C",
    enabled                   boolean     NOT NULL,
    idp_entity_id             text        NOT NULL COLLATE "C",
    idp_sso_url               text        NOT NULL COLLATE "C",
    -- A list of DER in base64.
    certificates              jsonb       NOT NULL,
    skew_seconds              integer     NOT NULL CHECK (skew_seconds BETWEEN 0 AND 300),
    idp_initiated             boolean     NOT NULL,
    relay_states              jsonb       NOT NULL,
    sha1_until                timestamptz,
    allow_cbc                 boolean     NOT NULL,
    name_id_format            text        COLLATE "C",
    force_authn               boolean     NOT NULL,
    authn_contexts            jsonb       NOT NULL,
    check_provision_attribute text        COLLATE "C",
    -- Our field's name to the identity provider's attribute name.
    mapping                   jsonb       NOT NULL,
    email_attribute           text        COLLATE "C",
    subject_attribute         text        COLLATE "C",
    created_at                timestamptz NOT NULL,
    updated_at                timestamptz NOT NULL,
    version                   bigint      NOT NULL CHECK (version > 0),
    CONSTRAINT connections_of_account UNIQUE (account_id, id)
);

CREATE TABLE keys (
    id             uuid        NOT NULL CONSTRAINT keys_pkey PRIMARY KEY,
    -- Null: the deployment's own.
    account_id     uuid        REFERENCES accounts (id) ON DELETE CASCADE,
    purpose        text        NOT NULL COLLATE "C"
                   CHECK (purpose IN ('saml_signing', 'saml_encryption', 'token_signing')),
    public         bytea       NOT NULL,
    sealed_private bytea       NOT NULL,
    created_at     timestamptz NOT NULL,
    retired_at     timestamptz
);
CREATE INDEX keys_by_owner ON keys (account_id, created_at, id);

CREATE TABLE users (
    id             uuid        NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    account_id     uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email          text        NOT NULL COLLATE "C",
    email_key      text        NOT NULL COLLATE "C",
    role           text        NOT NULL COLLATE "C"
                   CHECK (role IN ('STAKEHOLDER', 'GUEST', 'RESPONDER', 'USER', 'ADMIN')),
    first_name     text        NOT NULL COLLATE "C",
    last_name      text        NOT NULL COLLATE "C",
    position       text        COLLATE "C",
    department     text        COLLATE "C",
    mobile_region  text        COLLATE "C",
    mobile_number  text        COLLATE "C",
    mobile_e164    text        COLLATE "C",
    profile_image  text        COLLATE "C",
    status         text        NOT NULL COLLATE "C"
                   CHECK (status IN ('STAGED', 'ACTIVE', 'DISABLED')),
    origin         text        NOT NULL COLLATE "C" CHECK (origin IN ('LOGIN', 'ADMIN')),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    first_login_at timestamptz,
    last_login_at  timestamptz,
    version        bigint      NOT NULL CHECK (version > 0),
    CONSTRAINT users_of_account UNIQUE (account_id, id),
    CONSTRAINT users_email UNIQUE (account_id, email_key),
    CHECK ((mobile_region IS NULL) = (mobile_number IS NULL)
       AND (mobile_region IS NULL) = (mobile_e164 IS NULL))
);

CREATE TABLE identities (
    id            uuid        NOT NULL CONSTRAINT identities_pkey PRIMARY KEY,
    account_id    uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    subject       text        NOT NULL COLLATE "C",
    user_id       uuid        NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT identities_subject UNIQUE (connection_id, subject),
    CONSTRAINT identities_user UNIQUE (connection_id, user_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX identities_of_user ON identities (account_id, user_id);

CREATE TABLE teams (
    id         uuid        NOT NULL CONSTRAINT teams_pkey PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       text        NOT NULL COLLATE "C",
    name_key   text        NOT NULL COLLATE "C",
    origin     text        NOT NULL COLLATE "C" CHECK (origin IN ('LOGIN', 'ADMIN')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint      NOT NULL CHECK (version > 0),
    CONSTRAINT teams_of_account UNIQUE (account_id, id),
    CONSTRAINT teams_name UNIQUE (account_id, name_key)
);

CREATE TABLE memberships (
    account_id uuid        NOT NULL,
    team_id    uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    role       text        NOT NULL COLLATE "C"
               CHECK (role IN ('STAKEHOLDER', 'RESPONDER', 'USER', 'ADMIN')),
    created_at timestamptz NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (account_id, team_id) REFERENCES teams (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX memberships_of_user ON memberships (account_id, user_id);

CREATE TABLE sessions (
    id            uuid        NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    account_id    uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    -- Not a foreign key: an attempt may be deleted for its age before the session ends.
    attempt_id    uuid        NOT NULL,
    token_hash    bytea       NOT NULL CONSTRAINT sessions_token UNIQUE
                  CHECK (octet_length(token_hash) = 32),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_of_user ON sessions (account_id, user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE pending_requests (
    id            text        NOT NULL COLLATE "C" CONSTRAINT pending_requests_pkey PRIMARY KEY,
    account_id    uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    browser_hash  bytea       NOT NULL CHECK (octet_length(browser_hash) = 32),
    relay_state   text        NOT NULL COLLATE "C",
    return_to     text        COLLATE "C",
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
);
CREATE INDEX pending_requests_by_expiry ON pending_requests (expires_at);

CREATE TABLE seen_assertions (
    -- SHA-256 of the assertion's ID.
    hash          bytea       NOT NULL CHECK (octet_length(hash) = 32),
    connection_id uuid        NOT NULL,
    account_id    uuid        NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- The hash first, because the sweep finds rows by it.
    CONSTRAINT seen_assertions_pkey PRIMARY KEY (hash, connection_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
);
CREATE INDEX seen_assertions_by_expiry ON seen_assertions (expires_at);

CREATE TABLE attempts (
    id            uuid        NOT NULL CONSTRAINT attempts_pkey PRIMARY KEY,
    account_id    uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    reference     text        NOT NULL COLLATE "C" CONSTRAINT attempts_reference UNIQUE,
    at            timestamptz NOT NULL,
    outcome       text        NOT NULL COLLATE "C"
                  CHECK (outcome IN ('created', 'claimed', 'signed_in', 'denied', 'rejected')),
    -- Not a foreign key: what happened stays when the user is deleted.
    user_id       uuid,
    subject       text        COLLATE "C",
    email         text        COLLATE "C",
    checks        jsonb       NOT NULL,
    plan          jsonb,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
);
-- Each login writes here, so there are no more indexes than this: old attempts
-- are found by their identifiers, which sort by time.
CREATE INDEX attempts_by_time ON attempts (account_id, at, id);

CREATE TABLE audit_events (
    id         uuid        NOT NULL CONSTRAINT audit_events_pkey PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at         timestamptz NOT NULL,
    actor      text        NOT NULL COLLATE "C" CHECK (actor IN ('login', 'command_line')),
    -- Not a foreign key: an attempt may be deleted for its age.
    actor_id   uuid,
    action     text        NOT NULL COLLATE "C",
    target     uuid        NOT NULL,
    changes    jsonb       NOT NULL,
    CHECK ((actor = 'login') = (actor_id IS NOT NULL))
);
CREATE INDEX audit_events_by_time ON audit_events (account_id, at, id);
