-- The definitions of the custom attributes of an account. The values are in users.profile.
CREATE TABLE attribute_definitions (
    id         uuid        NOT NULL CONSTRAINT attribute_definitions_pkey PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       text        NOT NULL COLLATE "C",
    name_key   text        NOT NULL COLLATE "C",
    rules      jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint      NOT NULL CHECK (version > 0),
    CONSTRAINT attribute_definitions_name UNIQUE (account_id, name_key)
);
