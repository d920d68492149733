//! The identification of a person by the assertion alone.

use super::{
    Decision, Denial, LoginInput, MappingTarget, ResolvedSubject, StatedSubject, Subject,
    ValueSource, ValueWithSource,
    attribute_reader::{AttributeReader, FieldReader, TransformedFields, attribute_name},
    identifiers, teams,
};
use crate::domain::{
    attributes::{Attribute, Attributes},
    check::excerpt,
    connection::ProvisioningPolicy,
    email::Email,
    subject::SubjectKey,
    update_policy::UpdatePolicy,
};

/// The maximum number of characters of a subject (Core 8.3.7; saml2int SDP-IDP04).
pub const MAX_SUBJECT_CHARS: usize = 256;

/// The formats of a `NameID` that mean something to the rules (Core 8.3).
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
pub(super) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/// Attributes that hold an e-mail address if the connection names none.
const EMAIL_ATTRIBUTES: [&str; 2] = ["email", "mail"];

/// Identifies the person of an assertion: the keys to look up before a
/// [plan](super::plan()) is made.
///
/// The subject is the `NameID`, unless the connection names a subject attribute. It is
/// trimmed, and compared exactly. A `NameID` that is an address is compared without case,
/// and only with other addresses. Its format says whether it is an address; if the format
/// leaves it open, its shape does. A transient `NameID` is not a subject, because it is
/// different at each login (Core 8.3.8).
///
/// The e-mail address is the first usable one of
/// 1. the connection's e-mail attribute,
/// 2. the `NameID`, if it is an address and neither transient nor persistent,
/// 3. the attribute `email`, then the attribute `mail`,
/// 4. a persistent `NameID`, if it is an address. It comes last, because a persistent
///    identifier may only look like an address.
///
/// # Errors
/// [`Denial::ConnectionDisabled`]; [`Denial::SubjectUnusable`] if the subject is absent,
/// ambiguous, longer than [`MAX_SUBJECT_CHARS`] or has a control character in it. A missing
/// e-mail address is not an error here, because an identity may be found without it.
pub fn identify(login: &LoginInput<'_>) -> Result<ResolvedSubject, Denial> {
    if !login.connection_enabled {
        return Err(Denial::ConnectionDisabled);
    }
    let transformed = TransformedFields::new(login);
    let reader = FieldReader::new(login, &transformed);
    let email = resolve_email(login);
    let is_name_id = email.as_ref().is_some_and(|email| email.source == ValueSource::NameId);
    Ok(ResolvedSubject {
        subject: resolve_subject(login)?,
        is_email_persistent_name_id: is_name_id && login.subject.has_format(PERSISTENT),
        email,
        external_id: identifiers::read_external_id(&reader).value,
        user_name: identifiers::read_user_name(&reader).value,
        teams: teams::team_keys(&reader),
    })
}

/// Returns the stated subject and e-mail address of an assertion, even if they are not usable
/// or the connection is disabled. Administrators find attempts by them. They are bounded like
/// the text of a check.
#[must_use]
pub fn extract_subject(login: &LoginInput<'_>) -> StatedSubject {
    let attribute = login.policy.subject_attribute();
    let of_attribute =
        attribute.and_then(|name| AttributeReader::new(login).filled_values(name).first().copied());
    let subject = of_attribute.unwrap_or(&login.subject.name_id).trim();
    StatedSubject {
        subject: (!subject.is_empty()).then(|| excerpt(subject)),
        email: resolve_email(login)
            .map(|email| email.value.to_string())
            .or_else(|| unusable_email(login).map(excerpt)),
    }
}

/// Returns the first value of the e-mail attributes, if none is an address.
fn unusable_email<'a>(login: &LoginInput<'a>) -> Option<&'a str> {
    let reader = AttributeReader::new(login);
    let attribute = login.policy.email_attribute();
    let mut names = attribute.into_iter().chain(EMAIL_ATTRIBUTES);
    names.find_map(|name| reader.filled_values(name).first().copied())
}

