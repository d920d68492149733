//! A connection on the wire, as requests have it.

use chrono::{DateTime, Utc};
use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::mapping::AttributeMappingChanges;
use crate::{
    app::connections::{GivenFacts, IdpSource, NewConnection},
    domain::connection::{
        Connection, MAX_ATTRIBUTE_NAME_CHARS, MAX_KEEP_MESSAGES_HOURS, MAX_SKEW_SECONDS,
        ProvisioningPolicy, SamlPolicy,
    },
    http::api::{
        body::{self, Faults, Given, Parsed, Patched},
        given::{Count, EntityId, Few, Line, Text, Uri, WebAddress},
        judged::Rest,
    },
};

/// The name of an attribute.
pub(super) type AttributeName = Text<MAX_ATTRIBUTE_NAME_CHARS>;

/// A certificate, PEM or base64 of DER.
#[derive(ToSchema)]
#[schema(value_type = String, format = "certificate")]
#[expect(dead_code, reason = "describes an element")]
pub(super) struct CertificateText(String);

/// A path, or a URL of ours or of a listed origin: at most 80 bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = "relay-state")]
#[expect(dead_code, reason = "describes an element")]
pub(super) struct RelayState(String);

/// A URI.
#[derive(ToSchema)]
#[schema(value_type = String, format = "authn-context")]
#[expect(dead_code, reason = "describes an element")]
pub(super) struct AuthnContext(String);

/// What is said of a connection: the identity provider by its `metadata`, or
/// by `idpEntityId`, `ssoUrl` and `certificates`.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field)]
pub(super) struct ConnectionDraft {
    /// Its name for people, on the sign-in page. White space around it is
    /// dropped.
    #[schema(value_type = String, min_length = 1, max_length = 255, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*\\S[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    name: Parsed<Line>,
    /// Whether anybody may log in through it, which takes a signing certificate
    /// that can be used. It may, unless said otherwise.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    enabled: Given<bool>,
    /// The identity provider's metadata, XML: instead of `idpEntityId`, `ssoUrl`
    /// and `certificates`. At most 10 MiB.
    #[schema(value_type = String, required = false, format = "saml-metadata")]
    #[deserr(default)]
    metadata: Given<String>,
    /// Which entity of the metadata is meant, where it has several.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\s\\u0000-\\u001F\\u007F-\\u009F]+$")]
    #[deserr(default)]
    metadata_entity_id: Given<Parsed<EntityId>>,
    /// What the identity provider calls itself: its entity ID.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\s\\u0000-\\u001F\\u007F-\\u009F]+$")]
    #[deserr(default)]
    idp_entity_id: Given<Parsed<EntityId>>,
    /// Where requests to log in are sent: https, or http on localhost.
    #[schema(value_type = String, required = false, max_length = 2048, pattern = "^https?://[^\\s\\u0000-\\u001F\\u007F-\\u009F]+$", format = "web-address")]
    #[deserr(default)]
    sso_url: Given<Parsed<WebAddress>>,
    /// The certificates that its signatures are verified with, each as PEM or
    /// the base64 of metadata.
    #[schema(value_type = Vec<CertificateText>, inline, required = false, max_items = 20)]
    #[deserr(default)]
    certificates: Given<Few<String, 20>>,
    /// The "Check provision attribute": it must be in the assertion, whatever
    /// its value, before a user is created. Nothing is checked, if null or blank.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    #[deserr(default)]
    check_provision_attribute: Patched<Parsed<AttributeName>>,
    /// What the identity provider calls the attributes.
    #[schema(value_type = Option<AttributeMappingChanges>)]
    #[deserr(default)]
    mapping: Patched<AttributeMappingChanges>,
    /// The attribute with the e-mail address, looked at before all else.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    #[deserr(default)]
    email_attribute: Patched<Parsed<AttributeName>>,
    /// The attribute that names the person for good, instead of the `NameID`.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    #[deserr(default)]
    subject_attribute: Patched<Parsed<AttributeName>>,
    /// How far two clocks may be apart, in seconds; 180 unless said otherwise.
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 300)]
    #[deserr(default)]
    skew_seconds: Given<Count<MAX_SKEW_SECONDS>>,
    /// Whether a response may come that nobody asked for.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    idp_initiated: Given<bool>,
    /// Values of `RelayState` that such a response may carry: paths or URLs of
    /// ours to go on to.
    #[schema(value_type = Vec<RelayState>, inline, required = false, max_items = 100)]
    #[deserr(default)]
    relay_states: Given<Few<String, 100>>,
    /// Until when SHA-1 signatures are accepted; never, if null.
    #[schema(value_type = Option<DateTime<Utc>>)]
    #[deserr(default)]
    sha1_until: Patched<Parsed<DateTime<Utc>>>,
    /// Whether AES-CBC may encrypt an assertion, in signed responses only.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    allow_cbc: Given<bool>,
    /// The `NameID` format that is asked for, a URI; none, if null or empty.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^([^\\s\\u0000-\\u001F\\u007F-\\u009F]*:[^\\s\\u0000-\\u001F\\u007F-\\u009F]*)?$")]
    #[deserr(default)]
    name_id_format: Patched<Parsed<Uri>>,
    /// Whether the person is asked for their credentials at each login.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    force_authn: Given<bool>,
    /// Authentication context classes that are asked for, URIs.
    #[schema(value_type = Vec<AuthnContext>, inline, required = false, max_items = 20)]
    #[deserr(default)]
    authn_contexts: Given<Few<Parsed<Uri>, 20>>,
    /// For how many hours the messages of its logins are kept, to look at them.
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 168)]
    #[deserr(default)]
    keep_messages_hours: Given<Count<MAX_KEEP_MESSAGES_HOURS>>,
}

