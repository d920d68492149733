use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    json,
    row::{row, stored_as},
};
use crate::{
    domain::{
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
        connection_setting::ConnectionSetting,
        field_patch::FieldPatch,
        ignored_certificate::IgnoredCertificate,
        text::fold,
    },
    store::{
        error::{RowRef, StoreError},
        schema::connections,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    #[derive(AsChangeset)]
    #[diesel(treat_none_as_null = true)]
    ConnectionRow in connections by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        name: TextValue = name,
        enabled: bool = enabled,
        idp_entity_id: TextValue = entity_id,
        idp_sso_url: TextValue = sso_url,
        certificates: JsonText = certificates,
        ignored_certificates: JsonText = ignored,
        created_at: SqlTimestamp = created_at,
        updated_at: SqlTimestamp = updated_at,
        version: i64 = version,
    }
    derived |connection| {
        name_key: TextValue = TextValue(fold(name)),
        settings: JsonText = write_settings(connection)?,
    }
    read |row, row_ref| {
        let (provisioning, saml) = read_settings(&row_ref, &row.settings)?;
    }
    Connection {
        id, account, name, enabled,
        idp: IdentityProvider { entity_id, sso_url, certificates, ignored },
        saml, provisioning, created_at, updated_at, version,
    }
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

stored_as! {
    Vec<Vec<u8>> as JsonText:
        |certificates| json::write(
            &certificates.iter().map(|der| BASE64.encode(der)).collect::<Vec<_>>(),
        )?,
        |stored, row_ref, column| {
            let encoded: Vec<String> = json::read(row_ref, column, &stored)?;
            let decoded = encoded.iter().map(|text| read_base64(row_ref, column, text));
            decoded.collect::<Result<_, _>>()?
        };
    Vec<IgnoredCertificate> as JsonText:
        |ignored| json::write(&ignored.iter().map(IgnoredJson::from).collect::<Vec<_>>())?,
        |stored, row_ref, column| {
            let read = |json: IgnoredJson| {
                let IgnoredJson { certificate, subject, reason, detail } = json;
                let certificate = certificate.map(|text| read_base64(row_ref, column, &text));
                let (certificate, reason) =
                    (certificate.transpose()?, row_ref.parse(column, &reason)?);
                Ok(IgnoredCertificate { certificate, subject, reason, detail })
            };
            let ignored: Vec<IgnoredJson> = json::read(row_ref, column, &stored)?;
            ignored.into_iter().map(read).collect::<Result<_, StoreError>>()?
        };
}

fn read_base64(row_ref: &RowRef<Uuid>, column: &str, text: &str) -> Result<Vec<u8>, StoreError> {
    let decoded = BASE64.decode(text);
    decoded.map_err(|_| row_ref.corrupt(format_args!("{column} are not base64")))
}

fn write_settings(connection: &Connection) -> Result<JsonText, StoreError> {
    let settings = connection.settings();
    json::write(
        &settings
            .map(|(setting, value)| (setting.as_str(), value.to_json()))
            .collect::<BTreeMap<_, _>>(),
    )
}

/// Reads the settings. One that is not stored has its default.
fn read_settings(
    row_ref: &RowRef<Uuid>,
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
