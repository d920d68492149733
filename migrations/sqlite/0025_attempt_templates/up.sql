-- What the attempts of successful logins of a connection have in common: the texts of the
-- checks, and the names of the attributes. Such an attempt has only what it received. The
-- ID is a digest of the rest.
CREATE TABLE attempt_templates (
    id            BLOB    NOT NULL CONSTRAINT attempt_templates_pkey PRIMARY KEY CHECK (length(id) = 16),
    account_id    TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    content       TEXT    NOT NULL CHECK (json_valid(content)),
    -- Its attempts are older than this.
    ends_at       INTEGER NOT NULL,
    FOREIGN KEY (account_id, connection_id) REFERENCES connections (account_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX attempt_templates_of_connection ON attempt_templates (account_id, connection_id);
CREATE INDEX attempt_templates_by_end ON attempt_templates (ends_at);
-- NULL: the attempt has everything itself. Not a foreign key, because each would need an
-- index: a template ends after its attempts.
ALTER TABLE attempts ADD COLUMN template_id BLOB;

-- No list is by connection: the index serves the deletion of a connection.
DROP INDEX attempts_of_connection;
CREATE INDEX attempts_of_connection ON attempts (account_id, connection_id);
