-- The attributes that a verified assertion held: their names, how many values each
-- has, and the values that the plan read.
ALTER TABLE attempts ADD COLUMN received jsonb;
CREATE INDEX attempts_of_subject ON attempts (account_id, subject, at, id) WHERE subject IS NOT NULL;

-- All attributes with all values, sealed, for as long as the message is kept.
ALTER TABLE attempt_messages ADD COLUMN attributes bytea;

-- The response that opened a session (SHA-256 of its XML), the cookie of the browser
-- that asked for it (SHA-256), and where the login led: a browser that posts the
-- response again is sent there once more.
ALTER TABLE sessions ADD COLUMN response_hash bytea CHECK (octet_length(response_hash) = 32);
ALTER TABLE sessions ADD COLUMN browser_hash bytea CHECK (octet_length(browser_hash) = 32);
ALTER TABLE sessions ADD COLUMN go_to text;
CREATE INDEX sessions_of_response ON sessions (response_hash) WHERE response_hash IS NOT NULL;
