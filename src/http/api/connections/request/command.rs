//! Converts request bodies of connections to commands.

use super::{AttributeName, ConnectionChanges, ConnectionDraft};
use crate::{
    app::connections::{IdpFields, IdpSource, IdpUpdate, NewConnection},
    domain::{
        connection::{Connection, ProvisioningPolicy, SamlPolicy},
        field_error::FieldError,
    },
    http::api::{
        body::{self, Field, Parsed, Patched},
        fields::{Count, EntityId, Few, Line, Moment, Text, Uri, WebAddress},
    },
};

impl ConnectionDraft {
    /// Returns the new connection: the fields of the body over the defaults.
    pub(in crate::http::api::connections) fn into_new(self) -> (NewConnection, Vec<FieldError>) {
        let missing = matches!(self.name, Field::Absent).then(|| body::missing("name"));
        let changes = ConnectionChanges::from(self);
        let idp = IdpSource::Given(changes.facts());
        let (mut saml, mut provisioning) = Default::default();
        changes.apply_saml(&mut saml);
        changes.apply_provisioning(&mut provisioning);
        let name = changes.name.into_option().map(|Parsed(Line(name))| name);
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
    pub(in crate::http::api::connections) fn facts(&self) -> IdpFields {
        let text = |Parsed(EntityId(id)): &Parsed<EntityId>| id.clone();
        IdpFields {
            metadata: value(&self.metadata).cloned(),
            metadata_entity_id: value(&self.metadata_entity_id).map(text),
            entity_id: value(&self.idp_entity_id).map(text),
            sso_url: value(&self.sso_url).map(|Parsed(WebAddress(url))| url.clone()),
            certificates: value(&self.certificates)
                .map(|Few(texts)| texts.iter().map(|text| text.clone().into_bytes()).collect()),
        }
    }

    /// The update of the identity provider.
    pub(in crate::http::api::connections) fn update(&self, force: bool) -> IdpUpdate {
        IdpUpdate { facts: self.facts(), force, ..IdpUpdate::default() }
    }

    /// Changes all other fields.
    pub(in crate::http::api::connections) fn apply(&self, connection: &mut Connection) {
        if let Field::Value(Parsed(Line(name))) = &self.name {
            connection.name.clone_from(name);
        }
        if let Field::Value(enabled) = self.enabled {
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
        put(skew_seconds, value(&self.skew_seconds).map(|Count(seconds)| *seconds));
        put(idp_initiated, value(&self.idp_initiated).copied());
        put(relay_states, value(&self.relay_states).map(|Few(states)| states.clone()));
        put(sha1_until, patched(&self.sha1_until, |Parsed(Moment(until))| Some(*until)));
        put(allow_cbc, value(&self.allow_cbc).copied());
        put(allow_rsa_pss, value(&self.allow_rsa_pss).copied());
        put(name_id_format, patched(&self.name_id_format, |Parsed(Uri(uri))| uri.clone()));
        put(force_authn, value(&self.force_authn).copied());
        let uris = |Few(uris): &Few<Parsed<Uri>, 20>| {
            uris.iter().map(|Parsed(Uri(uri))| uri.clone().unwrap_or_default()).collect()
        };
        put(authn_contexts, value(&self.authn_contexts).map(uris));
        put(keep_messages_hours, value(&self.keep_messages_hours).map(|Count(hours)| *hours));
    }

    fn apply_provisioning(&self, provisioning: &mut ProvisioningPolicy) {
        let ProvisioningPolicy {
            check_provision_attribute,
            mapping,
            email_attribute,
            subject_attribute,
            match_friendly_names,
        } = provisioning;
        if let Some(Parsed(preset)) = value(&self.mapping_preset) {
            *mapping = preset.mapping();
            *email_attribute = Some(preset.email_attribute().to_owned());
        }
        put(match_friendly_names, value(&self.match_friendly_names).copied());
        let name = |Parsed(Text(name)): &Parsed<AttributeName>| name.clone();
        put(check_provision_attribute, patched(&self.check_provision_attribute, name));
        put(email_attribute, patched(&self.email_attribute, name));
        put(subject_attribute, patched(&self.subject_attribute, name));
        match &self.mapping {
            Patched::Absent => {}
            Patched::Null => mapping.clear(),
            Patched::Value(changes) => changes.apply(mapping),
        }
    }
}

fn value<T>(input: &Field<T>) -> Option<&T> {
    match input {
        Field::Absent => None,
        Field::Value(value) => Some(value),
    }
}

/// `None`: as it is. `Some(None)`: no value.
fn patched<T, U>(input: &Patched<T>, read: impl Fn(&T) -> Option<U>) -> Option<Option<U>> {
    match input {
        Patched::Absent => None,
        Patched::Null => Some(None),
        Patched::Value(value) => Some(read(value)),
    }
}

fn put<T>(place: &mut T, input: Option<T>) {
    if let Some(input) = input {
        *place = input;
    }
}
