//! Logins that can't be decided, because single attributes are encrypted.

use super::{
    Decision, Denial, FoundBy, LoginInput, ValueSource,
    identification::{PERSISTENT, resolve_email},
};

/// Returns the missing value of a decision that an encrypted attribute may have: the subject,
/// the e-mail address, or the guard attribute. Such a login must not be decided without it.
/// `None` if no attribute is encrypted, or the decision depends on none of the three.
#[must_use]
pub fn find_encrypted_need(login: &LoginInput<'_>, decision: &Decision) -> Option<String> {
    if login.attributes.encrypted_count() == 0 {
        return None;
    }
    let is_absent = |name: &&str| !login.attributes.contains(name, login.policy.name_match());
    let named = |name: &str| format!("the attribute {name}");
    if let Some(subject) = login.policy.subject_attribute().filter(is_absent) {
        return Some(named(subject));
    }
    let email = || match login.policy.email_attribute().filter(is_absent) {
        Some(attribute) => Some(named(attribute)),
        None => is_email_uncertain(login).then(|| "an e-mail address".to_owned()),
    };
    match decision {
        Decision::Claim(entry) | Decision::SignIn(entry) => match entry.found_by {
            FoundBy::Identity => None,
            FoundBy::Email => email(),
        },
        Decision::Create(_)
        | Decision::Deny(Denial::IdentityConflict(_) | Denial::EmailUnusable) => email(),
        Decision::Deny(Denial::GuardAttributeMissing { attribute }) => Some(named(attribute)),
        Decision::Deny(
            Denial::ConnectionDisabled
            | Denial::UserDisabled(_)
            | Denial::UserDeleted(_)
            | Denial::SubjectUnusable,
        ) => None,
    }
}

/// Whether an encrypted attribute may have the e-mail address: no address was found, or only a
/// persistent `NameID`, which attributes precede.
fn is_email_uncertain(login: &LoginInput<'_>) -> bool {
    match resolve_email(login) {
        None => true,
        Some(email) => email.source == ValueSource::NameId && login.subject.has_format(PERSISTENT),
    }
}
