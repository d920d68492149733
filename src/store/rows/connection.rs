use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;
use crate::{
    domain::{
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
        connection_setting::ConnectionSetting,
        field_patch::FieldPatch,
        id::ConnectionId,
        ignored_certificate::IgnoredCertificate,
        text::fold,
    },
    store::{
        error::{RowRef, StoreError},
        schema::connections,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
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
    created_at: SqlTimestamp,
    updated_at: SqlTimestamp,
    version: i64,
    settings: JsonText,
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
            saml: _,
            provisioning: _,
            created_at,
            updated_at,
            version,
        } = connection;
        let certificates: Vec<_> = certificates.iter().map(|der| BASE64.encode(der)).collect();
        let ignored: Vec<_> = ignored.iter().map(IgnoredJson::from).collect();
        let settings = connection.settings();
        let settings: BTreeMap<_, _> =
            settings.map(|(setting, value)| (setting.as_str(), value.to_json())).collect();
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
            created_at: SqlTimestamp(*created_at),
            updated_at: SqlTimestamp(*updated_at),
            version: *version,
            settings: json::write(&settings)?,
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
            created_at,
            updated_at,
            version,
            settings,
        } = row;
        let row_ref = RowRef { table: "connections", id: ConnectionId::from(id.0) };
        let idp = IdentityProvider {
            entity_id: idp_entity_id.0,
            sso_url: idp_sso_url.0,
            certificates: read_certificates(&row_ref, &certificates)?,
            ignored: read_ignored(&row_ref, &ignored_certificates)?,
        };
        let (provisioning, saml) = read_settings(&row_ref, &settings)?;
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

/// Reads the settings. One that is not stored has its default.
fn read_settings(
    row_ref: &RowRef<ConnectionId>,
    stored: &JsonText,
) -> Result<(ProvisioningPolicy, SamlPolicy), StoreError> {
    let (mut provisioning, mut saml) = Default::default();
    for (name, value) in json::read::<BTreeMap<String, Value>>(row_ref, "settings", stored)? {
        let setting: ConnectionSetting = row_ref.parse("settings", &name)?;
        let value = setting.read_stored(&value);
        let value = value.ok_or_else(|| row_ref.corrupt(format_args!("settings: {name}")))?;
        setting.apply(FieldPatch::Set(value), &mut provisioning, &mut saml);
    }
    Ok((provisioning, saml))
}
