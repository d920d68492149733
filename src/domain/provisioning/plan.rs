//! The plan of a login.

use super::{
    Creation, Decision, DeletedUserMatch, Denial, ExistingRecords, ExistingUser, ExistingUserLogin,
    FoundBy, Login, Plan, ResolvedSubject, Source, Sourced, ValueFallback,
    attribute_reader::{First, Reader},
    person::{self, Person},
    teams,
};
use crate::domain::{connection::chosen, email::Email, user::UserStatus};

/// Decides what a login does.
///
/// In this order:
/// 1. A login through a disabled connection is denied.
/// 2. A user with an identity for the subject signs in, regardless of the e-mail
///    address.
/// 3. Otherwise, the user with the e-mail address signs in, and the subject becomes
///    their identity. The login is denied if they have another identity on this
///    connection, or if there is no usable address.
/// 4. Otherwise, a deleted user with this subject or address is denied, unless the
///    account allows re-creating deleted users.
/// 5. Otherwise, the user is created if the guard attribute is present.
///
/// A disabled user is always denied. An existing user is never changed. A malformed
/// value does not deny a login: it is replaced, and recorded as a [`ValueFallback`].
#[must_use]
pub fn plan(login: &Login<'_>, who: &ResolvedSubject, known: &ExistingRecords) -> Plan {
    let mut fallbacks = Vec::new();
    let decision = decide(login, who, known, &mut fallbacks).unwrap_or_else(Decision::Deny);
    Plan { decision, fallbacks }
}

fn decide(
    login: &Login<'_>,
    who: &ResolvedSubject,
    known: &ExistingRecords,
    fallbacks: &mut Vec<ValueFallback>,
) -> Result<Decision, Denial> {
    if !login.connection_enabled {
        return Err(Denial::ConnectionDisabled);
    }
    if let Some(user) = &known.by_identity {
        // From now on, the identity is compared exactly.
        let renamed = who.subject.clone().filter(|_| user.ignores_case);
        return let_in(user, FoundBy::Identity, renamed);
    }
    if let (Some(_), Some(user)) = (&who.email, &known.by_email) {
        return let_in_by_email(user, who);
    }
    if let Some(DeletedUserMatch { id, may_return: false }) = known.deleted {
        return Err(Denial::UserDeleted(id));
    }
    let email = who.email.as_ref().ok_or(Denial::EmailUnusable)?;
    check_guard(login)?;
    Ok(Decision::Create(Box::new(create(login, who, email, known, fallbacks))))
}

fn let_in(
    user: &ExistingUser,
    found_by: FoundBy,
    link: Option<String>,
) -> Result<Decision, Denial> {
    let entry = ExistingUserLogin { user: user.id, found_by, link };
    match user.status {
        UserStatus::Disabled => Err(Denial::UserDisabled(user.id)),
        UserStatus::Staged => Ok(Decision::Claim(entry)),
        UserStatus::Active => Ok(Decision::SignIn(entry)),
    }
}

fn let_in_by_email(user: &ExistingUser, who: &ResolvedSubject) -> Result<Decision, Denial> {
    match (&user.subject, &who.subject) {
        (None, subject) => let_in(user, FoundBy::Email, subject.clone()),
        // A transient subject does not contradict the existing identity.
        (Some(_), None) => let_in(user, FoundBy::Email, None),
        (Some(own), Some(subject)) if own == subject => let_in(user, FoundBy::Email, None),
        // The address may have been reassigned to another person, who must not inherit
        // the user. A disabled user is reported first.
        (Some(_), Some(_)) => {
            let_in(user, FoundBy::Email, None).and(Err(Denial::IdentityConflict(user.id)))
        }
    }
}

/// Checks that the "Check provision attribute" is present, with any value.
fn check_guard(login: &Login<'_>) -> Result<(), Denial> {
    match chosen(login.policy.check_provision_attribute.as_deref()) {
        Some(guard) if !login.attributes.contains(guard, login.policy.name_match()) => {
            Err(Denial::GuardAttributeMissing { attribute: guard.to_owned() })
        }
        Some(_) | None => Ok(()),
    }
}

fn create(
    login: &Login<'_>,
    who: &ResolvedSubject,
    email: &Sourced<Email>,
    known: &ExistingRecords,
    fallbacks: &mut Vec<ValueFallback>,
) -> Creation {
    let reader = Reader::new(login);
    if let Source::Attribute(name) = &email.source {
        let address = email.value.as_str();
        let several = First::of(name, reader.filled(name), |_| Ok(()));
        fallbacks.extend(several.fallbacks(Some(address)));
    }
    let Person { role, profile, sources } = person::read(&reader, &email.value, fallbacks);
    let teams = teams::join(&reader, role.value, &known.teams, fallbacks);
    Creation { link: who.subject.clone(), email: email.clone(), role, profile, sources, teams }
}
