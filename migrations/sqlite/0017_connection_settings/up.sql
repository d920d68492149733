-- The settings of a connection, by name, in one document: no query reads a single
-- setting, so a new one needs no column. A moment is in microseconds here, and in
-- RFC 3339 once the connection is written again.
ALTER TABLE connections ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(settings));
UPDATE connections SET settings = json_object(
    'skewSeconds', skew_seconds,
    'idpInitiated', json(iif(idp_initiated, 'true', 'false')),
    'relayStates', json(relay_states),
    'sha1Until', sha1_until,
    'allowCbc', json(iif(allow_cbc, 'true', 'false')),
    'allowRsaPss', json(iif(allow_rsa_pss, 'true', 'false')),
    'nameIdFormat', name_id_format,
    'forceAuthn', json(iif(force_authn, 'true', 'false')),
    'authnContexts', json(authn_contexts),
    'checkProvisionAttribute', check_provision_attribute,
    'mapping', json(mapping),
    'emailAttribute', email_attribute,
    'subjectAttribute', subject_attribute,
    'matchFriendlyNames', json(iif(match_friendly_names, 'true', 'false')),
    'keepMessagesHours', keep_messages_hours
);
ALTER TABLE connections DROP COLUMN skew_seconds;
ALTER TABLE connections DROP COLUMN idp_initiated;
ALTER TABLE connections DROP COLUMN relay_states;
ALTER TABLE connections DROP COLUMN sha1_until;
ALTER TABLE connections DROP COLUMN allow_cbc;
ALTER TABLE connections DROP COLUMN allow_rsa_pss;
ALTER TABLE connections DROP COLUMN name_id_format;
ALTER TABLE connections DROP COLUMN force_authn;
ALTER TABLE connections DROP COLUMN authn_contexts;
ALTER TABLE connections DROP COLUMN check_provision_attribute;
ALTER TABLE connections DROP COLUMN mapping;
ALTER TABLE connections DROP COLUMN email_attribute;
ALTER TABLE connections DROP COLUMN subject_attribute;
ALTER TABLE connections DROP COLUMN match_friendly_names;
ALTER TABLE connections DROP COLUMN keep_messages_hours;
