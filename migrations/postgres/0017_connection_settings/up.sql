-- The settings of a connection, by name, in one document: no query reads a single
-- setting, so a new one needs no column. A moment is in microseconds here, and in
-- RFC 3339 once the connection is written again.
ALTER TABLE connections ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';
UPDATE connections SET settings = jsonb_build_object(
    'skewSeconds', skew_seconds,
    'idpInitiated', idp_initiated,
    'relayStates', relay_states,
    'sha1Until', (extract(epoch FROM sha1_until) * 1000000)::bigint,
    'allowCbc', allow_cbc,
    'allowRsaPss', allow_rsa_pss,
    'nameIdFormat', name_id_format,
    'forceAuthn', force_authn,
    'authnContexts', authn_contexts,
    'checkProvisionAttribute', check_provision_attribute,
    'mapping', mapping,
    'emailAttribute', email_attribute,
    'subjectAttribute', subject_attribute,
    'matchFriendlyNames', match_friendly_names,
    'keepMessagesHours', keep_messages_hours
);
ALTER TABLE connections
    DROP COLUMN skew_seconds,
    DROP COLUMN idp_initiated,
    DROP COLUMN relay_states,
    DROP COLUMN sha1_until,
    DROP COLUMN allow_cbc,
    DROP COLUMN allow_rsa_pss,
    DROP COLUMN name_id_format,
    DROP COLUMN force_authn,
    DROP COLUMN authn_contexts,
    DROP COLUMN check_provision_attribute,
    DROP COLUMN mapping,
    DROP COLUMN email_attribute,
    DROP COLUMN subject_attribute,
    DROP COLUMN match_friendly_names,
    DROP COLUMN keep_messages_hours;
