-- How a subject is compared belongs to the key of an identity: an opaque subject that
-- looks like an address is another person than that address. An earlier release did not
-- store it, so UNKNOWN matches both until the next login, and FOLDED, which is in lower
-- case, both in any case.
ALTER TABLE identities ADD COLUMN comparison text NOT NULL COLLATE "C" DEFAULT 'UNKNOWN'
    CHECK (comparison IN ('EXACT', 'ADDRESS', 'UNKNOWN', 'FOLDED'));
UPDATE identities SET comparison = CASE WHEN ignores_case THEN 'FOLDED' ELSE 'EXACT' END
    WHERE ignores_case OR subject NOT LIKE '%@%' OR subject <> lower(subject);
ALTER TABLE identities ALTER COLUMN comparison DROP DEFAULT;
ALTER TABLE identities DROP COLUMN ignores_case;
ALTER TABLE identities DROP CONSTRAINT IF EXISTS identities_subject;
CREATE UNIQUE INDEX identities_subject ON identities (connection_id, subject, comparison);

ALTER TABLE deleted_identities ADD COLUMN comparison text NOT NULL COLLATE "C" DEFAULT 'UNKNOWN'
    CHECK (comparison IN ('EXACT', 'ADDRESS', 'UNKNOWN', 'FOLDED'));
UPDATE deleted_identities SET comparison = CASE WHEN ignores_case THEN 'FOLDED' ELSE 'EXACT' END
    WHERE ignores_case OR subject NOT LIKE '%@%' OR subject <> lower(subject);
ALTER TABLE deleted_identities ALTER COLUMN comparison DROP DEFAULT;
ALTER TABLE deleted_identities DROP COLUMN ignores_case;
ALTER TABLE deleted_identities DROP CONSTRAINT deleted_identities_pkey;
ALTER TABLE deleted_identities ADD CONSTRAINT deleted_identities_pkey PRIMARY KEY (connection_id, user_id);
CREATE UNIQUE INDEX deleted_identities_subject ON deleted_identities (connection_id, subject, comparison);
