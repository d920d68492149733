-- IDs are BLOBs of 16 bytes, which are less than half as long as the texts, and sort as the
-- texts do. A text that is not an ID violates a constraint, so that this migration fails.
--
-- SQLite can't change the type of a column, so every table is created again and filled in one
-- pass, the tables that others refer to first. An old table is dropped after those that refer
-- to it: SQLite would delete their rows with it. Indexes are created once the rows are there,
-- which costs less than adding each row to them.
--
-- No query looks for users without an external ID or a mobile number, so two indexes lack them.

-- They would count the copied users.
DROP TRIGGER users_come;
DROP TRIGGER users_go;

ALTER TABLE accounts RENAME TO accounts_before;
ALTER TABLE connections RENAME TO connections_before;
ALTER TABLE users RENAME TO users_before;
ALTER TABLE teams RENAME TO teams_before;
ALTER TABLE scim_clients RENAME TO scim_clients_before;
ALTER TABLE deleted_users RENAME TO deleted_users_before;
ALTER TABLE user_counts RENAME TO user_counts_before;
ALTER TABLE user_values RENAME TO user_values_before;
ALTER TABLE identities RENAME TO identities_before;
ALTER TABLE memberships RENAME TO memberships_before;
ALTER TABLE sessions RENAME TO sessions_before;
ALTER TABLE user_external_ids RENAME TO user_external_ids_before;
ALTER TABLE team_external_ids RENAME TO team_external_ids_before;
ALTER TABLE deleted_identities RENAME TO deleted_identities_before;
ALTER TABLE seen_assertions RENAME TO seen_assertions_before;
ALTER TABLE idp_metadata RENAME TO idp_metadata_before;
ALTER TABLE certificate_uses RENAME TO certificate_uses_before;
ALTER TABLE attempts RENAME TO attempts_before;
ALTER TABLE attempt_messages RENAME TO attempt_messages_before;
ALTER TABLE attempt_templates RENAME TO attempt_templates_before;
ALTER TABLE audit_events RENAME TO audit_events_before;
ALTER TABLE api_keys RENAME TO api_keys_before;
ALTER TABLE scim_repairs RENAME TO scim_repairs_before;
ALTER TABLE idempotent_answers RENAME TO idempotent_answers_before;
ALTER TABLE keys RENAME TO keys_before;
ALTER TABLE attribute_definitions RENAME TO attribute_definitions_before;
ALTER TABLE attribute_removals RENAME TO attribute_removals_before;
ALTER TABLE import_jobs RENAME TO import_jobs_before;
ALTER TABLE import_parts RENAME TO import_parts_before;
ALTER TABLE import_results RENAME TO import_results_before;

CREATE TABLE accounts (
    id               BLOB    NOT NULL CONSTRAINT accounts_pkey PRIMARY KEY
                             CONSTRAINT accounts_id_size CHECK (length(id) = 16),
    slug             TEXT    NOT NULL CONSTRAINT accounts_slug UNIQUE,
    name             TEXT    NOT NULL,
    contact          TEXT,
    created_at       INTEGER NOT NULL,
    recreate_deleted INTEGER NOT NULL DEFAULT 0 CHECK (recreate_deleted IN (0, 1)),
    updated_at       INTEGER NOT NULL DEFAULT 0,
    version          INTEGER NOT NULL DEFAULT 1 CHECK (version > 0)
) STRICT;
INSERT INTO accounts (
    id, slug, name, contact, created_at, recreate_deleted, updated_at, version)
    SELECT unhex(replace(id, '-', '')), slug, name, contact, created_at, recreate_deleted,
        updated_at, version
    FROM accounts_before;

CREATE TABLE connections (
    id                   BLOB    NOT NULL CONSTRAINT connections_pkey PRIMARY KEY
                                 CONSTRAINT connections_id_size CHECK (length(id) = 16),
    account_id           BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name                 TEXT    NOT NULL,
    enabled              INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    idp_entity_id        TEXT    NOT NULL,
    idp_sso_url          TEXT    NOT NULL,
    -- A list of DER in base64.
    certificates         TEXT    NOT NULL CHECK (json_valid(certificates)),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    version              INTEGER NOT NULL CHECK (version > 0),
    name_key             TEXT    NOT NULL DEFAULT '',
    ignored_certificates TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(ignored_certificates)),
    settings             TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
    CONSTRAINT connections_of_account UNIQUE (account_id, id)
) STRICT;
INSERT INTO connections (
    id, account_id, name, enabled, idp_entity_id, idp_sso_url, certificates, created_at,
    updated_at, version, name_key, ignored_certificates, settings)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), name, enabled,
        idp_entity_id, idp_sso_url, certificates, created_at, updated_at, version, name_key,
        ignored_certificates, settings
    FROM connections_before;

