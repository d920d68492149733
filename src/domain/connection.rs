//! Connections: what an account has agreed with one identity provider.

use std::collections::BTreeMap;

use url::Url;

use super::{
    Timestamp,
    attributes::NameMatch,
    field_error::FieldError,
    id::{AccountId, ConnectionId},
    ignored_certificate::IgnoredCertificate,
    profile_field::ProfileField,
    quote::QuotedText,
    return_to,
    text::parse_line,
};

/// One identity provider of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Never changes; stands in the connection's addresses.
    pub id: ConnectionId,
    /// The account that the connection belongs to.
    pub account: AccountId,
    /// The connection's name for people, on the sign-in page.
    pub name: String,
    /// Whether users may log in through it. Requires a usable certificate.
    pub enabled: bool,
    /// The identity provider.
    pub idp: IdentityProvider,
    /// The policy for requests and responses.
    pub saml: SamlPolicy,
    /// Who is created, and from which attributes.
    pub provisioning: ProvisioningPolicy,
    /// When the connection was made.
    pub created_at: Timestamp,
    /// When the connection last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

/// When a certificate of a connection last verified a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateUse {
    /// SHA-256 of the DER, in hexadecimal.
    pub fingerprint: String,
    /// The latest login, to the minute.
    pub last_used_at: Timestamp,
}

/// A connection that a migration renamed, because its name was not unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedConnection {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub id: ConnectionId,
    /// The name before.
    pub from: String,
    /// The name after.
    pub to: String,
}

impl std::fmt::Display for RenamedConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { account, id, from, to } = self;
        write!(
            f,
            "Renamed the connection {id} of the account {account} from {} to {}: the names \
             of an account's connections are unique now.",
            QuotedText(from),
            QuotedText(to)
        )
    }
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its entity ID (Core 8.3.6): what an issuer must equal.
    pub entity_id: String,
    /// Where an `AuthnRequest` is sent by the Redirect binding.
    pub sso_url: String,
    /// Its signing certificates, DER; several during a rollover.
    pub certificates: Vec<Vec<u8>>,
    /// The ignored certificates of the identity provider. They verify no signature.
    pub ignored: Vec<IgnoredCertificate>,
}

/// The policy of a connection for its requests and for the responses of its identity
/// provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlPolicy {
    /// How far two clocks may be apart, in seconds: 0 to [`MAX_SKEW_SECONDS`].
    pub skew_seconds: u16,
    /// Whether unsolicited responses are accepted.
    pub idp_initiated: bool,
    /// Allowed `RelayState` values of unsolicited responses: paths or URLs to
    /// redirect to.
    pub relay_states: Vec<String>,
    /// Until when SHA-1 signatures are accepted; never, unless set.
    pub sha1_until: Option<Timestamp>,
    /// Whether AES-CBC may encrypt an assertion, inside a signed response only.
    pub allow_cbc: bool,
    /// Whether RSASSA-PSS with SHA-256 or better may sign, beside PKCS #1 v1.5.
    pub allow_rsa_pss: bool,
    /// The format asked for in `NameIDPolicy`; none is asked for, unless set.
    pub name_id_format: Option<String>,
    /// Whether the person is asked for their credentials at each login.
    pub force_authn: bool,
    /// Authentication context classes asked for (Core 3.3.2.2.1).
    pub authn_contexts: Vec<String>,
    /// For how many hours the messages of attempts are kept, sealed, so that
    /// they can be looked at: 0 (they are not) to [`MAX_KEEP_MESSAGES_HOURS`].
    pub keep_messages_hours: u16,
}

/// Who is created at a login, and from which attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProvisioningPolicy {
    /// The "Check provision attribute": the attribute that must be in the
    /// assertion before a user is created. Empty or absent: nothing is checked.
    pub check_provision_attribute: Option<String>,
    /// Attribute names of this identity provider for fields of ours; a field
    /// that is not named here is called by its own name.
    pub mapping: BTreeMap<ProfileField, String>,
    /// The attribute that holds the e-mail address, looked at before all else.
    pub email_attribute: Option<String>,
    /// The attribute that names the person for good, instead of the `NameID`
    /// (saml2int: no dependency on the `NameID`).
    pub subject_attribute: Option<String>,
    /// Whether an attribute is also found by its `FriendlyName`, where no
    /// attribute has the `Name` that is looked for.
    pub match_friendly_names: bool,
}

