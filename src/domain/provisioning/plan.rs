//! The plan of a login.

use super::{
    Decision, DeletedUserMatch, Denial, ExistingRecords, ExistingUser, ExistingUserLogin, FoundBy,
    LoginInput, Plan, ResolvedSubject, UserCreation, ValueFallback, ValueSource, ValueWithSource,
    attribute_reader::{AttributeReader, FieldReader, FirstValidValue, TransformedFields},
    custom_attributes::fill_attributes,
    identifiers::{Identifiers, read_identifiers},
    person::{self, Person},
    teams,
    update::{PlannedUserUpdate, plan_update},
};
use crate::domain::{email::Email, subject::SubjectKey, user::UserStatus};

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
/// A disabled user is always denied. An existing user is changed only where an update policy
/// of the connection says so. A malformed value does not deny a login: it is replaced, and
/// recorded as a [`ValueFallback`].
#[must_use]
pub fn plan(
    login: &LoginInput<'_>,
    resolved_subject: &ResolvedSubject,
    existing: &ExistingRecords,
) -> LoginPlan {
    let mut fallbacks = Vec::new();
    let mut decision =
        decide(login, resolved_subject, existing, &mut fallbacks).unwrap_or_else(Decision::Deny);
    let update = match (&mut decision, &existing.record) {
        (Decision::Claim(entry) | Decision::SignIn(entry), Some(record)) => {
            plan_update(login, resolved_subject, record, existing, entry, &mut fallbacks)
        }
        _ => None,
    };
    LoginPlan { plan: Plan { decision, fallbacks }, update }
}

/// A plan, with the changes of an existing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginPlan {
    /// The plan, with each change.
    pub plan: Plan,
    /// The existing user before and after, if anything changes.
    pub update: Option<Box<PlannedUserUpdate>>,
}

impl LoginPlan {
    /// Whether the login writes custom attributes of the user.
    #[must_use]
    pub fn changes_custom_attributes(&self) -> bool {
        match (&self.plan.decision, &self.update) {
            (Decision::Create(creation), _) => !creation.profile.custom.is_empty(),
            (_, Some(update)) => update.after.changes_custom_attributes(Some(&update.before)),
            (_, None) => false,
        }
    }
}

impl From<Denial> for LoginPlan {
    fn from(denial: Denial) -> Self {
        let plan = Plan { decision: Decision::Deny(denial), fallbacks: Vec::new() };
        Self { plan, update: None }
    }
}

fn decide(
    login: &LoginInput<'_>,
    resolved_subject: &ResolvedSubject,
    existing: &ExistingRecords,
    fallbacks: &mut Vec<ValueFallback>,
) -> Result<Decision, Denial> {
    if !login.connection_enabled {
        return Err(Denial::ConnectionDisabled);
    }
    if let Some(user) = &existing.by_identity {
        // An identity of an earlier release gets the subject and its comparison.
        let is_legacy = user.subject.as_ref().is_some_and(|own| own.comparison.is_legacy());
        let renamed = resolved_subject.subject.clone().filter(|_| is_legacy);
        return sign_in(user, FoundBy::Identity, renamed);
    }
    if let (Some(_), Some(user)) = (&resolved_subject.email, &existing.by_email) {
        return sign_in_by_email(user, resolved_subject);
    }
    if let Some(DeletedUserMatch { id, may_return: false }) = existing.deleted {
        return Err(Denial::UserDeleted(id));
    }
    let email = resolved_subject.email.as_ref().ok_or(Denial::EmailUnusable)?;
    check_guard(login)?;
    Ok(Decision::Create(Box::new(plan_creation(
        login,
        resolved_subject,
        email,
        existing,
        fallbacks,
    ))))
}

fn sign_in(
    user: &ExistingUser,
    found_by: FoundBy,
    link: Option<SubjectKey>,
) -> Result<Decision, Denial> {
    let login = ExistingUserLogin::new(user.id, found_by, link);
    match user.status {
        UserStatus::Disabled => Err(Denial::UserDisabled(user.id)),
        UserStatus::Staged => Ok(Decision::Claim(login)),
        UserStatus::Active => Ok(Decision::SignIn(login)),
    }
}

fn sign_in_by_email(
    user: &ExistingUser,
    resolved_subject: &ResolvedSubject,
) -> Result<Decision, Denial> {
    match (&user.subject, &resolved_subject.subject) {
        (None, subject) => sign_in(user, FoundBy::Email, subject.clone()),
        // A transient subject does not contradict the existing identity.
        (Some(_), None) => sign_in(user, FoundBy::Email, None),
        (Some(own), Some(subject)) if own == subject => sign_in(user, FoundBy::Email, None),
        // The address may have been reassigned to another person, who must not inherit
        // the user. A disabled user is reported first.
        (Some(_), Some(_)) => {
            sign_in(user, FoundBy::Email, None).and(Err(Denial::IdentityConflict(user.id)))
        }
    }
}

/// Checks that the "Check provision attribute" is present, with any value.
fn check_guard(login: &LoginInput<'_>) -> Result<(), Denial> {
    match login.policy.check_provision_attribute() {
        Some(guard) if !login.attributes.contains(guard, login.policy.name_match()) => {
            Err(Denial::GuardAttributeMissing { attribute: guard.to_owned() })
        }
        Some(_) | None => Ok(()),
    }
}

fn plan_creation(
    login: &LoginInput<'_>,
    resolved_subject: &ResolvedSubject,
    email: &ValueWithSource<Email>,
    existing: &ExistingRecords,
    fallbacks: &mut Vec<ValueFallback>,
) -> UserCreation {
    let reader = AttributeReader::new(login);
    if let ValueSource::Attribute(name) = &email.source {
        let address = email.value.as_str();
        let several = FirstValidValue::read(name, reader.filled_values(name), |_| Ok(()));
        fallbacks.extend(several.fallbacks(Some(address)));
    }
    let transformed = TransformedFields::new(login);
    let reader = FieldReader::new(login, &transformed);
    let Person { role, display_name, manager, mut profile, mut sources } =
        person::read_person(&reader, &email.value, fallbacks);
    profile.custom = fill_attributes(&reader, &mut sources, fallbacks);
    let Identifiers { external_id, user_name, sources: identifiers } =
        read_identifiers(&reader, &email.value, existing.taken, fallbacks);
    sources.extend(identifiers.into_iter().map(|(field, source)| (field.into(), source)));
    let teams = teams::assign_teams(&reader, role.value, &existing.teams, fallbacks).teams;
    UserCreation {
        link: resolved_subject.subject.clone(),
        email: email.clone(),
        external_id,
        user_name,
        role,
        display_name,
        manager,
        profile,
        sources,
        teams: teams.into_iter().map(|team| team.assignment).collect(),
    }
}