CREATE TABLE users (
    id               BLOB    NOT NULL CONSTRAINT users_pkey PRIMARY KEY
                             CONSTRAINT users_id_size CHECK (length(id) = 16),
    account_id       BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email            TEXT    NOT NULL,
    email_key        TEXT    NOT NULL,
    role             TEXT    NOT NULL
                             CHECK (role IN ('STAKEHOLDER', 'GUEST', 'RESPONDER', 'USER', 'ADMIN')),
    first_name       TEXT    NOT NULL,
    last_name        TEXT    NOT NULL,
    position         TEXT,
    department       TEXT,
    mobile_region    TEXT,
    mobile_number    TEXT,
    mobile_e164      TEXT,
    profile_image    TEXT,
    status           TEXT    NOT NULL CHECK (status IN ('STAGED', 'ACTIVE', 'DISABLED')),
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    first_login_at   INTEGER,
    last_login_at    INTEGER,
    version          INTEGER NOT NULL CHECK (version > 0),
    external_id      TEXT,
    first_name_key   TEXT    NOT NULL DEFAULT '',
    last_name_key    TEXT    NOT NULL DEFAULT '',
    position_key     TEXT    NOT NULL DEFAULT '',
    department_key   TEXT    NOT NULL DEFAULT '',
    origin           TEXT    NOT NULL DEFAULT 'LOGIN' CHECK (origin IN ('LOGIN', 'ADMIN', 'SCIM')),
    user_name        TEXT,
    user_name_key    TEXT    NOT NULL DEFAULT '',
    display_name     TEXT,
    manager          TEXT,
    display_name_key TEXT    NOT NULL DEFAULT '',
    profile          TEXT    NOT NULL DEFAULT '{}',
    CONSTRAINT users_of_account UNIQUE (account_id, id),
    CHECK ((mobile_region IS NULL) = (mobile_number IS NULL)
       AND (mobile_region IS NULL) = (mobile_e164 IS NULL))
) STRICT;
INSERT INTO users (
    id, account_id, email, email_key, role, first_name, last_name, position, department,
    mobile_region, mobile_number, mobile_e164, profile_image, status, created_at, updated_at,
    first_login_at, last_login_at, version, external_id, first_name_key, last_name_key,
    position_key, department_key, origin, user_name, user_name_key, display_name, manager,
    display_name_key, profile)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), email, email_key, role,
        first_name, last_name, position, department, mobile_region, mobile_number, mobile_e164,
        profile_image, status, created_at, updated_at, first_login_at, last_login_at, version,
        external_id, first_name_key, last_name_key, position_key, department_key, origin,
        user_name, user_name_key, display_name, manager, display_name_key, profile
    FROM users_before;

CREATE TABLE teams (
    id         BLOB    NOT NULL CONSTRAINT teams_pkey PRIMARY KEY CONSTRAINT teams_id_size
                       CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    origin     TEXT    NOT NULL DEFAULT 'LOGIN' CHECK (origin IN ('LOGIN', 'ADMIN', 'SCIM')),
    CONSTRAINT teams_of_account UNIQUE (account_id, id),
    CONSTRAINT teams_name UNIQUE (account_id, name_key)
) STRICT;
INSERT INTO teams (
    id, account_id, name, name_key, created_at, updated_at, version, origin)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), name, name_key,
        created_at, updated_at, version, origin
    FROM teams_before;

CREATE TABLE scim_clients (
    id         BLOB    NOT NULL CONSTRAINT scim_clients_pkey PRIMARY KEY
                       CONSTRAINT scim_clients_id_size CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    dialect    TEXT    NOT NULL CHECK (dialect IN ('STRICT', 'ENTRA', 'OKTA')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    CONSTRAINT scim_clients_of_account UNIQUE (account_id, id),
    CONSTRAINT scim_clients_name UNIQUE (account_id, name_key)
) STRICT;
INSERT INTO scim_clients (
    id, account_id, name, name_key, dialect, created_at, updated_at, version)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), name, name_key, dialect,
        created_at, updated_at, version
    FROM scim_clients_before;

