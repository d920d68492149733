-- Whether attributes are also found by FriendlyName, and whether RSA-PSS may
-- sign. Both are off for the connections that exist.
ALTER TABLE connections ADD COLUMN match_friendly_names INTEGER NOT NULL DEFAULT 0
    CHECK (match_friendly_names IN (0, 1));
ALTER TABLE connections ADD COLUMN allow_rsa_pss INTEGER NOT NULL DEFAULT 0
    CHECK (allow_rsa_pss IN (0, 1));