/// The most that two clocks may be apart, in seconds.
pub const MAX_SKEW_SECONDS: u16 = 300;

/// The longest that messages are kept, in hours: a week.
pub const MAX_KEEP_MESSAGES_HOURS: u16 = 168;

/// How far two clocks may be apart unless said otherwise, in seconds.
pub const DEFAULT_SKEW_SECONDS: u16 = 180;

impl Default for SamlPolicy {
    fn default() -> Self {
        Self {
            skew_seconds: DEFAULT_SKEW_SECONDS,
            idp_initiated: false,
            relay_states: Vec::new(),
            sha1_until: None,
            allow_cbc: false,
            allow_rsa_pss: false,
            name_id_format: None,
            force_authn: false,
            authn_contexts: Vec::new(),
            keep_messages_hours: 0,
        }
    }
}

/// The most characters of an entity ID (Core 8.3.6).
pub const MAX_ENTITY_ID_CHARS: usize = 1024;

/// The most signing certificates of a connection.
pub const MAX_CERTIFICATES: usize = 20;

/// The most characters of an attribute's name.
pub const MAX_ATTRIBUTE_NAME_CHARS: usize = 512;

impl Connection {
    /// Validates the values of a connection. Whether its certificates can be used is
    /// checked by [`crate::saml`].
    ///
    /// `base` and `origins` are the allowed redirect targets after a login.
    #[must_use]
    pub fn validate(&self, base: &Url, origins: &[Url]) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Err(fault) = parse_line(&self.name) {
            faults.push(FieldError::new("name", &self.name, fault));
        }
        faults.extend(self.idp.validate());
        faults.extend(self.saml.validate(base, origins));
        faults.extend(self.provisioning.validate());
        faults
    }
}

impl IdentityProvider {
    fn validate(&self) -> impl Iterator<Item = FieldError> {
        let length = self.entity_id.chars().count();
        let has_blanks =
            self.entity_id.contains(|char: char| char.is_control() || char.is_whitespace());
        let entity_id = (!(1..=MAX_ENTITY_ID_CHARS).contains(&length) || has_blanks).then(|| {
            let reason = format!("must have 1 to {MAX_ENTITY_ID_CHARS} characters without blanks");
            FieldError::new("idpEntityId", &self.entity_id, reason)
        });
        let sso_url = (!is_web_address(&self.sso_url)).then(|| {
            let reason = "must be an absolute https URL (http only on localhost)";
            FieldError::new("ssoUrl", &self.sso_url, reason)
        });
        let count = self.certificates.len();
        let certificates = (count > MAX_CERTIFICATES).then(|| {
            let reason = format!(
                "must have at most {MAX_CERTIFICATES} certificates: remove those that are not in use"
            );
            FieldError::new("certificates", count.to_string(), reason)
        });
        entity_id.into_iter().chain(sso_url).chain(certificates)
    }
}

impl SamlPolicy {
    fn validate(&self, base: &Url, origins: &[Url]) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if self.skew_seconds > MAX_SKEW_SECONDS {
            let reason = format!("must be a whole number of seconds from 0 to {MAX_SKEW_SECONDS}");
            faults.push(FieldError::new("skewSeconds", self.skew_seconds.to_string(), reason));
        }
        if self.keep_messages_hours > MAX_KEEP_MESSAGES_HOURS {
            let reason =
                format!("must be a whole number of hours from 0 to {MAX_KEEP_MESSAGES_HOURS}");
            faults.push(FieldError::new(
                "keepMessagesHours",
                self.keep_messages_hours.to_string(),
                reason,
            ));
        }
        for (index, relay_state) in self.relay_states.iter().enumerate() {
            // Bindings 3.5.3 caps RelayState at 80 bytes.
            if relay_state.len() > 80
                || return_to::parse_allowed(relay_state, base, origins).is_none()
            {
                let reason = "must be a path or a URL of a listed origin, of at most 80 bytes: use a path such as /start";
                faults.push(FieldError::new(format!("relayStates/{index}"), relay_state, reason));
            }
        }
        let format = self.name_id_format.iter().map(|uri| ("nameIdFormat".to_owned(), uri));
        let contexts = self.authn_contexts.iter().enumerate();
        let contexts = contexts.map(|(index, uri)| (format!("authnContexts/{index}"), uri));
        for (field, uri) in format.chain(contexts) {
            if parse_line(uri).is_err() || uri.contains(char::is_whitespace) || !uri.contains(':') {
                faults.push(FieldError::new(field, uri, "must be a URI"));
            }
        }
        faults
    }
}

