-- By what users are found by their mobile phone number.
CREATE INDEX users_by_mobile_e164 ON users (account_id, mobile_e164, id);
