-- The deleted custom attributes that users may still have: values, locks and records of who
-- set them. The program removes these in steps, and then the row. The audit entry is that of
-- the deletion.
CREATE TABLE attribute_removals (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name_key   TEXT NOT NULL,
    name       TEXT NOT NULL,
    audit_id   TEXT NOT NULL,
    CONSTRAINT attribute_removals_pkey PRIMARY KEY (account_id, name_key)
) STRICT, WITHOUT ROWID;
