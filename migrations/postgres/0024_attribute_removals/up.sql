-- The deleted custom attributes that users may still have: values, locks and records of who
-- set them. The program removes these in steps, and then the row. The audit entry is that of
-- the deletion.
CREATE TABLE attribute_removals (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name_key   text NOT NULL COLLATE "C",
    name       text NOT NULL COLLATE "C",
    audit_id   uuid NOT NULL,
    CONSTRAINT attribute_removals_pkey PRIMARY KEY (account_id, name_key)
);
