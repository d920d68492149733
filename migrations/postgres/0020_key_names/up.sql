-- The names of keys are found without case, as those of everything else.
ALTER TABLE api_keys ADD COLUMN name_key text NOT NULL COLLATE "C" DEFAULT '';
