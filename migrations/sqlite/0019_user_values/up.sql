-- By what users are found whose values have no columns of their own: one row for each
-- text in users.profile, and one for each value of a list there. A list that is not
-- stored has no rows. A key is how the text is compared. The program fills the table.
CREATE TABLE user_values (
    account_id         TEXT    NOT NULL,
    user_id            TEXT    NOT NULL,
    field              TEXT    NOT NULL,
    -- The place in the list, from 0.
    place              INTEGER NOT NULL,
    value_key          TEXT,
    display_key        TEXT,
    formatted_key      TEXT,
    street_address_key TEXT,
    locality_key       TEXT,
    region_key         TEXT,
    postal_code_key    TEXT,
    country_key        TEXT,
    type_key           TEXT,
    is_primary         INTEGER CHECK (is_primary IN (0, 1)),
    CONSTRAINT user_values_pkey PRIMARY KEY (user_id, field, place),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- PostgreSQL has a limit for the entries of an index; a certificate is longer.
CREATE INDEX user_values_by_key
    ON user_values (account_id, field, substr(value_key, 1, 255), user_id);
