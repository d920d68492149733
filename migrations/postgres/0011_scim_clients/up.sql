-- A SCIM client is a resource of its own: external IDs belong to it, and its
-- keys can be rotated. Each key with the scope `scim` becomes a client that has
-- the ID of the key: external IDs, repairs and the audit refer to it already.
CREATE TABLE scim_clients (
    id         uuid        NOT NULL CONSTRAINT scim_clients_pkey PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       text        NOT NULL COLLATE "C",
    name_key   text        NOT NULL COLLATE "C",
    dialect    text        NOT NULL COLLATE "C" CHECK (dialect IN ('STRICT', 'ENTRA', 'OKTA')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint      NOT NULL CHECK (version > 0),
    CONSTRAINT scim_clients_of_account UNIQUE (account_id, id),
    CONSTRAINT scim_clients_name UNIQUE (account_id, name_key)
);
-- The program computes the keys of the names, and renames clients whose names
-- are not unique. No name begins with a blank.
INSERT INTO scim_clients (id, account_id, name, name_key, dialect, created_at, updated_at, version)
    SELECT id, account_id, name, ' ' || id, upper(coalesce(dialect, 'strict')), created_at, created_at, 1
    FROM api_keys WHERE scopes @> '["scim"]';

-- External IDs and repairs refer to clients instead of keys.
DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN
        SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
        WHERE contype = 'f' AND confrelid = 'api_keys'::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', reference.of_table, reference.conname);
    END LOOP;
END
$$;
ALTER TABLE user_external_ids
    ADD FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE;
ALTER TABLE team_external_ids
    ADD FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE;
ALTER TABLE scim_repairs
    ADD FOREIGN KEY (account_id, client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE;

ALTER TABLE api_keys
    ADD COLUMN scim_client_id uuid,
    -- For how long the key was created: a key that replaces it lasts as long.
    ADD COLUMN lifetime_seconds bigint CHECK (lifetime_seconds > 0);
UPDATE api_keys SET scim_client_id = id WHERE scopes @> '["scim"]';
UPDATE api_keys SET lifetime_seconds = greatest(1, trunc(extract(epoch FROM expires_at - created_at)))
    WHERE expires_at IS NOT NULL;
ALTER TABLE api_keys
    DROP COLUMN dialect,
    ADD FOREIGN KEY (account_id, scim_client_id) REFERENCES scim_clients (account_id, id) ON DELETE CASCADE,
    -- A key with the scope `scim` has one client; other keys have none.
    ADD CHECK ((scopes @> '["scim"]') = (scim_client_id IS NOT NULL));
CREATE INDEX api_keys_of_scim_client ON api_keys (account_id, scim_client_id, id);
