-- No query looks for users without an external ID or a mobile number, so two indexes lack them.
DROP INDEX users_external_id;
CREATE UNIQUE INDEX users_external_id ON users (account_id, external_id) WHERE external_id IS NOT NULL;
DROP INDEX users_by_mobile_e164;
CREATE INDEX users_by_mobile_e164 ON users (account_id, mobile_e164, id) WHERE mobile_e164 IS NOT NULL;
