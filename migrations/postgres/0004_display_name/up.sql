-- By what users are found and sorted as they are shown: by the name that an
-- identity provider has given them, else by both names. The program fills it in.
ALTER TABLE users ADD COLUMN display_name_key text NOT NULL COLLATE "C" DEFAULT '';
CREATE INDEX users_by_display_name ON users (account_id, display_name_key, id);
