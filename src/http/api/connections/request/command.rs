//! Converts request bodies of connections to commands.

use super::{AttributeName, ConnectionChanges, ConnectionDraft};
use crate::{
    app::connections::{IdpFields, IdpSource, IdpUpdate, NewConnection},
    domain::{
        connection::{Connection, ProvisioningPolicy, SamlPolicy},
        field_error::FieldError,
    },
    http::api::{
        body::{self, BodyField, ParsedText, PatchField},
        fields::{
            BoundedCount, BoundedVec, EntityIdValue, LineValue, MomentValue, TextValue, UriValue,
            WebAddressValue,
        },
    },
};

impl ConnectionDraft {
    /// Returns the new connection: the fields of the body over the defaults.
    pub(in crate::http::api::connections) fn into_new(self) -> (NewConnection, Vec<FieldError>) {
        let missing = matches!(self.name, BodyField::Absent).then(|| body::missing("name"));
        let changes = ConnectionChanges::from(self);
        let idp = IdpSource::Input(changes.idp_fields());
        let (mut saml, mut provisioning) = Default::default();
        changes.apply_saml(&mut saml);
        changes.apply_provisioning(&mut provisioning);
        let name = changes.name.into_option().map(|ParsedText(LineValue(name))| name);
        let new = NewConnection {
            name: name.unwrap_or_default(),
            idp,
            saml,
            provisioning,
            enabled: changes.enabled.into_option().unwrap_or(true),
        };
        (new, missing.into_iter().collect())
    }
}

impl ConnectionChanges {
    /// The fields of the identity provider.
    pub(in crate::http::api::connections) fn idp_fields(&self) -> IdpFields {
        let text = |ParsedText(EntityIdValue(id)): &ParsedText<EntityIdValue>| id.clone();
        IdpFields {
            metadata: field_value(&self.metadata).cloned(),
            metadata_entity_id: field_value(&self.metadata_entity_id).map(text),
            entity_id: field_value(&self.idp_entity_id).map(text),
            sso_url: field_value(&self.sso_url).map(|ParsedText(WebAddressValue(url))| url.clone()),
            certificates: field_value(&self.certificates).map(|BoundedVec(texts)| {
                texts.iter().map(|text| text.clone().into_bytes()).collect()
            }),
        }
    }

    /// The update of the identity provider.
    pub(in crate::http::api::connections) fn idp_update(&self, force: bool) -> IdpUpdate {
        IdpUpdate { fields: self.idp_fields(), force, ..IdpUpdate::default() }
    }

    /// Changes all other fields.
    pub(in crate::http::api::connections) fn apply(&self, connection: &mut Connection) {
        if let BodyField::Value(ParsedText(LineValue(name))) = &self.name {
            connection.name.clone_from(name);
        }
        if let BodyField::Value(enabled) = self.enabled {
            connection.enabled = enabled;
        }
        self.apply_saml(&mut connection.saml);
        self.apply_provisioning(&mut connection.provisioning);
    }

    fn apply_saml(&self, saml: &mut SamlPolicy) {
        let SamlPolicy {
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
        } = saml;
        replace_if_some(
            skew_seconds,
            field_value(&self.skew_seconds).map(|BoundedCount(seconds)| *seconds),
        );
        replace_if_some(idp_initiated, field_value(&self.idp_initiated).copied());
        replace_if_some(
            relay_states,
            field_value(&self.relay_states).map(|BoundedVec(states)| states.clone()),
        );
        replace_if_some(
            sha1_until,
            patch_value(&self.sha1_until, |ParsedText(MomentValue(until))| Some(*until)),
        );
        replace_if_some(allow_cbc, field_value(&self.allow_cbc).copied());
        replace_if_some(allow_rsa_pss, field_value(&self.allow_rsa_pss).copied());
        replace_if_some(
            name_id_format,
            patch_value(&self.name_id_format, |ParsedText(UriValue(uri))| uri.clone()),
        );
        replace_if_some(force_authn, field_value(&self.force_authn).copied());
        let uris = |BoundedVec(uris): &BoundedVec<ParsedText<UriValue>, 20>| {
            uris.iter().map(|ParsedText(UriValue(uri))| uri.clone().unwrap_or_default()).collect()
        };
        replace_if_some(authn_contexts, field_value(&self.authn_contexts).map(uris));
        replace_if_some(
            keep_messages_hours,
            field_value(&self.keep_messages_hours).map(|BoundedCount(hours)| *hours),
        );
    }

    fn apply_provisioning(&self, provisioning: &mut ProvisioningPolicy) {
        let ProvisioningPolicy {
            check_provision_attribute,
            mapping,
            email_attribute,
            subject_attribute,
            match_friendly_names,
        } = provisioning;
        if let Some(ParsedText(preset)) = field_value(&self.mapping_preset) {
            *mapping = preset.mapping();
            *email_attribute = Some(preset.email_attribute().to_owned());
        }
        replace_if_some(match_friendly_names, field_value(&self.match_friendly_names).copied());
        let name = |ParsedText(TextValue(name)): &ParsedText<AttributeName>| name.clone();
        replace_if_some(
            check_provision_attribute,
            patch_value(&self.check_provision_attribute, name),
        );
        replace_if_some(email_attribute, patch_value(&self.email_attribute, name));
        replace_if_some(subject_attribute, patch_value(&self.subject_attribute, name));
        match &self.mapping {
            PatchField::Absent => {}
            PatchField::Null => mapping.clear(),
            PatchField::Value(changes) => changes.apply(mapping),
        }
    }
}

fn field_value<T>(input: &BodyField<T>) -> Option<&T> {
    match input {
        BodyField::Absent => None,
        BodyField::Value(value) => Some(value),
    }
}

/// `None`: as it is. `Some(None)`: no value.
fn patch_value<T, U>(input: &PatchField<T>, read: impl Fn(&T) -> Option<U>) -> Option<Option<U>> {
    match input {
        PatchField::Absent => None,
        PatchField::Null => Some(None),
        PatchField::Value(value) => Some(read(value)),
    }
}

fn replace_if_some<T>(target: &mut T, input: Option<T>) {
    if let Some(input) = input {
        *target = input;
    }
}