/// What shall change of a connection.
#[derive(Debug, Default, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field)]
pub(super) struct ConnectionChanges {
    /// Its name for people, on the sign-in page. White space around it is
    /// dropped.
    #[schema(required = false, value_type = String, min_length = 1, max_length = 255, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*\\S[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    #[deserr(default)]
    name: Given<Parsed<Line>>,
    /// Whether anybody may log in through it: only with a signing certificate
    /// that can be used.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    enabled: Given<bool>,
    /// The identity provider's metadata, XML: instead of `idpEntityId`, `ssoUrl`
    /// and `certificates`. At most 10 MiB.
    #[schema(value_type = String, required = false, format = "saml-metadata")]
    #[deserr(default)]
    metadata: Given<String>,
    /// Which entity of the metadata is meant, where it has several.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\s\\u0000-\\u001F\\u007F-\\u009F]+$")]
    #[deserr(default)]
    metadata_entity_id: Given<Parsed<EntityId>>,
    /// What the identity provider calls itself: its entity ID.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\s\\u0000-\\u001F\\u007F-\\u009F]+$")]
    #[deserr(default)]
    idp_entity_id: Given<Parsed<EntityId>>,
    /// Where requests to log in are sent: https, or http on localhost.
    #[schema(value_type = String, required = false, max_length = 2048, pattern = "^https?://[^\\s\\u0000-\\u001F\\u007F-\\u009F]+$", format = "web-address")]
    #[deserr(default)]
    sso_url: Given<Parsed<WebAddress>>,
    /// The certificates that its signatures are verified with, each as PEM or
    /// the base64 of metadata.
    #[schema(value_type = Vec<CertificateText>, inline, required = false, max_items = 20)]
    #[deserr(default)]
    certificates: Given<Few<String, 20>>,
    /// The "Check provision attribute": it must be in the assertion, whatever
    /// its value, before a user is created. Nothing is checked, if null or blank.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    #[deserr(default)]
    check_provision_attribute: Patched<Parsed<AttributeName>>,
    /// What the identity provider calls the attributes; what is left out of it
    /// stays.
    #[schema(value_type = Option<AttributeMappingChanges>)]
    #[deserr(default)]
    mapping: Patched<AttributeMappingChanges>,
    /// The attribute with the e-mail address, looked at before all else.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    #[deserr(default)]
    email_attribute: Patched<Parsed<AttributeName>>,
    /// The attribute that names the person for good, instead of the `NameID`.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$")]
    #[deserr(default)]
    subject_attribute: Patched<Parsed<AttributeName>>,
    /// How far two clocks may be apart, in seconds.
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 300)]
    #[deserr(default)]
    skew_seconds: Given<Count<MAX_SKEW_SECONDS>>,
    /// Whether a response may come that nobody asked for.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    idp_initiated: Given<bool>,
    /// Values of `RelayState` that such a response may carry: paths or URLs of
    /// ours to go on to. Replaces all.
    #[schema(value_type = Vec<RelayState>, inline, required = false, max_items = 100)]
    #[deserr(default)]
    relay_states: Given<Few<String, 100>>,
    /// Until when SHA-1 signatures are accepted; never, if null.
    #[schema(value_type = Option<DateTime<Utc>>)]
    #[deserr(default)]
    sha1_until: Patched<Parsed<DateTime<Utc>>>,
    /// Whether AES-CBC may encrypt an assertion, in signed responses only.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    allow_cbc: Given<bool>,
    /// The `NameID` format that is asked for, a URI; none, if null or empty.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^([^\\s\\u0000-\\u001F\\u007F-\\u009F]*:[^\\s\\u0000-\\u001F\\u007F-\\u009F]*)?$")]
    #[deserr(default)]
    name_id_format: Patched<Parsed<Uri>>,
    /// Whether the person is asked for their credentials at each login.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    force_authn: Given<bool>,
    /// Authentication context classes that are asked for, URIs. Replaces all.
    #[schema(value_type = Vec<AuthnContext>, inline, required = false, max_items = 20)]
    #[deserr(default)]
    authn_contexts: Given<Few<Parsed<Uri>, 20>>,
    /// For how many hours the messages of its logins are kept, to look at them.
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 168)]
    #[deserr(default)]
    keep_messages_hours: Given<Count<MAX_KEEP_MESSAGES_HOURS>>,
}

