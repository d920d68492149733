//! The members of teams. A change reads only the users that it names, so its
//! cost does not grow with the team.

use std::collections::HashMap;

use super::{
    App, Error, audit,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
};
use crate::{
    domain::{
        Timestamp,
        audit::{AuditAction, AuditChange, AuditEntry, Author},
        audited_field::AuditedField,
        etag::{ETag, IfMatch},
        field_error::{FieldError, Reason},
        id::{TeamId, UserId},
        lists::Member,
        membership::{
            DesiredMembership, MemberChange, MembershipEffect, MembershipUser, resolve_change,
        },
        role::TeamRole,
        team::Membership,
    },
    store::Tx,
};

/// The maximum number of changes that are made at once.
pub const MAX_CHANGES: usize = 10_000;

/// The number of changes of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberChangeCounts {
    /// Users who were added to the team.
    pub added: usize,
    /// Members whose role changed.
    pub changed: usize,
    /// Members who were removed.
    pub removed: usize,
    /// Users whose membership already was as requested.
    pub unchanged: usize,
}

/// The members of a team.
///
/// # Errors
/// [`Error::NotFound`] if there is no such team; [`Error::Invalid`] with every
/// error of the query.
pub fn list(
    app: &App,
    caller: &Caller,
    team: TeamId,
    query: &ListQuery,
) -> Result<ListPage<Member>, Error> {
    let account = caller.author.account;
    listing::list(query, |listing| {
        app.db.read(|tx| {
            tx.team(account, team)?.ok_or_else(|| Error::not_found("team", team))?;
            tx.list_members(account, team, listing).map_err(Error::from)
        })
    })
}

/// A member of a team.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, team: TeamId, user: UserId) -> Result<Member, Error> {
    let found = app.db.read(|tx| tx.member(caller.author.account, team, user));
    found?.ok_or_else(|| Error::not_found("member", user))
}

/// Adds a user to a team, or updates their role. Returns the member, and whether
/// they were added.
///
/// # Errors
/// [`Error::NotFound`] if there is no such team or user, or, with a condition,
/// no such member; [`Error::PreconditionFailed`] if the member's ETag does not
/// match; [`Error::Invalid`] if the user's account role forbids the team role.
pub fn put(
    app: &App,
    caller: &Caller,
    (team, user): (TeamId, UserId),
    if_match: &IfMatch,
    role: TeamRole,
) -> Result<(Member, bool), Error> {
    let (now, account) = (app.now(), caller.author.account);
    app.write_as(&caller.author, |tx| {
        let roles = lock_team_and_users(tx, &caller.author, team, &[user])?;
        let (_, target) = roles.first().copied().ok_or_else(|| Error::not_found("user", user))?;
        let current = check_version(tx.member(account, team, user)?, user, if_match)?;
        let desired = DesiredMembership::In(Some(role));
        let current = current.map(|member| member.role.requested);
        let effect = resolve_change(target.role, current, desired)
            .map_err(|forbidden| forbidden.to_field_error("role".into()))?;
        write(tx, &caller.author, now, team, &[(user, effect)])?;
        let member = tx.member(account, team, user)?;
        let member = member.ok_or_else(|| Error::not_found("member", user))?;
        Ok((member, matches!(effect, MembershipEffect::Add(_))))
    })
}

/// Removes a user from a team.
///
/// # Errors
/// [`Error::NotFound`] if they are not a member; [`Error::PreconditionFailed`] if
/// the member's ETag does not match.
pub fn remove(
    app: &App,
    caller: &Caller,
    (team, user): (TeamId, UserId),
    if_match: &IfMatch,
) -> Result<(), Error> {
    let (now, account) = (app.now(), caller.author.account);
    app.write_as(&caller.author, |tx| {
        lock_team_and_users(tx, &caller.author, team, &[user])?;
        let current = check_version(tx.member(account, team, user)?, user, if_match)?;
        let current = current.ok_or_else(|| Error::not_found("member", user))?;
        write(
            tx,
            &caller.author,
            now,
            team,
            &[(user, MembershipEffect::Remove(current.role.requested))],
        )?;
        Ok(())
    })
}

/// Applies many changes to the members of a team, all or none.
///
/// # Errors
/// [`Error::NotFound`] if there is no such team; [`Error::Invalid`] with every
/// error, each with the index of its operation.
pub fn change(
    app: &App,
    caller: &Caller,
    team: TeamId,
    changes: &[MemberChange],
) -> Result<MemberChangeCounts, Error> {
    let now = app.now();
    if changes.len() > MAX_CHANGES {
        let reason =
            format!("must have at most {MAX_CHANGES} operations: send them in several requests");
        return Err(FieldError::new("operations", changes.len().to_string(), reason).into());
    }
    let users: Vec<_> = changes.iter().map(|change| change.user).collect();
    app.write_as(&caller.author, |tx| {
        let found = lock_team_and_users(tx, &caller.author, team, &users)?.into_iter().collect();
        let requested = tx.requested_roles(caller.author.account, team, &users)?;
        let effects = resolve_effects(changes, &found, &requested.into_iter().collect());
        let repeated = find_repeated_users(changes);
        match effects {
            Ok(effects) if repeated.is_empty() => write(tx, &caller.author, now, team, &effects),
            effects => {
                Err(Error::Invalid(effects.err().into_iter().flatten().chain(repeated).collect()))
            }
        }
    })
}

