//! The request bodies of connections.

use std::collections::BTreeMap;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::{
    app::connections::{ConnectionUpdate, IdpFields},
    domain::{
        Timestamp,
        connection_patch::ConnectionPatch,
        connection_setting::{ConnectionSetting, SettingValue},
        field_error::FieldError,
        field_patch::FieldPatch,
        provisioning::MappingPreset as DomainPreset,
    },
    http::api::{
        body::{self, BodyErrors, BodyField, ParsedText},
        enums::{self, name_enums},
        fields::{BoundedVec, EntityIdValue, LineValue, WebAddressValue},
    },
};

use super::certificate_input::{CertificateInput, CertificateText};

name_enums! {
    /// A mapping by name. OKTA and GOOGLE: the names of the identity provider's user
    /// profile. ENTRA_ID and AD_FS: Microsoft's claims. EDUPERSON: the X.500 and eduPerson
    /// attributes by their OIDs, as Shibboleth, SimpleSAMLphp and most federations name
    /// them.
    MappingPreset(DomainPreset);
}

/// A body that writes a connection: the settings, and all other fields.
#[derive(Debug)]
pub(super) struct ConnectionBody {
    settings: BTreeMap<ConnectionSetting, FieldPatch<SettingValue>>,
    fields: ConnectionFields,
}

/// Changes to a connection.
#[derive(Debug, Deserr, ToSchema)]
#[schema(as = ConnectionChanges, rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct ConnectionFields {
    /// The display name, as on the sign-in page. White space around it is dropped.
    #[schema(required = false, value_type = String, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$")]
    #[deserr(default)]
    name: BodyField<ParsedText<LineValue>>,
    /// Whether users may log in through the connection. An enabled connection needs a
    /// signing certificate that can be used.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    enabled: BodyField<bool>,
    /// The metadata of the identity provider, as XML of at most 10 MiB. Replaces
    /// `idpEntityId`, `ssoUrl` and `certificates`.
    #[schema(value_type = String, required = false, format = "saml-metadata")]
    #[deserr(default)]
    metadata: BodyField<String>,
    /// The entity ID to use, if the metadata describes several entities.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\x00-\\x20\\x7F]+$")]
    #[deserr(default)]
    metadata_entity_id: BodyField<ParsedText<EntityIdValue>>,
    /// The entity ID of the identity provider.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\x00-\\x20\\x7F]+$")]
    #[deserr(default)]
    idp_entity_id: BodyField<ParsedText<EntityIdValue>>,
    /// The URL to which login requests are sent: https, or http on localhost.
    #[schema(value_type = String, required = false, max_length = 2048, pattern = "^https?://[^\\x00-\\x20\\x7F]+$", format = "web-address")]
    #[deserr(default)]
    sso_url: BodyField<ParsedText<WebAddressValue>>,
    /// The certificates that verify its signatures, each as PEM or as base64 of DER. A
    /// certificate as a response has it, an object, is accepted too.
    #[schema(value_type = Vec<CertificateText>, inline, required = false, max_items = 20)]
    #[deserr(default)]
    certificates: BodyField<BoundedVec<CertificateInput, 20>>,
    /// Replaces `mapping` and `emailAttribute` with those of a preset. A
    /// `mapping` or `emailAttribute` in the same request is applied after it.
    #[schema(value_type = MappingPreset, required = false)]
    #[deserr(default)]
    mapping_preset: BodyField<ParsedText<DomainPreset>>,
    /// The names of fields to clear, for clients that can't send null. A field can't be both
    /// set and cleared in one request.
    #[schema(value_type = Vec<ClearableConnectionField>, required = false, example = json!([]))]
    #[deserr(default)]
    clear: BodyField<Vec<ClearableConnectionField>>,
}

/// The schema of a new connection. The contract completes it.
#[derive(Debug)]
pub(super) struct ConnectionDraft;

impl PartialSchema for ConnectionDraft {
    fn schema() -> RefOr<Schema> {
        ConnectionFields::schema()
    }
}