fn no_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> Faults {
    let read_only = ["id", "serviceProvider", "createdAt", "updatedAt", "version"];
    body::unknown(&read_only, key, accepted, location)
}

impl ConnectionDraft {
    /// A new connection: what is said of it, over what is so unless it is
    /// said otherwise.
    pub(super) fn into_new(self) -> NewConnection {
        ConnectionChanges::from(self).into_new()
    }
}

impl From<ConnectionDraft> for ConnectionChanges {
    fn from(draft: ConnectionDraft) -> Self {
        let ConnectionDraft {
            name,
            enabled,
            metadata,
            metadata_entity_id,
            idp_entity_id,
            sso_url,
            certificates,
            check_provision_attribute,
            mapping,
            email_attribute,
            subject_attribute,
            skew_seconds,
            idp_initiated,
            relay_states,
            sha1_until,
            allow_cbc,
            name_id_format,
            force_authn,
            authn_contexts,
            keep_messages_hours,
        } = draft;
        Self {
            name: Given::Value(name),
            enabled,
            metadata,
            metadata_entity_id,
            idp_entity_id,
            sso_url,
            certificates,
            check_provision_attribute,
            mapping,
            email_attribute,
            subject_attribute,
            skew_seconds,
            idp_initiated,
            relay_states,
            sha1_until,
            allow_cbc,
            name_id_format,
            force_authn,
            authn_contexts,
            keep_messages_hours,
        }
    }
}

impl ConnectionChanges {
    /// What is left of a body that can't be read as a whole.
    pub(super) fn legible(rest: &Rest) -> Self {
        let mut changes: Self = rest.whole_fields().unwrap_or_default();
        if rest.lacks("enabled") {
            // Who may not log in needs no certificate.
            changes.enabled = Given::Value(false);
        }
        changes
    }

    /// A new connection: what is said of it, over what is so unless it is
    /// said otherwise.
    pub(super) fn into_new(self) -> NewConnection {
        let idp = IdpSource::Given(self.facts());
        let (mut saml, mut provisioning) = Default::default();
        self.apply_saml(&mut saml);
        self.apply_provisioning(&mut provisioning);
        let name = self.name.into_option().map(|Parsed(Line(name))| name);
        NewConnection {
            name: name.unwrap_or_default(),
            idp,
            saml,
            provisioning,
            enabled: self.enabled.into_option().unwrap_or(true),
        }
    }

    /// What is said of the identity provider.
    pub(super) fn facts(&self) -> GivenFacts {
        let text = |Parsed(EntityId(id)): &Parsed<EntityId>| id.clone();
        GivenFacts {
            metadata: value(&self.metadata).cloned(),
            metadata_entity_id: value(&self.metadata_entity_id).map(text),
            entity_id: value(&self.idp_entity_id).map(text),
            sso_url: value(&self.sso_url).map(|Parsed(WebAddress(url))| url.clone()),
            certificates: value(&self.certificates).map(|Few(texts)| texts.clone()),
        }
    }

    /// Changes everything else.
    pub(super) fn apply(&self, connection: &mut Connection) {
        if let Given::Value(Parsed(Line(name))) = &self.name {
            connection.name.clone_from(name);
        }
        if let Given::Value(enabled) = self.enabled {
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
            name_id_format,
            force_authn,
            authn_contexts,
            keep_messages_hours,
        } = saml;
        put(skew_seconds, value(&self.skew_seconds).map(|Count(seconds)| *seconds));
        put(idp_initiated, value(&self.idp_initiated).copied());
        put(relay_states, value(&self.relay_states).map(|Few(states)| states.clone()));
        put(sha1_until, patched(&self.sha1_until, |Parsed(until)| Some(*until)));
        put(allow_cbc, value(&self.allow_cbc).copied());
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
        } = provisioning;
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

fn value<T>(given: &Given<T>) -> Option<&T> {
    match given {
        Given::Absent => None,
        Given::Value(value) => Some(value),
    }
}

/// `None`: as it is. `Some(None)`: no value.
fn patched<T, U>(given: &Patched<T>, read: impl Fn(&T) -> Option<U>) -> Option<Option<U>> {
    match given {
        Patched::Absent => None,
        Patched::Null => Some(None),
        Patched::Value(value) => Some(read(value)),
    }
}

fn put<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}
