-- Whether attributes are also found by FriendlyName, and whether RSA-PSS may
-- sign. Both are off for the connections that exist.
ALTER TABLE connections ADD COLUMN match_friendly_names boolean NOT NULL DEFAULT false;
ALTER TABLE connections ADD COLUMN allow_rsa_pss boolean NOT NULL DEFAULT false;