CREATE TABLE deleted_users (
    -- The user's own identifier.
    id         BLOB    NOT NULL CONSTRAINT deleted_users_pkey PRIMARY KEY
                       CONSTRAINT deleted_users_id_size CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email      TEXT    NOT NULL,
    email_key  TEXT    NOT NULL,
    deleted_at INTEGER NOT NULL,
    CONSTRAINT deleted_users_of_account UNIQUE (account_id, id),
    CONSTRAINT deleted_users_email UNIQUE (account_id, email_key)
) STRICT;
INSERT INTO deleted_users (
    id, account_id, email, email_key, deleted_at)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), email, email_key,
        deleted_at
    FROM deleted_users_before;

CREATE TABLE user_counts (
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    part       INTEGER NOT NULL,
    users      INTEGER NOT NULL,
    CONSTRAINT user_counts_pkey PRIMARY KEY (account_id, part)
) STRICT, WITHOUT ROWID;
INSERT INTO user_counts (
    account_id, part, users)
    SELECT unhex(replace(account_id, '-', '')), part, users
    FROM user_counts_before;
DROP TABLE user_counts_before;

CREATE TABLE user_values (
    account_id         BLOB    NOT NULL,
    user_id            BLOB    NOT NULL,
    field              TEXT    NOT NULL,
    -- The place in the list, from 0.
    place              INTEGER NOT NULL,
    value_key          TEXT,
    display_key        TEXT,
    formatted_key      TEXT,
    street_address_key TEXT,
    locality_key       TEXT,
    region_key         TEXT,
    postal_code_key    TEXT,
    country_key        TEXT,
    type_key           TEXT,
    is_primary         INTEGER CHECK (is_primary IN (0, 1)),
    CONSTRAINT user_values_pkey PRIMARY KEY (user_id, field, place),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO user_values (
    account_id, user_id, field, place, value_key, display_key, formatted_key, street_address_key,
    locality_key, region_key, postal_code_key, country_key, type_key, is_primary)
    SELECT unhex(replace(account_id, '-', '')), unhex(replace(user_id, '-', '')), field, place,
        value_key, display_key, formatted_key, street_address_key, locality_key, region_key,
        postal_code_key, country_key, type_key, is_primary
    FROM user_values_before;
DROP TABLE user_values_before;
CREATE INDEX user_values_by_key
    ON user_values (account_id, field, substr(value_key, 1, 255), user_id);

CREATE TABLE identities (
    id            BLOB    NOT NULL CONSTRAINT identities_pkey PRIMARY KEY
                          CONSTRAINT identities_id_size CHECK (length(id) = 16),
    account_id    BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    subject       TEXT    NOT NULL,
    user_id       BLOB    NOT NULL,
    created_at    INTEGER NOT NULL,
    comparison    TEXT    NOT NULL CHECK (comparison IN ('EXACT', 'ADDRESS', 'UNKNOWN', 'FOLDED')),
    CONSTRAINT identities_user UNIQUE (connection_id, user_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO identities (
    id, account_id, connection_id, subject, user_id, created_at, comparison)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')),
        unhex(replace(connection_id, '-', '')), subject, unhex(replace(user_id, '-', '')),
        created_at, comparison
    FROM identities_before;
DROP TABLE identities_before;
CREATE UNIQUE INDEX identities_subject ON identities (connection_id, subject, comparison);
CREATE INDEX identities_of_user ON identities (account_id, user_id);

CREATE TABLE memberships (
    account_id     BLOB    NOT NULL,
    team_id        BLOB    NOT NULL,
    user_id        BLOB    NOT NULL,
    requested_role TEXT    NOT NULL
                           CHECK (requested_role IN ('STAKEHOLDER', 'RESPONDER', 'USER', 'ADMIN')),
    created_at     INTEGER NOT NULL,
    provenance     TEXT,
    CONSTRAINT memberships_pkey PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (account_id, team_id) REFERENCES teams (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO memberships (
    account_id, team_id, user_id, requested_role, created_at, provenance)
    SELECT unhex(replace(account_id, '-', '')), unhex(replace(team_id, '-', '')),
        unhex(replace(user_id, '-', '')), requested_role, created_at, provenance
    FROM memberships_before;
DROP TABLE memberships_before;
CREATE INDEX memberships_of_user ON memberships (account_id, user_id);

CREATE TABLE sessions (
    id            BLOB    NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY
                          CONSTRAINT sessions_id_size CHECK (length(id) = 16),
    account_id    BLOB    NOT NULL,
    user_id       BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    -- Not a foreign key: an attempt may be deleted for its age before the session ends.
    attempt_id    BLOB    NOT NULL CONSTRAINT sessions_attempt_id_size
                          CHECK (length(attempt_id) = 16),
    token_hash    BLOB    NOT NULL CONSTRAINT sessions_token UNIQUE
                          CHECK (length(token_hash) = 32),
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    response_hash BLOB    CHECK (length(response_hash) = 32),
    go_to         TEXT,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO sessions (
    id, account_id, user_id, connection_id, attempt_id, token_hash, created_at, expires_at,
    response_hash, go_to)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')),
        unhex(replace(user_id, '-', '')), unhex(replace(connection_id, '-', '')),
        unhex(replace(attempt_id, '-', '')), token_hash, created_at, expires_at, response_hash,
        go_to
    FROM sessions_before;
DROP TABLE sessions_before;
CREATE INDEX sessions_of_user ON sessions (account_id, user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_of_connection ON sessions (account_id, connection_id);
CREATE INDEX sessions_of_response ON sessions (response_hash) WHERE response_hash IS NOT NULL;

CREATE TABLE user_external_ids (
    account_id  BLOB    NOT NULL,
    client_id   BLOB    NOT NULL,
    user_id     BLOB    NOT NULL,
    external_id TEXT    NOT NULL,
    CONSTRAINT user_external_ids_pkey PRIMARY KEY (client_id, user_id),
    FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO user_external_ids (
    account_id, client_id, user_id, external_id)
    SELECT unhex(replace(account_id, '-', '')), unhex(replace(client_id, '-', '')),
        unhex(replace(user_id, '-', '')), external_id
    FROM user_external_ids_before;
DROP TABLE user_external_ids_before;
CREATE INDEX user_external_ids_by_value ON user_external_ids (client_id, external_id, user_id);
CREATE INDEX user_external_ids_of_user ON user_external_ids (account_id, user_id);
DROP TABLE users_before;
CREATE UNIQUE INDEX users_email ON users (account_id, email_key);
CREATE UNIQUE INDEX users_external_id
    ON users (account_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX users_by_status ON users (account_id, status, id);
CREATE INDEX users_by_role ON users (account_id, role, id);
CREATE INDEX users_by_first_name ON users (account_id, first_name_key, id);
CREATE INDEX users_by_last_name ON users (account_id, last_name_key, id);
CREATE INDEX users_by_department ON users (account_id, department_key, id);
CREATE INDEX users_by_update ON users (account_id, updated_at, id);
CREATE UNIQUE INDEX users_user_name ON users (account_id, user_name_key);
CREATE INDEX users_by_display_name ON users (account_id, display_name_key, id);
CREATE INDEX users_by_mobile_e164
    ON users (account_id, mobile_e164, id) WHERE mobile_e164 IS NOT NULL;

CREATE TABLE team_external_ids (
    account_id  BLOB    NOT NULL,
    client_id   BLOB    NOT NULL,
    team_id     BLOB    NOT NULL,
    external_id TEXT    NOT NULL,
    CONSTRAINT team_external_ids_pkey PRIMARY KEY (client_id, team_id),
    FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, team_id) REFERENCES teams (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO team_external_ids (
    account_id, client_id, team_id, external_id)
    SELECT unhex(replace(account_id, '-', '')), unhex(replace(client_id, '-', '')),
        unhex(replace(team_id, '-', '')), external_id
    FROM team_external_ids_before;
DROP TABLE team_external_ids_before;
CREATE INDEX team_external_ids_by_value ON team_external_ids (client_id, external_id, team_id);
CREATE INDEX team_external_ids_of_team ON team_external_ids (account_id, team_id);
DROP TABLE teams_before;
CREATE INDEX teams_by_update ON teams (account_id, updated_at, id);

CREATE TABLE deleted_identities (
    account_id    BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    subject       TEXT    NOT NULL,
    user_id       BLOB    NOT NULL,
    comparison    TEXT    NOT NULL CHECK (comparison IN ('EXACT', 'ADDRESS', 'UNKNOWN', 'FOLDED')),
    CONSTRAINT deleted_identities_pkey PRIMARY KEY (connection_id, user_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES deleted_users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO deleted_identities (
    account_id, connection_id, subject, user_id, comparison)
    SELECT unhex(replace(account_id, '-', '')), unhex(replace(connection_id, '-', '')), subject,
        unhex(replace(user_id, '-', '')), comparison
    FROM deleted_identities_before;
DROP TABLE deleted_identities_before;
CREATE UNIQUE INDEX deleted_identities_subject
    ON deleted_identities (connection_id, subject, comparison);
CREATE INDEX deleted_identities_of_user ON deleted_identities (account_id, user_id);
DROP TABLE deleted_users_before;

CREATE TABLE seen_assertions (
    -- SHA-256 of the assertion's ID.
    hash          BLOB    NOT NULL CHECK (length(hash) = 32),
    connection_id BLOB    NOT NULL,
    account_id    BLOB    NOT NULL,
    expires_at    INTEGER NOT NULL,
    -- The hash first, because the sweep finds rows by it.
    CONSTRAINT seen_assertions_pkey PRIMARY KEY (hash, connection_id),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO seen_assertions (
    hash, connection_id, account_id, expires_at)
    SELECT hash, unhex(replace(connection_id, '-', '')), unhex(replace(account_id, '-', '')),
        expires_at
    FROM seen_assertions_before;
DROP TABLE seen_assertions_before;
CREATE INDEX seen_assertions_by_expiry ON seen_assertions (expires_at);
CREATE INDEX seen_assertions_of_connection ON seen_assertions (account_id, connection_id);

CREATE TABLE idp_metadata (
    connection_id BLOB    NOT NULL CONSTRAINT idp_metadata_pkey PRIMARY KEY,
    account_id    BLOB    NOT NULL,
    xml           TEXT    NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO idp_metadata (
    connection_id, account_id, xml)
    SELECT unhex(replace(connection_id, '-', '')), unhex(replace(account_id, '-', '')), xml
    FROM idp_metadata_before;
DROP TABLE idp_metadata_before;

CREATE TABLE certificate_uses (
    connection_id BLOB    NOT NULL,
    -- SHA-256 of the DER, in hexadecimal.
    fingerprint   TEXT    NOT NULL,
    account_id    BLOB    NOT NULL,
    last_used_at  INTEGER NOT NULL,
    CONSTRAINT certificate_uses_pkey PRIMARY KEY (connection_id, fingerprint),
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO certificate_uses (
    connection_id, fingerprint, account_id, last_used_at)
    SELECT unhex(replace(connection_id, '-', '')), fingerprint, unhex(replace(account_id, '-', '')),
        last_used_at
    FROM certificate_uses_before;
DROP TABLE certificate_uses_before;

CREATE TABLE attempts (
    id            BLOB    NOT NULL CONSTRAINT attempts_pkey PRIMARY KEY
                          CONSTRAINT attempts_id_size CHECK (length(id) = 16),
    account_id    BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    reference     TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    outcome       TEXT    NOT NULL
                          CHECK (outcome IN ('created', 'claimed', 'signed_in', 'denied', 'rejected')),
    -- Not a foreign key: what happened stays when the user is deleted.
    user_id       BLOB    CONSTRAINT attempts_user_id_size CHECK (length(user_id) = 16),
    subject       TEXT,
    email         TEXT,
    checks        TEXT    NOT NULL,
    plan          TEXT,
    email_key     TEXT,
    received      TEXT,
    template_id   BLOB,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO attempts (
    id, account_id, connection_id, reference, at, outcome, user_id, subject, email, checks, plan,
    email_key, received, template_id)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')),
        unhex(replace(connection_id, '-', '')), reference, at, outcome,
        iif(user_id IS NULL, NULL, ifnull(unhex(replace(user_id, '-', '')), x'')), subject, email,
        checks, plan, email_key, received, template_id
    FROM attempts_before;

CREATE TABLE attempt_messages (
    attempt_id BLOB    NOT NULL CONSTRAINT attempt_messages_pkey PRIMARY KEY
                       REFERENCES attempts (id) ON DELETE CASCADE,
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    attributes BLOB
) STRICT;
INSERT INTO attempt_messages (
    attempt_id, account_id, sealed, expires_at, attributes)
    SELECT unhex(replace(attempt_id, '-', '')), unhex(replace(account_id, '-', '')), sealed,
        expires_at, attributes
    FROM attempt_messages_before;
DROP TABLE attempt_messages_before;
CREATE INDEX attempt_messages_by_expiry ON attempt_messages (expires_at);
CREATE INDEX attempt_messages_of_account ON attempt_messages (account_id);
DROP TABLE attempts_before;
CREATE UNIQUE INDEX attempts_reference ON attempts (reference);
CREATE INDEX attempts_by_time ON attempts (account_id, at, id);
CREATE INDEX attempts_of_user
    ON attempts (account_id, user_id, at, id) WHERE user_id IS NOT NULL;
CREATE INDEX attempts_of_email
    ON attempts (account_id, email_key, at, id) WHERE email_key IS NOT NULL;
CREATE INDEX attempts_of_subject
    ON attempts (account_id, subject, at, id) WHERE subject IS NOT NULL;
CREATE INDEX attempts_of_connection ON attempts (account_id, connection_id);

CREATE TABLE attempt_templates (
    id            BLOB    NOT NULL CONSTRAINT attempt_templates_pkey PRIMARY KEY
                          CHECK (length(id) = 16),
    account_id    BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    content       TEXT    NOT NULL CHECK (json_valid(content)),
    -- Its attempts are older than this.
    ends_at       INTEGER NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO attempt_templates (
    id, account_id, connection_id, content, ends_at)
    SELECT id, unhex(replace(account_id, '-', '')), unhex(replace(connection_id, '-', '')), content,
        ends_at
    FROM attempt_templates_before;
DROP TABLE attempt_templates_before;
CREATE INDEX attempt_templates_of_connection ON attempt_templates (account_id, connection_id);
CREATE INDEX attempt_templates_by_end ON attempt_templates (ends_at);
DROP TABLE connections_before;
CREATE UNIQUE INDEX connections_name ON connections (account_id, name_key) WHERE name_key <> '';

CREATE TABLE audit_events (
    id         BLOB    NOT NULL CONSTRAINT audit_events_pkey PRIMARY KEY
                       CONSTRAINT audit_events_id_size CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL
                       CHECK (actor IN ('login', 'command_line', 'api_key', 'user', 'scim_client')),
    -- Not a foreign key: what was done stays when whoever did it is gone.
    actor_id   BLOB    CONSTRAINT audit_events_actor_id_size CHECK (length(actor_id) = 16),
    request_id TEXT,
    action     TEXT    NOT NULL,
    target     BLOB    NOT NULL CONSTRAINT audit_events_target_size CHECK (length(target) = 16),
    changes    TEXT    NOT NULL,
    user_id    BLOB    CONSTRAINT audit_events_user_id_size CHECK (length(user_id) = 16),
    CHECK ((actor = 'command_line') = (actor_id IS NULL))
) STRICT;
INSERT INTO audit_events (
    id, account_id, at, actor, actor_id, request_id, action, target, changes, user_id)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), at, actor,
        iif(actor_id IS NULL, NULL, ifnull(unhex(replace(actor_id, '-', '')), x'')), request_id,
        action, unhex(replace(target, '-', '')), changes,
        iif(user_id IS NULL, NULL, ifnull(unhex(replace(user_id, '-', '')), x''))
    FROM audit_events_before;
DROP TABLE audit_events_before;
CREATE INDEX audit_events_by_time ON audit_events (account_id, at, id);
CREATE INDEX audit_events_of_target ON audit_events (account_id, target, at, id);
CREATE INDEX audit_events_of_actor ON audit_events (account_id, actor_id, at, id);
CREATE INDEX audit_events_of_user ON audit_events (account_id, user_id, at, id);

CREATE TABLE api_keys (
    id               BLOB    NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY
                             CONSTRAINT api_keys_id_size CHECK (length(id) = 16),
    account_id       BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name             TEXT    NOT NULL,
    -- SHA-256 of the key.
    hash             BLOB    NOT NULL CONSTRAINT api_keys_hash UNIQUE CHECK (length(hash) = 32),
    -- How the key begins: enough to tell it from others, too little to use it.
    hint             TEXT    NOT NULL,
    scopes           TEXT    NOT NULL CHECK (json_valid(scopes)),
    scim_client_id   BLOB,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    -- For how long the key was created: a key that replaces it lasts as long.
    lifetime_seconds INTEGER CHECK (lifetime_seconds > 0),
    last_used_at     INTEGER,
    name_key         TEXT    NOT NULL DEFAULT '',
    CONSTRAINT api_keys_of_account UNIQUE (account_id, id),
    FOREIGN KEY (account_id, scim_client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE,
    -- A key with the scope `scim` has one client; other keys have none.
    CHECK ((instr(scopes, '"scim"') > 0) = (scim_client_id IS NOT NULL))
) STRICT;
INSERT INTO api_keys (
    id, account_id, name, hash, hint, scopes, scim_client_id, created_at, expires_at,
    lifetime_seconds, last_used_at, name_key)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), name, hash, hint,
        scopes,
        iif(scim_client_id IS NULL, NULL, ifnull(unhex(replace(scim_client_id, '-', '')), x'')),
        created_at, expires_at, lifetime_seconds, last_used_at, name_key
    FROM api_keys_before;
DROP TABLE api_keys_before;
CREATE INDEX api_keys_of_scim_client ON api_keys (account_id, scim_client_id, id);

CREATE TABLE scim_repairs (
    account_id BLOB    NOT NULL,
    client_id  BLOB    NOT NULL,
    kind       TEXT    NOT NULL,
    times      INTEGER NOT NULL CHECK (times > 0),
    last_at    INTEGER NOT NULL,
    CONSTRAINT scim_repairs_pkey PRIMARY KEY (client_id, kind),
    FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO scim_repairs (
    account_id, client_id, kind, times, last_at)
    SELECT unhex(replace(account_id, '-', '')), unhex(replace(client_id, '-', '')), kind, times,
        last_at
    FROM scim_repairs_before;
DROP TABLE scim_repairs_before;
DROP TABLE scim_clients_before;

CREATE TABLE idempotent_answers (
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who asked: an API key or a user.
    caller_id  BLOB    NOT NULL CONSTRAINT idempotent_answers_caller_id_size
                       CHECK (length(caller_id) = 16),
    -- SHA-256 of the Idempotency-Key, and of the request.
    key_hash   BLOB    NOT NULL CHECK (length(key_hash) = 32),
    request    BLOB    NOT NULL CHECK (length(request) = 32),
    -- Null while the request is under way. Sealed: it may hold a new key.
    answer     BLOB,
    expires_at INTEGER NOT NULL,
    CONSTRAINT idempotent_answers_pkey PRIMARY KEY (account_id, caller_id, key_hash)
) STRICT, WITHOUT ROWID;
INSERT INTO idempotent_answers (
    account_id, caller_id, key_hash, request, answer, expires_at)
    SELECT unhex(replace(account_id, '-', '')), unhex(replace(caller_id, '-', '')), key_hash,
        request, answer, expires_at
    FROM idempotent_answers_before;
DROP TABLE idempotent_answers_before;
CREATE INDEX idempotent_answers_by_expiry ON idempotent_answers (expires_at);

CREATE TABLE keys (
    id             BLOB    NOT NULL CONSTRAINT keys_pkey PRIMARY KEY CONSTRAINT keys_id_size
                           CHECK (length(id) = 16),
    -- Null: the deployment's own.
    account_id     BLOB    REFERENCES accounts (id) ON DELETE CASCADE,
    purpose        TEXT    NOT NULL
                           CHECK (purpose IN ('saml_signing', 'saml_encryption', 'token_signing')),
    public         BLOB    NOT NULL,
    sealed_private BLOB    NOT NULL,
    created_at     INTEGER NOT NULL,
    retired_at     INTEGER
) STRICT;
INSERT INTO keys (
    id, account_id, purpose, public, sealed_private, created_at, retired_at)
    SELECT unhex(replace(id, '-', '')),
        iif(account_id IS NULL, NULL, ifnull(unhex(replace(account_id, '-', '')), x'')), purpose,
        public, sealed_private, created_at, retired_at
    FROM keys_before;
DROP TABLE keys_before;
CREATE INDEX keys_by_owner ON keys (account_id, created_at, id);

CREATE TABLE attribute_definitions (
    id         BLOB    NOT NULL CONSTRAINT attribute_definitions_pkey PRIMARY KEY
                       CONSTRAINT attribute_definitions_id_size CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    rules      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    CONSTRAINT attribute_definitions_name UNIQUE (account_id, name_key)
) STRICT;
INSERT INTO attribute_definitions (
    id, account_id, name, name_key, rules, created_at, updated_at, version)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), name, name_key, rules,
        created_at, updated_at, version
    FROM attribute_definitions_before;
DROP TABLE attribute_definitions_before;

CREATE TABLE attribute_removals (
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name_key   TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    audit_id   BLOB    NOT NULL CONSTRAINT attribute_removals_audit_id_size
                       CHECK (length(audit_id) = 16),
    CONSTRAINT attribute_removals_pkey PRIMARY KEY (account_id, name_key)
) STRICT, WITHOUT ROWID;
INSERT INTO attribute_removals (
    account_id, name_key, name, audit_id)
    SELECT unhex(replace(account_id, '-', '')), name_key, name, unhex(replace(audit_id, '-', ''))
    FROM attribute_removals_before;
DROP TABLE attribute_removals_before;

CREATE TABLE import_jobs (
    id             BLOB    NOT NULL CONSTRAINT import_jobs_pkey PRIMARY KEY
                           CONSTRAINT import_jobs_id_size CHECK (length(id) = 16),
    account_id     BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who imports, as in audit_events.
    actor          TEXT    NOT NULL,
    actor_id       BLOB    CONSTRAINT import_jobs_actor_id_size CHECK (length(actor_id) = 16),
    request_id     TEXT,
    options        TEXT    NOT NULL CHECK (json_valid(options)),
    state          TEXT    NOT NULL
                           CHECK (state IN ('RECEIVING', 'PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    -- How many rows the file has, and of how many it is known what becomes.
    row_count      INTEGER NOT NULL DEFAULT 0,
    processed      INTEGER NOT NULL DEFAULT 0,
    -- What became of the rows so far.
    counts         TEXT    NOT NULL CHECK (json_valid(counts)),
    failure_code   TEXT,
    failure_detail TEXT,
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    finished_at    INTEGER,
    -- The process that runs it, and until when it says so.
    lease_holder   BLOB    CONSTRAINT import_jobs_lease_holder_size
                           CHECK (length(lease_holder) = 16),
    lease_until    INTEGER,
    -- When it is deleted.
    expires_at     INTEGER NOT NULL
) STRICT;
INSERT INTO import_jobs (
    id, account_id, actor, actor_id, request_id, options, state, row_count, processed, counts,
    failure_code, failure_detail, created_at, started_at, finished_at, lease_holder, lease_until,
    expires_at)
    SELECT unhex(replace(id, '-', '')), unhex(replace(account_id, '-', '')), actor,
        iif(actor_id IS NULL, NULL, ifnull(unhex(replace(actor_id, '-', '')), x'')), request_id,
        options, state, row_count, processed, counts, failure_code, failure_detail, created_at,
        started_at, finished_at,
        iif(lease_holder IS NULL, NULL, ifnull(unhex(replace(lease_holder, '-', '')), x'')),
        lease_until, expires_at
    FROM import_jobs_before;

CREATE TABLE import_parts (
    job_id BLOB    NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    CONSTRAINT import_parts_pkey PRIMARY KEY (job_id, number)
) STRICT;
INSERT INTO import_parts (
    job_id, number, sealed)
    SELECT unhex(replace(job_id, '-', '')), number, sealed
    FROM import_parts_before;
DROP TABLE import_parts_before;

CREATE TABLE import_results (
    job_id BLOB    NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    CONSTRAINT import_results_pkey PRIMARY KEY (job_id, number)
) STRICT;
INSERT INTO import_results (
    job_id, number, sealed)
    SELECT unhex(replace(job_id, '-', '')), number, sealed
    FROM import_results_before;
DROP TABLE import_results_before;
DROP TABLE import_jobs_before;
CREATE INDEX import_jobs_by_state ON import_jobs (state, id);
CREATE INDEX import_jobs_of_account ON import_jobs (account_id, state);
CREATE INDEX import_jobs_by_expiry ON import_jobs (expires_at);
CREATE INDEX import_jobs_by_time ON import_jobs (account_id, created_at, id);
DROP TABLE accounts_before;

-- By the database, so that no way to write users goes past it.
CREATE TRIGGER users_come AFTER INSERT ON users BEGIN
    INSERT INTO user_counts (account_id, part, users) VALUES (NEW.account_id, 0, 1)
        ON CONFLICT (account_id, part) DO UPDATE SET users = users + 1;
END;
CREATE TRIGGER users_go AFTER DELETE ON users BEGIN
    UPDATE user_counts SET users = users - 1 WHERE account_id = OLD.account_id AND part = 0;
END;