/// The ETag of a member, over all visible fields and the requested role.
#[must_use]
pub fn etag(member: &Member) -> ETag {
    let Member { user, email, first_name, last_name, account_role, status, role, since } = member;
    ETag::from_parts([
        user.to_string().as_str(),
        email.as_str(),
        first_name,
        last_name,
        account_role.as_str(),
        status.as_str(),
        role.effective.as_str(),
        role.requested.as_str(),
        &since.timestamp_micros().to_string(),
    ])
}

/// Locks a team and some users until the transaction ends, and returns the
/// users. Meanwhile, no other transaction can delete the team or
/// change these roles.
pub(super) fn lock_team_and_users(
    tx: &mut Tx<'_>,
    author: &Author,
    team: TeamId,
    users: &[UserId],
) -> Result<Vec<(UserId, MembershipUser)>, Error> {
    tx.team_for_share(author.account, team)?.ok_or_else(|| Error::not_found("team", team))?;
    Ok(tx.membership_users_for_update(author.account, users)?)
}

/// Returns the member, if their ETag matches `if_match`.
fn check_version(
    member: Option<Member>,
    user: UserId,
    if_match: &IfMatch,
) -> Result<Option<Member>, Error> {
    match &member {
        None if matches!(if_match, IfMatch::Unconditional | IfMatch::Absent) => Ok(member),
        None => Err(Error::not_found("member", user)),
        Some(current) if if_match.allows(&etag(current)) => Ok(member),
        Some(_) => Err(Error::precondition("member", user, if_match)),
    }
}

/// Returns an error for each user who is given more than once.
fn find_repeated_users(changes: &[MemberChange]) -> Vec<FieldError> {
    let mut places = HashMap::new();
    let mut errors = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(first) = places.insert(change.user, index) {
            let reason = Reason::new(
                format!("is given more than once: also in operation {first}"),
                "each user once",
                "Remove one of the two operations.",
            );
            let field = format!("operations/{index}/userId");
            errors.push(FieldError::new(field, change.user.to_string(), reason));
        }
    }
    errors
}

pub(super) fn resolve_effects(
    changes: &[MemberChange],
    found: &HashMap<UserId, MembershipUser>,
    requested: &HashMap<UserId, TeamRole>,
) -> Result<Vec<(UserId, MembershipEffect)>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut effects = Vec::with_capacity(changes.len());
    for (index, MemberChange { user, desired }) in changes.iter().enumerate() {
        let Some(target) = found.get(user) else {
            // A deleted user is not a member of any team.
            if *desired == DesiredMembership::Out {
                effects.push((*user, MembershipEffect::Nothing));
                continue;
            }
            let field = format!("operations/{index}/userId");
            errors.push(FieldError::new(
                field,
                user.to_string(),
                "must be the ID of a user of this account",
            ));
            continue;
        };
        match resolve_change(target.role, requested.get(user).copied(), *desired) {
            Ok(effect) => effects.push((*user, effect)),
            Err(forbidden) => {
                errors.push(forbidden.to_field_error(format!("operations/{index}/role")))
            }
        }
    }
    if errors.is_empty() { Ok(effects) } else { Err(errors) }
}

/// Writes effects on memberships, with an audit entry for each.
pub(super) fn write(
    tx: &mut Tx<'_>,
    author: &Author,
    now: Timestamp,
    team: TeamId,
    effects: &[(UserId, MembershipEffect)],
) -> Result<MemberChangeCounts, Error> {
    let mut counts = MemberChangeCounts::default();
    let (mut put, mut removed, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for (user, effect) in effects.iter().copied() {
        let (account, created_at) = (author.account, now);
        let membership = |requested_role| {
            let provenance = Some(author.provenance(now));
            Membership { account, team, user, requested_role, created_at, provenance }
        };
        match effect {
            MembershipEffect::Add(role) => {
                counts.added += 1;
                put.push(membership(role));
            }
            MembershipEffect::Change { from: _, to } => {
                counts.changed += 1;
                put.push(membership(to));
            }
            MembershipEffect::Remove(_) => {
                counts.removed += 1;
                removed.push(user);
            }
            MembershipEffect::Nothing => counts.unchanged += 1,
        }
        entries.extend(build_audit_entry(author, now, team, user, effect)?);
    }
    tx.put_memberships(&put)?;
    tx.delete_memberships(author.account, team, &removed)?;
    tx.insert_audits(&entries)?;
    Ok(counts)
}

/// The audit entry of an effect, if it changes anything. Its roles are the requested ones,
/// because a change of the account role has an entry of its own.
pub(super) fn build_audit_entry(
    author: &Author,
    now: Timestamp,
    team: TeamId,
    user: UserId,
    effect: MembershipEffect,
) -> Result<Option<AuditEntry>, Error> {
    let (action, from, to) = match effect {
        MembershipEffect::Add(role) => (AuditAction::TeamMemberAdd, None, Some(role)),
        MembershipEffect::Change { from, to } => {
            (AuditAction::TeamMemberChange, Some(from), Some(to))
        }
        MembershipEffect::Remove(role) => (AuditAction::TeamMemberRemove, Some(role), None),
        MembershipEffect::Nothing => return Ok(None),
    };
    // The user is on each side, before and after, on which they are a member.
    let fields = |role: Option<TeamRole>| {
        let role = role.map(|role| role.as_str().to_owned());
        [(AuditedField::USER, role.as_ref().map(|_| user.to_string())), (AuditedField::ROLE, role)]
    };
    let changes = AuditChange::diff(&fields(from), &fields(to));
    audit::build_entry(author, now, action, (team, user), changes).map(Some)
}
