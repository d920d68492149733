//! The request bodies of connections.

mod command;

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::mapping::{AttributeMappingChanges, AttributeName, MappingPreset};
use crate::{
    domain::{
        connection::{MAX_KEEP_MESSAGES_HOURS, MAX_SKEW_SECONDS},
        field_error::FieldError,
        provisioning::MappingPreset as DomainPreset,
    },
    http::api::{
        body::{self, BodyErrors, BodyField, ParsedText, PatchField},
        enums::named,
        fields::{
            BoundedCount, BoundedVec, EntityIdValue, LineValue, MomentValue, UriValue,
            WebAddressValue,
        },
    },
};

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

/// Declares the fields of a new connection and of changes to one, each field once.
/// Only the name is separate, because a new connection requires it. A field whose
/// descriptions differ has one for `new` and one for `changed`.
macro_rules! connection {
    ($(
        $([new $(#[$new:meta])*] [changed $(#[$changed:meta])*])?
        $(#[$about:meta])*
        $name:ident: $type:ty,
    )*) => {
        /// A new connection: send `metadata` of the identity provider, or `idpEntityId`,
        /// `ssoUrl` and `certificates`.
        #[derive(Debug, Deserr, ToSchema)]
        #[schema(rename_all = "camelCase")]
        #[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = no_field)]
        pub(super) struct ConnectionDraft {
            /// Its name for people, on the sign-in page. White space around it is
            /// dropped.
            #[schema(required = true, value_type = String, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$")]
            #[deserr(default)]
            name: BodyField<ParsedText<LineValue>>,
            $(
                $($(#[$new])*)?
                $(#[$about])*
                #[deserr(default)]
                $name: $type,
            )*
        }

        /// Changes to a connection.
        #[derive(Debug, Deserr, ToSchema)]
        #[schema(rename_all = "camelCase")]
        #[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = no_field)]
        pub(super) struct ConnectionChanges {
            /// Its name for people, on the sign-in page. White space around it is
            /// dropped.
            #[schema(required = false, value_type = String, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$")]
            #[deserr(default)]
            name: BodyField<ParsedText<LineValue>>,
            $(
                $($(#[$changed])*)?
                $(#[$about])*
                #[deserr(default)]
                $name: $type,
            )*
            /// The fields to clear, as null does: for clients that can't send null. A
            /// field can't be set and cleared in one request.
            #[schema(value_type = Vec<ClearableConnectionField>, required = false, example = json!([]))]
            #[deserr(default)]
            clear: BodyField<Vec<ClearableConnectionField>>,
        }

        impl From<ConnectionDraft> for ConnectionChanges {
            fn from(draft: ConnectionDraft) -> Self {
                let clear = BodyField::Absent;
                Self { name: draft.name, $($name: draft.$name,)* clear }
            }
        }
    };
}

connection! {
    [new
        /// Whether users may log in through the connection. True by default. An enabled
        /// connection needs a signing certificate that can be used.
    ]
    [changed
        /// Whether users may log in through the connection. An enabled connection needs
        /// a signing certificate that can be used.
    ]
    #[schema(value_type = bool, required = false)]
    enabled: BodyField<bool>,
    /// The metadata of the identity provider, as XML of at most 10 MiB. Replaces
    /// `idpEntityId`, `ssoUrl` and `certificates`.
    #[schema(value_type = String, required = false, format = "saml-metadata")]
    metadata: BodyField<String>,
    /// The entity ID to use, if the metadata describes several entities.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\x00-\\x20\\x7F]+$")]
    metadata_entity_id: BodyField<ParsedText<EntityIdValue>>,
    /// The entity ID of the identity provider.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1024, pattern = "^[^\\x00-\\x20\\x7F]+$")]
    idp_entity_id: BodyField<ParsedText<EntityIdValue>>,
    /// The URL to which login requests are sent: https, or http on localhost.
    #[schema(value_type = String, required = false, max_length = 2048, pattern = "^https?://[^\\x00-\\x20\\x7F]+$", format = "web-address")]
    sso_url: BodyField<ParsedText<WebAddressValue>>,
    /// The certificates that verify its signatures, each as PEM or as base64 of DER.
    #[schema(value_type = Vec<CertificateText>, inline, required = false, max_items = 20)]
    certificates: BodyField<BoundedVec<String, 20>>,
    /// The "Check provision attribute": a user is created only if the assertion has
    /// this attribute, with any value. null or an empty text clears it: then nothing
    /// is checked.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\x00-\\x1F\\x7F]*$")]
    check_provision_attribute: PatchField<ParsedText<AttributeName>>,
    /// Replaces `mapping` and `emailAttribute` by those of a preset. A
    /// `mapping` or `emailAttribute` in the same request is applied after it.
    #[schema(value_type = MappingPreset, required = false)]
    mapping_preset: BodyField<ParsedText<DomainPreset>>,
    [new
        /// The names of the SAML attributes. null: the names of our fields.
    ]
    [changed
        /// The names of the SAML attributes. A name that is left out keeps its value.
        /// null clears all names.
    ]
    #[schema(value_type = Option<AttributeMappingChanges>)]
    mapping: PatchField<AttributeMappingChanges>,
    /// The attribute with the e-mail address. It takes precedence over all other
    /// sources. null or an empty text clears it.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\x00-\\x1F\\x7F]*$")]
    email_attribute: PatchField<ParsedText<AttributeName>>,
    /// The attribute that identifies the user permanently, instead of the `NameID`.
    /// null or an empty text clears it.
    #[schema(value_type = Option<String>, max_length = 512, pattern = "^[^\\x00-\\x1F\\x7F]*$")]
    subject_attribute: PatchField<ParsedText<AttributeName>>,
    /// Whether an attribute is also found by its `FriendlyName`, if no attribute has
    /// the `Name`. False by default: `Name` alone identifies an attribute.
    #[schema(value_type = bool, required = false)]
    match_friendly_names: BodyField<bool>,
    [new
        /// The allowed clock skew in seconds. 180 by default.
    ]
    [changed
        /// The allowed clock skew in seconds.
    ]
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 300)]
    skew_seconds: BodyField<BoundedCount<MAX_SKEW_SECONDS>>,
    /// Whether the identity provider may start a login (IdP-initiated).
    #[schema(value_type = bool, required = false)]
    idp_initiated: BodyField<bool>,
    [new
        /// The values of `RelayState` that an IdP-initiated response may have: paths or
        /// URLs of ours to redirect to.
    ]
    [changed
        /// The values of `RelayState` that an IdP-initiated response may have: paths or
        /// URLs of ours to redirect to. Replaces all values.
    ]
    #[schema(value_type = Vec<RelayState>, inline, required = false, max_items = 100)]
    relay_states: BodyField<BoundedVec<String, 100>>,
    /// Until when SHA-1 signatures are accepted. null clears it: they are then never
    /// accepted.
    #[schema(value_type = Option<DateTime<Utc>>)]
    sha1_until: PatchField<ParsedText<MomentValue>>,
    /// Whether AES-CBC may encrypt an assertion, in signed responses only.
    #[schema(value_type = bool, required = false)]
    allow_cbc: BodyField<bool>,
    /// Whether RSA-PSS with SHA-256, SHA-384 or SHA-512 may sign. Off by
    /// default.
    #[schema(value_type = bool, required = false)]
    allow_rsa_pss: BodyField<bool>,
    /// The `NameID` format to request, a URI. null or an empty text clears
    /// it.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^([^\\x00-\\x20\\x7F]*:[^\\x00-\\x20\\x7F]*)?$")]
    name_id_format: PatchField<ParsedText<UriValue>>,
    /// Whether the identity provider must ask for credentials at each login.
    #[schema(value_type = bool, required = false)]
    force_authn: BodyField<bool>,
    [new
        /// The authentication context classes to request, URIs.
    ]
    [changed
        /// The authentication context classes to request, URIs. Replaces all.
    ]
    #[schema(value_type = Vec<AuthnContext>, inline, required = false, max_items = 20)]
    authn_contexts: BodyField<BoundedVec<ParsedText<UriValue>, 20>>,
    /// For how many hours the messages of its logins are kept.
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 168)]
    keep_messages_hours: BodyField<BoundedCount<MAX_KEEP_MESSAGES_HOURS>>,
}

named! {
    /// A field of a connection that can be cleared.
    ClearableConnectionField {
        CheckProvisionAttribute = "checkProvisionAttribute",
        Mapping = "mapping",
        EmailAttribute = "emailAttribute",
        SubjectAttribute = "subjectAttribute",
        Sha1Until = "sha1Until",
        NameIdFormat = "nameIdFormat",
    }
}

impl ConnectionChanges {
    /// Sets each field of `clear` to null. Returns those that are set as well.
    pub(super) fn clear_fields(&mut self) -> Vec<FieldError> {
        use ClearableConnectionField as Field;
        let fields = std::mem::take(&mut self.clear).into_option().unwrap_or_default();
        let mut errors = Vec::new();
        for (place, field) in fields.into_iter().enumerate() {
            let (name, was_set) = match field {
                Field::CheckProvisionAttribute => {
                    ("checkProvisionAttribute", self.check_provision_attribute.clear())
                }
                Field::Mapping => ("mapping", self.mapping.clear()),
                Field::EmailAttribute => ("emailAttribute", self.email_attribute.clear()),
                Field::SubjectAttribute => ("subjectAttribute", self.subject_attribute.clear()),
                Field::Sha1Until => ("sha1Until", self.sha1_until.clear()),
                Field::NameIdFormat => ("nameIdFormat", self.name_id_format.clear()),
            };
            if was_set {
                errors.push(body::set_and_cleared_error(place, name));
            }
        }
        errors
    }
}

fn no_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    let read_only = [
        "id",
        "ignoredCertificates",
        "serviceProvider",
        "createdAt",
        "updatedAt",
        "version",
        "etag",
    ];
    body::unknown_field_error(&read_only, key, accepted, location)
}
