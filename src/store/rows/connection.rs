use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{into_string, into_timestamp, json, text_value};
use crate::{
    domain::{
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
        id::ConnectionId,
        ignored_certificate::IgnoredCertificate,
        profile_field::ProfileField,
        text::fold,
    },
    store::{
        error::{RowRef, StoreError},
        schema::connections,
        sql::{JsonText, MomentValue, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = connections, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct ConnectionRow {
    id: UuidValue,
    account_id: UuidValue,
    name: TextValue,
    name_key: TextValue,
    enabled: bool,
    idp_entity_id: TextValue,
    idp_sso_url: TextValue,
    certificates: JsonText,
    ignored_certificates: JsonText,
    skew_seconds: i32,
    idp_initiated: bool,
    relay_states: JsonText,
    sha1_until: Option<MomentValue>,
    allow_cbc: bool,
    allow_rsa_pss: bool,
    name_id_format: Option<TextValue>,
    force_authn: bool,
    authn_contexts: JsonText,
    check_provision_attribute: Option<TextValue>,
    mapping: JsonText,
    email_attribute: Option<TextValue>,
    subject_attribute: Option<TextValue>,
    match_friendly_names: bool,
    keep_messages_hours: i32,
    created_at: MomentValue,
    updated_at: MomentValue,
    version: i64,
}

impl TryFrom<&Connection> for ConnectionRow {
    type Error = StoreError;

    fn try_from(connection: &Connection) -> Result<Self, StoreError> {
        let Connection {
            id,
            account,
            name,
            enabled,
            idp: IdentityProvider { entity_id, sso_url, certificates, ignored },
            saml:
                SamlPolicy {
                    skew_seconds,
                    idp_initiated,
                    relay_states,
                    sha1_until,
                    allow_cbc,
                    allow_rsa_pss,
                    name_id_format,
                    force_authn,
                    authn_contexts,
                    keep_messages_hours,
                },
            provisioning:
                ProvisioningPolicy {
                    check_provision_attribute,
                    mapping,
                    email_attribute,
                    subject_attribute,
                    match_friendly_names,
                },
            created_at,
            updated_at,
            version,
        } = connection;
        let certificates: Vec<_> = certificates.iter().map(|der| BASE64.encode(der)).collect();
        let ignored: Vec<_> = ignored.iter().map(IgnoredJson::from).collect();
        let mapping: BTreeMap<_, _> =
            mapping.iter().map(|(field, name)| (field.as_str(), name)).collect();
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: TextValue::new(name),
            name_key: TextValue(fold(name)),
            enabled: *enabled,
            idp_entity_id: TextValue::new(entity_id),
            idp_sso_url: TextValue::new(sso_url),
            certificates: json::write(&certificates)?,
            ignored_certificates: json::write(&ignored)?,
            skew_seconds: i32::from(*skew_seconds),
            idp_initiated: *idp_initiated,
            relay_states: json::write(relay_states)?,
            sha1_until: sha1_until.map(MomentValue),
            allow_cbc: *allow_cbc,
            allow_rsa_pss: *allow_rsa_pss,
            name_id_format: text_value(name_id_format.as_ref()),
            force_authn: *force_authn,
            authn_contexts: json::write(authn_contexts)?,
            check_provision_attribute: text_value(check_provision_attribute.as_ref()),
            mapping: json::write(&mapping)?,
            email_attribute: text_value(email_attribute.as_ref()),
            subject_attribute: text_value(subject_attribute.as_ref()),
            match_friendly_names: *match_friendly_names,
            keep_messages_hours: i32::from(*keep_messages_hours),
            created_at: MomentValue(*created_at),
            updated_at: MomentValue(*updated_at),
            version: *version,
        })
    }
}

impl TryFrom<ConnectionRow> for Connection {
    type Error = StoreError;

    fn try_from(row: ConnectionRow) -> Result<Self, StoreError> {
        let ConnectionRow {
            id,
            account_id,
            name,
            name_key: _,
            enabled,
            idp_entity_id,
            idp_sso_url,
            certificates,
            ignored_certificates,
            skew_seconds,
            idp_initiated,
            relay_states,
            sha1_until,
            allow_cbc,
            allow_rsa_pss,
            name_id_format,
            force_authn,
            authn_contexts,
            check_provision_attribute,
            mapping,
            email_attribute,
            subject_attribute,
            match_friendly_names,
            keep_messages_hours,
            created_at,
            updated_at,
            version,
        } = row;
        let row_ref = RowRef { table: "connections", id: ConnectionId::from(id.0) };
        let idp = IdentityProvider {
            entity_id: idp_entity_id.0,
            sso_url: idp_sso_url.0,
            certificates: read_certificates(&row_ref, &certificates)?,
            ignored: read_ignored(&row_ref, &ignored_certificates)?,
        };
        let saml = SamlPolicy {
            skew_seconds: u16::try_from(skew_seconds)
                .map_err(|_| row_ref.corrupt("skew_seconds is out of bounds"))?,
            idp_initiated,
            relay_states: json::read(&row_ref, "relay_states", &relay_states)?,
            sha1_until: into_timestamp(sha1_until),
            allow_cbc,
            allow_rsa_pss,
            name_id_format: into_string(name_id_format),
            force_authn,
            authn_contexts: json::read(&row_ref, "authn_contexts", &authn_contexts)?,
            keep_messages_hours: u16::try_from(keep_messages_hours)
                .map_err(|_| row_ref.corrupt("keep_messages_hours is out of bounds"))?,
        };
        let provisioning = ProvisioningPolicy {
            check_provision_attribute: into_string(check_provision_attribute),
            mapping: read_mapping(&row_ref, &mapping)?,
            email_attribute: into_string(email_attribute),
            subject_attribute: into_string(subject_attribute),
            match_friendly_names,
        };
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            name: name.0,
            enabled,
            idp,
            saml,
            provisioning,
            created_at: created_at.0,
            updated_at: updated_at.0,
            version,
        })
    }
}

