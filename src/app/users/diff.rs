//! The difference between two states of a user, and how it is written.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value as Json;

use crate::{
    app::{Error, audit, deleted_users, members},
    domain::{
        Timestamp,
        attribute_name::AttributeName,
        audit::{AuditAction, AuditChange, AuditEntry, AuditField, Author},
        audited_field::AuditedField,
        custom_attribute::value_text,
        id::{AccountId, TeamId},
        membership::{MemberRole, MembershipEffect},
        multi_valued::{FieldValue, MultiValuedField},
        provenance::Provenance,
        role::{AccountRole, TeamRole},
        team::{Membership, Team},
        user::{Profile, User, UserStatus},
    },
    store::Tx,
};

/// A change of a user and of their memberships.
pub(crate) struct UserDiff {
    pub(super) before: User,
    pub(super) after: User,
    /// Only what changes.
    pub(crate) teams: Vec<(TeamId, MembershipEffect)>,
    provenance: Provenance,
}

impl UserDiff {
    /// Compares a user before and after a patch. `all_teams`: all teams of the
    /// user after it, each with the requested role; `None`: the teams stay. The
    /// account role writes no membership. `provenance`: who makes the change, and when.
    pub(crate) fn new(
        (before, after): (User, User),
        teams: &[(Team, MemberRole)],
        all_teams: Option<Vec<(TeamId, TeamRole)>>,
        provenance: &Provenance,
    ) -> Self {
        let mut after = after;
        if after != before {
            after.record_changes(&before, provenance);
            (after.updated_at, after.version) = (provenance.at, before.version + 1);
        }
        let role = after.role;
        let teams = all_teams.map(|all| diff_teams(teams, &all, role)).unwrap_or_default();
        Self { before, after, teams, provenance: provenance.clone() }
    }

    /// Whether all stays as it was.
    pub(super) fn is_empty(&self) -> bool {
        self.before == self.after && self.teams.is_empty()
    }

    /// Whether the user stops being an enabled administrator.
    pub(crate) fn takes_admin(&self) -> bool {
        self.before.is_enabled_admin() && !self.after.is_enabled_admin()
    }

    /// Whether the account role changes.
    pub(super) fn takes_role(&self) -> bool {
        self.before.role != self.after.role
    }

    /// Whether the user keeps everything that decides who they are, what they may do, and
    /// whether they may log in, and their manager, and has no custom attributes.
    fn changes_only_profile(&self) -> bool {
        let Self { before, after, teams, provenance: _ } = self;
        teams.is_empty()
            && (&before.email, &before.user_name, &before.external_id, &before.manager)
                == (&after.email, &after.user_name, &after.external_id, &after.manager)
            && (before.role, before.status, &before.locks)
                == (after.role, after.status, &after.locks)
            && before.profile.custom.is_empty()
            && after.profile.custom.is_empty()
    }

    /// Compares as [`UserDiff::new`] does, for a planned write. Returns `None` if the change
    /// needs a transaction.
    pub(super) fn of_profile(before: &User, after: User, provenance: &Provenance) -> Option<Self> {
        let diff = Self::new((before.clone(), after), &[], None, provenance);
        diff.changes_only_profile().then_some(diff)
    }

    /// The audit entry of the change of the user itself, if there is one.
    pub(crate) fn audit_entry(
        &self,
        author: &Author,
        now: Timestamp,
    ) -> Result<Option<AuditEntry>, Error> {
        let changes = diff_users(Some(&self.before), Some(&self.after));
        self.build_entry(author, now, changes)
    }

    fn build_entry(
        &self,
        author: &Author,
        now: Timestamp,
        changes: Vec<AuditChange>,
    ) -> Result<Option<AuditEntry>, Error> {
        if changes.is_empty() {
            return Ok(None);
        }
        let user = self.after.id;
        audit::build_entry(author, now, AuditAction::UserUpdate, user, changes).map(Some)
    }

    /// Writes the change with its audit entries, and ends the sessions of a user who
    /// becomes disabled.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        author: &Author,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (account, user) = (self.after.account, self.after.id);
        if self.before != self.after {
            tx.update_user(&self.before, &self.after)?;
        }
        if self.before.email.key() != self.after.email.key() {
            deleted_users::remove_with_emails(tx, author, now, &[self.after.email.key().clone()])?;
        }
        let mut changes = diff_users(Some(&self.before), Some(&self.after));
        if self.after.status == UserStatus::Disabled && self.before.status != self.after.status {
            changes.extend(session_change(tx.end_sessions(account, user)?));
        }
        let mut entries: Vec<_> = self.build_entry(author, now, changes)?.into_iter().collect();
        for (team, effect) in &self.teams {
            entries.extend(members::build_audit_entry(author, now, *team, user, *effect)?);
        }
        let (upserted, left) = self.memberships(account, now);
        tx.put_memberships(&upserted)?;
        tx.leave_teams(account, user, &left)?;
        Ok(tx.insert_audits(&entries)?)
    }

    fn memberships(&self, account: AccountId, now: Timestamp) -> (Vec<Membership>, Vec<TeamId>) {
        let (mut upserted, mut left) = (Vec::new(), Vec::new());
        let (user, created_at) = (self.after.id, now);
        for (team, effect) in self.teams.iter().copied() {
            match effect {
                MembershipEffect::Add(requested_role)
                | MembershipEffect::Change { from: _, to: requested_role } => {
                    upserted.push(Membership {
                        account,
                        team,
                        user,
                        requested_role,
                        created_at,
                        provenance: Some(self.provenance.clone()),
                    });
                }
                MembershipEffect::Remove(_) => left.push(team),
                MembershipEffect::Nothing => {}
            }
        }
        (upserted, left)
    }
}

