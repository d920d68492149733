-- The definitions of the custom attributes of an account. The values are in users.profile.
CREATE TABLE attribute_definitions (
    id         TEXT    NOT NULL CONSTRAINT attribute_definitions_pkey PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    rules      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    CONSTRAINT attribute_definitions_name UNIQUE (account_id, name_key)
) STRICT;