fn read_certificates(
    row_ref: &RowRef<ConnectionId>,
    stored: &JsonText,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let encoded: Vec<String> = json::read(row_ref, "certificates", stored)?;
    let decoded = encoded.iter().map(|text| BASE64.decode(text));
    decoded.collect::<Result<_, _>>().map_err(|_| row_ref.corrupt("certificates are not base64"))
}

/// An ignored certificate, as a column of JSON has it.
#[derive(Serialize, Deserialize)]
struct IgnoredJson {
    certificate: Option<String>,
    subject: Option<String>,
    reason: String,
    detail: String,
}

impl From<&IgnoredCertificate> for IgnoredJson {
    fn from(ignored: &IgnoredCertificate) -> Self {
        let IgnoredCertificate { certificate, subject, reason, detail } = ignored;
        Self {
            certificate: certificate.as_ref().map(|der| BASE64.encode(der)),
            subject: subject.clone(),
            reason: reason.as_str().to_owned(),
            detail: detail.clone(),
        }
    }
}

fn read_ignored(
    row_ref: &RowRef<ConnectionId>,
    stored: &JsonText,
) -> Result<Vec<IgnoredCertificate>, StoreError> {
    let ignored: Vec<IgnoredJson> = json::read(row_ref, "ignored_certificates", stored)?;
    let read = |json: IgnoredJson| {
        let IgnoredJson { certificate, subject, reason, detail } = json;
        let certificate = certificate.map(|text| BASE64.decode(text)).transpose();
        Ok(IgnoredCertificate {
            certificate: certificate
                .map_err(|_| row_ref.corrupt("ignored_certificates are not base64"))?,
            subject,
            reason: row_ref.parse("ignored_certificates", &reason)?,
            detail,
        })
    };
    ignored.into_iter().map(read).collect()
}

fn read_mapping(
    row_ref: &RowRef<ConnectionId>,
    stored: &JsonText,
) -> Result<BTreeMap<ProfileField, String>, StoreError> {
    let named: BTreeMap<String, String> = json::read(row_ref, "mapping", stored)?;
    let pairs =
        named.into_iter().map(|(field, name)| Ok((row_ref.parse("mapping", &field)?, name)));
    pairs.collect()
}
