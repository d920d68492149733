-- What a login needs. Identifiers are text, times are microseconds since 1970,
-- JSON is text. The ties between tables carry the account, so that two
-- accounts can't be tied together.

CREATE TABLE accounts (
    id          TEXT    NOT NULL CONSTRAINT accounts_pkey PRIMARY KEY,
    slug        TEXT    NOT NULL CONSTRAINT accounts_slug UNIQUE,
    name        TEXT    NOT NULL,
    contact     TEXT,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE connections (
    id                        TEXT    NOT NULL CONSTRAINT connections_pkey PRIMARY KEY,
    account_id                TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name                      TEXT    NOT NULL,
    enabled                   INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    idp_entity_id             TEXT    NOT NULL,
    idp_sso_url               TEXT    NOT NULL,
    -- A list of DER in base64.
    certificates              TEXT    NOT NULL CHECK (json_valid(certificates)),
    skew_seconds              INTEGER NOT NULL CHECK (skew_seconds BETWEEN 0 AND 300),
    idp_initiated             INTEGER NOT NULL CHECK (idp_initiated IN (0, 1)),
    relay_states              TEXT    NOT NULL CHECK (json_valid(relay_states)),
    sha1_until                INTEGER,
    allow_cbc                 INTEGER NOT NULL CHECK (allow_cbc IN (0, 1)),
    name_id_format            TEXT,
    force_authn               INTEGER NOT NULL CHECK (force_authn IN (0, 1)),
    authn_contexts            TEXT    NOT NULL CHECK (json_valid(authn_contexts)),
    check_provision_attribute TEXT,
    -- Our field's name to the identity provider's attribute name.
    mapping                   TEXT    NOT NULL CHECK (json_valid(mapping)),
    email_attribute           TEXT,
    subject_attribute         TEXT,
    created_at                INTEGER NOT NULL,
    updated_at                INTEGER NOT NULL,
    version                   INTEGER NOT NULL CHECK (version > 0),
    CONSTRAINT connections_of_account UNIQUE (account_id, id)
) STRICT;

CREATE TABLE keys (
    id             TEXT    NOT NULL CONSTRAINT keys_pkey PRIMARY KEY,
    -- Null: the deployment's own.
    account_id     TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    purpose        TEXT    NOT NULL
                   CHECK (purpose IN ('saml_signing', 'saml_encryption', 'token_signing')),
    public         BLOB    NOT NULL,
    sealed_private BLOB    NOT NULL,
    created_at     INTEGER NOT NULL,
    retired_at     INTEGER
) STRICT;
CREATE INDEX keys_by_owner ON keys (account_id, created_at, id);

CREATE TABLE users (
    id             TEXT    NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    account_id     TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email          TEXT    NOT NULL,
    email_key      TEXT    NOT NULL,
    role           TEXT    NOT NULL
                   CHECK (role IN ('STAKEHOLDER', 'GUEST', 'RESPONDER', 'USER', 'ADMIN')),
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    position       TEXT,
    department     TEXT,
    mobile_region  TEXT,
    mobile_number  TEXT,
    mobile_e164    TEXT,
    profile_image  TEXT,
    status         TEXT    NOT NULL
                   CHECK (status IN ('STAGED', 'ACTIVE', 'DISABLED')),
    origin         TEXT    NOT NULL CHECK (origin IN ('LOGIN', 'ADMIN')),
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    first_login_at INTEGER,
    last_login_at  INTEGER,
    version        INTEGER NOT NULL CHECK (version > 0),
    CONSTRAINT users_of_account UNIQUE (account_id, id),
    CONSTRAINT users_email UNIQUE (account_id, email_key),
    CHECK ((mobile_region IS NULL) = (mobile_number IS NULL)
       AND (mobile_region IS NULL) = (mobile_e164 IS NULL))
) STRICT;

CREATE TABLE identities (
    id            TEXT    NOT NULL CONSTRAINT identities_pkey PRIMARY KEY,
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    CONSTRAINT identities_subject UNIQUE (connection_id, subject),
    CONSTRAINT identities_user UNIQUE (connection_id, user_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX identities_of_user ON identities (account_id, user_id);

CREATE TABLE teams (
    id         TEXT    NOT NULL CONSTRAINT teams_pkey PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    origin     TEXT    NOT NULL CHECK (origin IN ('LOGIN', 'ADMIN')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    CONSTRAINT teams_of_account UNIQUE (account_id, id),
    CONSTRAINT teams_name UNIQUE (account_id, name_key)
) STRICT;

CREATE TABLE memberships (
    account_id TEXT    NOT NULL,
    team_id    TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    role       TEXT    NOT NULL
               CHECK (role IN ('STAKEHOLDER', 'RESPONDER', 'USER', 'ADMIN')),
    created_at INTEGER NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (account_id, team_id) REFERENCES teams (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_of_user ON memberships (account_id, user_id);

CREATE TABLE sessions (
    id            TEXT    NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    account_id    TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    -- Not a foreign key: an attempt may be deleted for its age before the session ends.
    attempt_id    TEXT    NOT NULL,
    token_hash    BLOB    NOT NULL CONSTRAINT sessions_token UNIQUE
                  CHECK (length(token_hash) = 32),
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (account_id, user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE pending_requests (
    id            TEXT    NOT NULL CONSTRAINT pending_requests_pkey PRIMARY KEY,
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    browser_hash  BLOB    NOT NULL CHECK (length(browser_hash) = 32),
    relay_state   TEXT    NOT NULL,
    return_to     TEXT,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_requests_by_expiry ON pending_requests (expires_at);

CREATE TABLE seen_assertions (
    -- SHA-256 of the assertion's ID.
    hash          BLOB    NOT NULL CHECK (length(hash) = 32),
    connection_id TEXT    NOT NULL,
    account_id    TEXT    NOT NULL,
    expires_at    INTEGER NOT NULL,
    -- The hash first, because the sweep finds rows by it.
    CONSTRAINT seen_assertions_pkey PRIMARY KEY (hash, connection_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_assertions_by_expiry ON seen_assertions (expires_at);

CREATE TABLE attempts (
    id            TEXT    NOT NULL CONSTRAINT attempts_pkey PRIMARY KEY,
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    reference     TEXT    NOT NULL CONSTRAINT attempts_reference UNIQUE,
    at            INTEGER NOT NULL,
    outcome       TEXT    NOT NULL
                  CHECK (outcome IN ('created', 'claimed', 'signed_in', 'denied', 'rejected')),
    -- Not a foreign key: what happened stays when the user is deleted.
    user_id       TEXT,
    subject       TEXT,
    email         TEXT,
    checks        TEXT    NOT NULL,
    plan          TEXT,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT;
-- Each login writes here, so there are no more indexes than this: old attempts
-- are found by their identifiers, which sort by time.
CREATE INDEX attempts_by_time ON attempts (account_id, at, id);

CREATE TABLE audit_events (
    id         TEXT    NOT NULL CONSTRAINT audit_events_pkey PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL CHECK (actor IN ('login', 'command_line')),
    -- Not a foreign key: an attempt may be deleted for its age.
    actor_id   TEXT,
    action     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    changes    TEXT    NOT NULL,
    CHECK ((actor = 'login') = (actor_id IS NOT NULL))
) STRICT;
CREATE INDEX audit_events_by_time ON audit_events (account_id, at, id);