impl ProvisioningPolicy {
    /// The attribute that identifies the person. A blank name counts as absent.
    #[must_use]
    pub fn subject_attribute(&self) -> Option<&str> {
        chosen(self.subject_attribute.as_deref())
    }

    /// By which of their names attributes are looked up.
    #[must_use]
    pub fn name_match(&self) -> NameMatch {
        match self.match_friendly_names {
            true => NameMatch::NameOrFriendlyName,
            false => NameMatch::Name,
        }
    }

    fn validate(&self) -> Vec<FieldError> {
        let mapped = self.mapping.iter();
        let named = mapped.map(|(field, name)| (format!("mapping/{}", field.as_str()), name));
        let others = [
            ("checkProvisionAttribute", &self.check_provision_attribute),
            ("emailAttribute", &self.email_attribute),
            ("subjectAttribute", &self.subject_attribute),
        ];
        let others = others
            .into_iter()
            .filter_map(|(field, name)| name.as_ref().map(|name| (field.to_owned(), name)));
        named
            .chain(others)
            .filter(|(_, name)| {
                let length = name.chars().count();
                let trimmed = name.trim().len() == name.len();
                !(1..=MAX_ATTRIBUTE_NAME_CHARS).contains(&length)
                    || !trimmed
                    || name.contains(char::is_control)
            })
            .map(|(field, name)| {
                let reason = format!(
                    "must be an attribute name of 1 to {MAX_ATTRIBUTE_NAME_CHARS} characters"
                );
                FieldError::new(field, name, reason)
            })
            .collect()
    }
}

/// A configured name. A blank one counts as absent.
pub(super) fn chosen(name: Option<&str>) -> Option<&str> {
    name.map(str::trim).filter(|name| !name.is_empty())
}

/// Whether a URL is https, or http on this machine.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let has_password = !url.username().is_empty() || url.password().is_some();
    !has_password && (url.scheme() == "https" && url.has_host() || url.scheme() == "http" && local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let now = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        Connection {
            id: ConnectionId::new(now, [1; 10]),
            account: AccountId::new(now, [2; 10]),
            name: "Okta".into(),
            enabled: true,
            idp: IdentityProvider {
                entity_id: "https://idp.example.com".into(),
                sso_url: "https://idp.example.com/sso?app=1".into(),
                certificates: Vec::new(),
                ignored: Vec::new(),
            },
            saml: SamlPolicy::default(),
            provisioning: ProvisioningPolicy::default(),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    type Spoil = fn(&mut Connection);

    #[test]
    fn every_value_that_cannot_be_stored_is_reported() {
        let table: [(&str, Spoil); 12] = [
            ("name", |c| c.name = " ".into()),
            ("idpEntityId", |c| c.idp.entity_id = String::new()),
            ("idpEntityId", |c| c.idp.entity_id = "a b".into()),
            ("ssoUrl", |c| c.idp.sso_url = "http://idp.example.com/".into()),
            ("ssoUrl", |c| c.idp.sso_url = "javascript:alert(1)".into()),
            ("skewSeconds", |c| c.saml.skew_seconds = 301),
            ("relayStates/0", |c| c.saml.relay_states = vec!["https://evil.net/".into()]),
            ("relayStates/0", |c| c.saml.relay_states = vec![format!("/{}", "a".repeat(80))]),
            ("nameIdFormat", |c| c.saml.name_id_format = Some("email".into())),
            ("authnContexts/0", |c| c.saml.authn_contexts = vec![String::new()]),
            ("checkProvisionAttribute", |c| {
                c.provisioning.check_provision_attribute = Some(" role".into())
            }),
            ("mapping/role", |c| {
                drop(c.provisioning.mapping.insert(ProfileField::Role, "\0".into()))
            }),
        ];
        let base = Url::parse("https://login.example.com/").unwrap();
        assert_eq!(connection().validate(&base, &[]), []);
        for (field, spoil) in table {
            let mut spoilt = connection();
            spoil(&mut spoilt);
            let faults = spoilt.validate(&base, &[]);
            assert_eq!(faults.iter().map(|fault| &fault.field).collect::<Vec<_>>(), [field]);
        }
    }
}
