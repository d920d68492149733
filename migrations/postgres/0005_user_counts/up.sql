-- How many users an account has: the sum of its rows. Counting a million users
-- for each page of a list would cost more than the page. Several rows, one for
-- each of some connections, so that those who make users at the same time don't
-- wait for one another.
CREATE TABLE user_counts (
    account_id uuid   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    part       bigint NOT NULL,
    users      bigint NOT NULL,
    CONSTRAINT user_counts_pkey PRIMARY KEY (account_id, part)
);
INSERT INTO user_counts (account_id, part, users)
    SELECT account_id, 0, count(*) FROM users GROUP BY account_id;

-- By the database, so that no way to write users goes past it.
CREATE FUNCTION count_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts AS counts (account_id, part, users)
        SELECT changed.account_id, pg_backend_pid() % 32,
               CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
        FROM changed
        -- An account that is deleted takes its rows here with it.
        JOIN accounts ON accounts.id = changed.account_id
        GROUP BY changed.account_id
        ON CONFLICT (account_id, part) DO UPDATE SET users = counts.users + excluded.users;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_come AFTER INSERT ON users
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_users();
CREATE TRIGGER users_go AFTER DELETE ON users
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_users();