/// Returns the changes from the current teams of a user to the desired ones.
///
/// A list that repeats an effective role changes nothing: a client that sends back a
/// user must not turn a role that the account role implies into a requested role. That
/// is the role in effect that the client has read, or the one after the change.
fn diff_teams(
    teams: &[(Team, MemberRole)],
    desired: &[(TeamId, TeamRole)],
    account: AccountRole,
) -> Vec<(TeamId, MembershipEffect)> {
    let mut remaining: HashMap<TeamId, MemberRole> =
        teams.iter().map(|(team, role)| (team.id, *role)).collect();
    let mut effects = Vec::new();
    for (team, to) in desired.iter().copied() {
        match remaining.remove(&team) {
            None => effects.push((team, MembershipEffect::Add(to))),
            Some(MemberRole { requested: from, effective }) => {
                let implied = [effective, MemberRole::new(from, account).effective];
                if from != to && !implied.contains(&to) {
                    effects.push((team, MembershipEffect::Change { from, to }));
                }
            }
        }
    }
    let removed = remaining.into_iter();
    effects.extend(removed.map(|(team, role)| (team, MembershipEffect::Remove(role.requested))));
    // Always in the same order, to prevent deadlocks.
    effects.sort_unstable_by_key(|(team, _)| *team);
    effects
}

/// The fields of a user that differ, under their names on the wire. `None`:
/// the user is not there.
pub(crate) fn diff_users(before: Option<&User>, after: Option<&User>) -> Vec<AuditChange> {
    let state = |user: Option<&User>| {
        let mut fields = user.map(fields).unwrap_or_default();
        // A default list follows from another field.
        let is_list = |field| {
            let mut users = before.into_iter().chain(after);
            users.any(|user| user.profile.values.contains_key(&field))
        };
        let lists = MultiValuedField::ALL.into_iter().filter(|field| is_list(*field));
        let values = |field| user.map(|user| user.values(field)).unwrap_or_default();
        fields.extend(lists.map(|field| (field.into(), list_text(&values(field)))));
        fields
    };
    let mut changes = AuditChange::diff(&state(before), &state(after));
    changes.extend(diff_custom(before, after));
    changes
}

/// The changes of the custom attributes.
fn diff_custom(before: Option<&User>, after: Option<&User>) -> Vec<AuditChange> {
    let custom =
        |user: Option<&User>| user.map(|user| user.profile.custom.clone()).unwrap_or_default();
    let (before, after) = (custom(before), custom(after));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let changed = names.into_iter().filter(|name| before.get(name) != after.get(name));
    let text = |value: Option<&Json>| value.map(value_text);
    let change = |name| AuditChange {
        field: AttributeName::from(name).to_string().into(),
        from: text(before.get(&name)),
        to: text(after.get(&name)),
    };
    changed.map(change).collect()
}

/// The values of a list as JSON, because each has several parts.
fn list_text(values: &[FieldValue]) -> Option<String> {
    let json = || Json::from_iter(values.iter().map(FieldValue::to_json)).to_string();
    (!values.is_empty()).then(json)
}

/// Each field as a text. The struct is destructured, so that a new field does not compile
/// until it is in the audit log.
fn fields(user: &User) -> Vec<AuditField> {
    let User {
        id: _,
        account: _,
        email,
        user_name,
        display_name,
        manager,
        external_id,
        role,
        profile,
        provenance: _,
        locks,
        status,
        origin: _,
        created_at: _,
        updated_at: _,
        first_login_at: _,
        last_login_at: _,
        version: _,
    } = user;
    let Profile { first_name, last_name, texts, mobile, profile_image, values: _, custom: _ } =
        profile;
    let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
    let mobile =
        |part: fn(&crate::domain::mobile::Mobile) -> &String| mobile.as_ref().map(part).cloned();
    let mut fields = vec![
        (AuditedField::EMAIL, Some(email.to_string())),
        (AuditedField::USER_NAME, user_name.as_ref().map(ToString::to_string)),
        (AuditedField::DISPLAY_NAME, display_name.clone()),
        (AuditedField::MANAGER, manager.clone()),
        (AuditedField::EXTERNAL_ID, external_id.clone()),
        (AuditedField::FIRST_NAME, filled(first_name)),
        (AuditedField::LAST_NAME, filled(last_name)),
    ];
    fields.extend(
        AuditedField::text_fields().map(|(field, name)| (name, texts.get(&field).cloned())),
    );
    fields.extend([
        (AuditedField::ROLE, Some(role.as_str().to_owned())),
        (AuditedField::MOBILE_REGION_CODE, mobile(|mobile| &mobile.region)),
        (AuditedField::MOBILE_NUMBER, mobile(|mobile| &mobile.number)),
        (AuditedField::USER_PROFILE_IMAGE, profile_image.clone()),
        (AuditedField::STATUS, Some(status.as_str().to_owned())),
        (AuditedField::LOCKED_ATTRIBUTES, (!locks.is_empty()).then(|| names_text(locks))),
    ]);
    fields
}

fn names_text(names: &BTreeSet<AttributeName>) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// How many sessions ended, if any.
pub(super) fn session_change(sessions: usize) -> Option<AuditChange> {
    (sessions > 0).then(|| AuditChange::removed(AuditedField::SESSIONS, &sessions))
}