impl ToSchema for ConnectionDraft {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ConnectionFields::schemas(schemas);
    }
}

/// A field of a connection that can be cleared.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClearableConnectionField(ConnectionSetting);

impl Deserr<BodyErrors> for ClearableConnectionField {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let names = ConnectionSetting::clearable().map(|setting| (setting.as_str(), setting));
        body::read_name(value, location, names).map(Self)
    }
}

impl PartialSchema for ClearableConnectionField {
    fn schema() -> RefOr<Schema> {
        let names = ConnectionSetting::clearable().map(ConnectionSetting::as_str);
        enums::schema("A field of a connection that can be cleared.", names)
    }
}

impl ToSchema for ClearableConnectionField {}

impl Deserr<BodyErrors> for ConnectionBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let mut settings = BTreeMap::new();
        let definitions = ConnectionSetting::ALL.into_iter().map(|one| (one.as_str(), one));
        let fields = body::read_defined(value, location, definitions, |setting, value, _| {
            let parsed = setting.parse(&value);
            let parsed = parsed.map_err(|errors| BodyErrors::from_field_errors(&errors))?;
            settings.insert(setting, parsed);
            Ok(())
        })?;
        Ok(Self { settings, fields })
    }
}

impl ConnectionBody {
    /// Returns the new connection, and every value that breaks a rule.
    pub(super) fn into_new(self, now: Timestamp) -> (ConnectionUpdate, Vec<FieldError>) {
        let clear = body::unsupported_clear(&self.fields.clear);
        let (new, mut errors) = self.into_write(now);
        errors.extend(clear);
        (new, errors)
    }

    /// Returns the changes, and every value that breaks a rule.
    pub(super) fn into_update(mut self, now: Timestamp) -> (ConnectionUpdate, Vec<FieldError>) {
        let clear = std::mem::take(&mut self.fields.clear);
        let mut errors = body::clear_fields(clear, |ClearableConnectionField(field)| {
            (field.as_str(), self.settings.entry(field).or_default().clear())
        });
        let (update, more) = self.into_write(now);
        errors.extend(more);
        (update, errors)
    }

    fn into_write(self, now: Timestamp) -> (ConnectionUpdate, Vec<FieldError>) {
        let Self { settings, fields } = self;
        let text = |ParsedText(EntityIdValue(id))| id;
        let certificates = fields.certificates.into_option().map(|BoundedVec(inputs)| inputs);
        let errors = certificates.iter().flatten().enumerate();
        let errors = errors.flat_map(|(index, input)| input.find_errors(index, now)).collect();
        let idp = IdpFields {
            metadata: fields.metadata.into_option(),
            metadata_entity_id: fields.metadata_entity_id.into_option().map(text),
            entity_id: fields.idp_entity_id.into_option().map(text),
            sso_url: fields.sso_url.into_option().map(|ParsedText(WebAddressValue(url))| url),
            certificates: certificates
                .map(|inputs| inputs.into_iter().map(CertificateInput::into_bytes).collect()),
        };
        let mut patch = ConnectionPatch {
            name: fields.name.into_option().map(|ParsedText(LineValue(name))| name),
            enabled: fields.enabled.into_option(),
            settings,
            ..ConnectionPatch::default()
        };
        if let BodyField::Value(ParsedText(preset)) = fields.mapping_preset {
            patch.apply_preset(preset);
        }
        (ConnectionUpdate { patch, idp, ..ConnectionUpdate::default() }, errors)
    }
}

fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    let read_only = [
        "id",
        "ignoredCertificates",
        "serviceProvider",
        "createdAt",
        "updatedAt",
        "version",
        "etag",
    ];
    let settings = ConnectionSetting::ALL.into_iter().map(|setting| -> &str { setting.as_str() });
    let accepted: Vec<_> = accepted.iter().copied().chain(settings).collect();
    body::unknown_field_error(&read_only, key, &accepted, location)
}
