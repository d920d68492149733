-- By what users are found whose values have no columns of their own: one row for each
-- text in users.profile, and one for each value of a list there. A list that is not
-- stored has no rows. A key is how the text is compared. The program fills the table.
CREATE TABLE user_values (
    account_id         uuid    NOT NULL,
    user_id            uuid    NOT NULL,
    field              text    NOT NULL COLLATE "C",
    -- The place in the list, from 0.
    place              integer NOT NULL,
    value_key          text    COLLATE "C",
    display_key        text    COLLATE "C",
    formatted_key      text    COLLATE "C",
    street_address_key text    COLLATE "C",
    locality_key       text    COLLATE "C",
    region_key         text    COLLATE "C",
    postal_code_key    text    COLLATE "C",
    country_key        text    COLLATE "C",
    type_key           text    COLLATE "C",
    is_primary         boolean,
    CONSTRAINT user_values_pkey PRIMARY KEY (user_id, field, place),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);
-- An entry of an index has at most 2,704 bytes; a certificate has more.
CREATE INDEX user_values_by_key
    ON user_values (account_id, field, substr(value_key, 1, 255), user_id);
