-- The texts of a user that have no column of their own, by name.
ALTER TABLE users ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';