/// Whether a decision depended on this attribute, which is one of `attributes`. For an
/// existing user, those are read that identify the person, and those by which the
/// connection changes existing users.
#[must_use]
pub fn is_attribute_read(
    policy: &ProvisioningPolicy,
    decision: &Decision,
    attributes: &Attributes,
    attribute: &Attribute,
) -> bool {
    let is_named = |name| {
        attributes
            .find(name, policy.name_match())
            .any(|candidate| std::ptr::eq(candidate, attribute))
    };
    let named = [policy.email_attribute(), policy.subject_attribute()];
    let mut identifying = named.into_iter().flatten().chain(EMAIL_ATTRIBUTES);
    if identifying.any(is_named) {
        return true;
    }
    let is_set = |target: MappingTarget| {
        let policy = policy.update_policy(target.into());
        match decision {
            Decision::Claim(_) | Decision::SignIn(_) => policy.changes_existing_users(),
            Decision::Create(_) | Decision::Deny(_) => policy != UpdatePolicy::Never,
        }
    };
    let mut targets = policy.targets().filter(|target| is_set(*target));
    targets.any(|target| attribute_name(policy, target).is_some_and(is_named))
}

fn resolve_subject(login: &LoginInput<'_>) -> Result<Option<SubjectKey>, Denial> {
    if let Some(attribute) = login.policy.subject_attribute() {
        return subject_of_attribute(login, attribute).map(SubjectKey::exact).map(Some);
    }
    if login.subject.has_format(TRANSIENT) {
        return Ok(None);
    }
    let Subject { name_id, format: _ } = login.subject;
    let subject = parse_subject(name_id).ok_or(Denial::SubjectUnusable)?;
    // Only an address may differ in case from login to login.
    let address = login.subject.may_be_address().then(|| subject.parse::<Email>().ok()).flatten();
    Ok(Some(address.map_or_else(|| SubjectKey::exact(subject), |it| SubjectKey::address(&it))))
}

/// The only value of the attribute. Several values are rejected, because their order may change
/// from login to login.
fn subject_of_attribute(login: &LoginInput<'_>, attribute: &str) -> Result<String, Denial> {
    let values = AttributeReader::new(login).filled_values(attribute);
    let mut subjects = values.into_iter().map(parse_subject);
    let first = subjects.next().flatten().ok_or(Denial::SubjectUnusable)?;
    let unambiguous = subjects.all(|other| other.as_ref() == Some(&first));
    unambiguous.then_some(first).ok_or(Denial::SubjectUnusable)
}

/// A subject within its bounds.
fn parse_subject(text: &str) -> Option<String> {
    let text = text.trim();
    let too_long = text.chars().nth(MAX_SUBJECT_CHARS).is_some();
    let unusable = text.is_empty() || too_long || text.chars().any(char::is_control);
    (!unusable).then(|| text.to_owned())
}

pub(super) fn resolve_email(login: &LoginInput<'_>) -> Option<ValueWithSource<Email>> {
    let subject = login.subject;
    let opaque = subject.has_format(TRANSIENT) || subject.has_format(PERSISTENT);
    let of_attribute = |name| email_of_attribute(login, name);
    login
        .policy
        .email_attribute()
        .and_then(of_attribute)
        .or_else(|| (!opaque).then(|| email_of_name_id(subject)).flatten())
        .or_else(|| EMAIL_ATTRIBUTES.into_iter().find_map(of_attribute))
        .or_else(|| subject.has_format(PERSISTENT).then(|| email_of_name_id(subject)).flatten())
}

fn email_of_attribute(login: &LoginInput<'_>, name: &str) -> Option<ValueWithSource<Email>> {
    let values = login.attributes.values(name, login.policy.name_match());
    let mut addresses = values.filter_map(|value| value.parse::<Email>().ok());
    let source = ValueSource::Attribute(name.to_owned());
    addresses.next().map(|value| ValueWithSource { value, source })
}

fn email_of_name_id(subject: &Subject) -> Option<ValueWithSource<Email>> {
    let value = subject.name_id.parse().ok()?;
    Some(ValueWithSource { value, source: ValueSource::NameId })
}

impl Subject {
    /// Whether the format says that the `NameID` is an address, or leaves it
    /// open. Every other format makes it opaque (Core 8.3.7).
    fn may_be_address(&self) -> bool {
        self.format.is_none() || self.has_format(EMAIL_ADDRESS) || self.has_format(UNSPECIFIED)
    }

    pub(super) fn has_format(&self, format: &str) -> bool {
        self.format.as_deref().is_some_and(|own| own.trim() == format)
    }
}
