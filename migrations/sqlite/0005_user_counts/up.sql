-- How many users an account has: the sum of its rows. Counting a million users
-- for each page of a list would cost more than the page. One row is enough
-- here: there is one writer.
CREATE TABLE user_counts (
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    part       INTEGER NOT NULL,
    users      INTEGER NOT NULL,
    CONSTRAINT user_counts_pkey PRIMARY KEY (account_id, part)
) STRICT, WITHOUT ROWID;
INSERT INTO user_counts (account_id, part, users)
    SELECT account_id, 0, count(*) FROM users GROUP BY account_id;

-- By the database, so that no way to write users goes past it.
CREATE TRIGGER users_come AFTER INSERT ON users BEGIN
    INSERT INTO user_counts (account_id, part, users) VALUES (NEW.account_id, 0, 1)
        ON CONFLICT (account_id, part) DO UPDATE SET users = users + 1;
END;
CREATE TRIGGER users_go AFTER DELETE ON users BEGIN
    UPDATE user_counts SET users = users - 1 WHERE account_id = OLD.account_id AND part = 0;
END;
