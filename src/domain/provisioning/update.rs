//! The changes of an existing user by a login, as the update policies of the connection
//! request.
//!
//! A value of the assertion replaces the user's. What the assertion does not have is removed
//! only if a login of the same connection has set it: values that administrators and SCIM
//! clients have set stay until another value arrives.

use super::{
    AttributeChange, ExistingMembership, ExistingRecord, ExistingRecords, ExistingTeam,
    ExistingUserLogin, FallbackReason, LoginInput, MappingTarget, ProfileField, ResolvedSubject,
    TeamAssignment, TeamChange, ValueFallback, ValueSource, ValueWithSource,
    attribute_reader::{FieldReader, FirstValidValue, TransformedFields, fallback},
    person::{allowed_role, read_first_role, read_line, read_mobile, too_high_role},
    planned_fields::{field_text, target_text},
    teams::{AssignedTeam, RoleOrigin, assign_teams},
};
use crate::domain::{
    attribute_name::AttributeName,
    field_patch::FieldPatch,
    membership::MemberRole,
    multi_valued::MultiValuedField,
    role::AccountRole,
    update_policy::UpdatePolicy,
    user::User,
    user_patch::{MobilePatch, UserPatch},
    value_name::ValueName,
};

/// A user before and after a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUserUpdate {
    /// As stored.
    pub before: User,
    /// With the new values.
    pub after: User,
}

/// Plans the changes of an existing user, and adds them to the login. Returns `None` if the
/// user does not change.
pub(super) fn plan_update(
    login: &LoginInput<'_>,
    subject: &ResolvedSubject,
    record: &ExistingRecord,
    existing: &ExistingRecords,
    entry: &mut ExistingUserLogin,
    fallbacks: &mut Vec<ValueFallback>,
) -> Option<Box<PlannedUserUpdate>> {
    let transformed = TransformedFields::new(login);
    let mut updater = Updater {
        reader: FieldReader::new(login, &transformed),
        record,
        // An encrypted attribute may be any attribute.
        is_complete: login.attributes.encrypted_count() == 0,
        patch: UserPatch::default(),
        sources: Vec::new(),
        fallbacks,
    };
    updater.read_email(subject, existing.taken);
    updater.read_identifiers(existing.taken);
    updater.read_names();
    updater.read_texts();
    updater.read_role();
    updater.read_mobile();
    let before = &record.user;
    let patch = std::mem::take(&mut updater.patch);
    let sets_display_name = matches!(patch.display_name, FieldPatch::Set(_));
    // The patch has no two fields that depend on each other.
    let mut after = patch.apply(before.clone()).ok()?;
    if sets_display_name && after.display_name.as_ref() == Some(&after.profile.full_name()) {
        after.display_name = None;
    }
    let after = updater.update_lists(after);
    let after = updater.update_custom_attributes(after);
    let sources = std::mem::take(&mut updater.sources).into_iter();
    let changes = sources.map(|(field, source)| AttributeChange {
        field,
        before: target_text(before, field),
        after: target_text(&after, field),
        source,
    });
    entry.changes = changes.filter(|change| change.before != change.after).collect();
    entry.teams = updater.plan_teams(after.role, &existing.teams);
    (after != *before || !entry.teams.is_empty())
        .then(|| Box::new(PlannedUserUpdate { before: before.clone(), after }))
}

pub(super) struct Updater<'a, 'f> {
    pub(super) reader: FieldReader<'a>,
    pub(super) record: &'a ExistingRecord,
    /// Whether all attributes of the assertion are readable.
    pub(super) is_complete: bool,
    pub(super) patch: UserPatch,
    pub(super) sources: Vec<(MappingTarget, ValueSource)>,
    pub(super) fallbacks: &'f mut Vec<ValueFallback>,
}

impl Updater<'_, '_> {
    fn policy(&self, field: ProfileField) -> UpdatePolicy {
        self.reader.policy.update_policy(field.into())
    }

    /// Whether the login may set a field that has a value, or has none. The default of the
    /// connection does not replace a value that others have set.
    pub(super) fn may_set(&self, field: ProfileField, has_value: bool) -> bool {
        self.may_set_value(field.into(), has_value, self.reader.is_default(field))
    }

    pub(super) fn may_set_value(&self, name: ValueName, has_value: bool, is_default: bool) -> bool {
        if is_default && !self.may_set_default(name, has_value) {
            return false;
        }
        match self.reader.policy.update_policy(name.attribute) {
            UpdatePolicy::FirstLogin | UpdatePolicy::Never => false,
            UpdatePolicy::FillEmpty => !has_value || self.record.is_default(name),
            UpdatePolicy::Always => true,
        }
    }

    /// Whether the default of the connection may be set where there is a value, or none.
    pub(super) fn may_set_default(&self, name: ValueName, has_value: bool) -> bool {
        let is_own = || self.record.is_default(name) || self.record.is_set_by_connection(name);
        self.is_complete && (!has_value || is_own())
    }

    /// Whether a value is removed: a login of this connection has set it, and the assertion
    /// does not have it any more.
    pub(super) fn is_removed(&self, field: ProfileField) -> bool {
        // Removing the image removes all photos, including those that others have set.
        let has_photos = self.record.user.profile.values.contains_key(&MultiValuedField::Photos);
        if field == ProfileField::UserProfileImage && has_photos {
            return false;
        }
        self.reader.is_absent(field) && self.removes_absent(field.into())
    }

    /// Whether a value is removed if the assertion does not have it.
    pub(super) fn removes_absent(&self, name: ValueName) -> bool {
        self.reader.policy.update_policy(name.attribute) == UpdatePolicy::Always
            && self.is_complete
            && self.record.is_set_by_connection(name)
    }

    /// Whether a field is locked, or the list that follows it.
    pub(super) fn is_locked(&self, field: ProfileField) -> bool {
        let list = match field {
            ProfileField::Email => Some(MultiValuedField::Emails),
            ProfileField::MobileNumber => Some(MultiValuedField::PhoneNumbers),
            ProfileField::UserProfileImage => Some(MultiValuedField::Photos),
            _ => None,
        };
        let user = &self.record.user;
        user.is_locked(field.into()) || list.is_some_and(|list| user.is_locked(list.into()))
    }

    /// Adds a change, unless the attribute is locked.
    pub(super) fn change(
        &mut self,
        field: ProfileField,
        received: Option<&str>,
        source: ValueSource,
    ) -> bool {
        if self.is_locked(field) {
            let used = field_text(&self.record.user, field);
            let name = self.reader.name(field);
            let value = received.unwrap_or_default();
            self.fallbacks.push(fallback(name, value, FallbackReason::Locked, used));
            return false;
        }
        self.sources.push((field.into(), source));
        true
    }

    /// The change of a text.
    fn patch_text(
        &mut self,
        field: ProfileField,
        read: &FirstValidValue<'_, String>,
    ) -> FieldPatch<String> {
        let record = self.record;
        let current = field_text(&record.user, field).filter(|text| !text.is_empty());
        if !self.may_set(field, current.is_some()) {
            return FieldPatch::Keep;
        }
        self.fallbacks.extend(read.fallbacks(read.value.as_deref().or(current)));
        match &read.value {
            Some(value) if current == Some(value) => FieldPatch::Keep,
            Some(value) if self.change(field, Some(value), self.reader.source(field)) => {
                FieldPatch::Set(value.clone())
            }
            None if current.is_some()
                && self.is_removed(field)
                && self.change(field, None, ValueSource::NotReceived) =>
            {
                FieldPatch::Clear
            }
            Some(_) | None => FieldPatch::Keep,
        }
    }

    /// A name that is not received stays, so that a user always has one.
    fn read_names(&mut self) {
        let mut read = |field| {
            let read = self.reader.read_first(field, read_line);
            match read.value {
                Some(_) => self.patch_text(field, &read),
                None => FieldPatch::Keep,
            }
        };
        let names = (read(ProfileField::FirstName), read(ProfileField::LastName));
        (self.patch.first_name, self.patch.last_name) = names;
    }

    fn read_texts(&mut self) {
        let mut read = |field: ProfileField| {
            let kind = field.definition().kind;
            let read = self.reader.read_first(field, |text| Ok(kind.parse(text)?));
            self.patch_text(field, &read)
        };
        let texts = ProfileField::text_fields().map(|field| (field, read(field))).collect();
        let profile_image = read(ProfileField::UserProfileImage);
        let (display_name, manager) =
            (read(ProfileField::DisplayName), read(ProfileField::Manager));
        self.patch.texts = texts;
        self.patch.profile_image = profile_image;
        (self.patch.display_name, self.patch.manager) = (display_name, manager);
    }

    fn read_role(&mut self) {
        let (field, current) = (ProfileField::Role, self.record.user.role);
        if !self.may_set(field, true) {
            return;
        }
        let read = read_first_role(&self.reader);
        let next = match read.value {
            Some(received) => match allowed_role(self.reader.policy, received) {
                // The connection does not allow the role, and does not lower a higher one.
                allowed if allowed != received && current.exceeds(allowed) => current,
                allowed => allowed,
            },
            None if self.is_removed(field) => AccountRole::Stakeholder,
            None => current,
        };
        let received = read.value.map(AccountRole::as_str);
        let is_last = self.record.is_last_admin && self.record.user.is_enabled_admin();
        let used = if is_last { current } else { next };
        self.fallbacks.extend(read.fallbacks(Some(used.as_str())));
        if is_last && next != current {
            let reason = FallbackReason::LastAdministrator;
            let value = received.unwrap_or_default();
            self.fallbacks.push(read.fallback(value, reason, Some(used.as_str())));
            return;
        }
        self.fallbacks.extend(too_high_role(&read, used));
        if next == current {
            return;
        }
        let source = match received {
            Some(_) => self.reader.source(field),
            None => ValueSource::NotReceived,
        };
        if self.change(field, received, source) {
            self.patch.role = FieldPatch::Set(next);
        }
    }

    fn read_mobile(&mut self) {
        let (field, current) = (ProfileField::MobileNumber, &self.record.user.profile.mobile);
        if !self.may_set(field, current.is_some()) {
            return;
        }
        let (mut sources, mut fallbacks) = (Vec::new(), Vec::new());
        let read = read_mobile(&self.reader, &mut sources, &mut fallbacks);
        self.fallbacks.extend(fallbacks);
        let e164 = current.as_ref().map(|mobile| mobile.e164.as_str());
        match read {
            Some(mobile) if e164 == Some(&mobile.e164) => {}
            Some(mobile) => {
                let received = Some(mobile.number.as_str());
                if self.change(field, received, self.reader.source(field)) {
                    self.patch.mobile = FieldPatch::Set(MobilePatch::Whole(mobile));
                }
            }
            None => {
                if current.is_some()
                    && self.is_removed(field)
                    && self.change(field, None, ValueSource::NotReceived)
                {
                    self.patch.mobile = FieldPatch::Clear;
                }
            }
        }
    }

    /// Plans the changes of memberships. Memberships that no login of this connection has
    /// created stay.
    fn plan_teams(self, role: AccountRole, existing_teams: &[ExistingTeam]) -> Vec<TeamChange> {
        let memberships = &self.record.teams;
        if !self.may_set(ProfileField::TeamName, !memberships.is_empty()) {
            return Vec::new();
        }
        let desired = assign_teams(&self.reader, role, existing_teams, self.fallbacks);
        let is_complete = self.is_complete && !desired.has_unusable_names;
        let desired = desired.teams;
        let is_always = self.policy(ProfileField::TeamName) == UpdatePolicy::Always;
        let is_desired = |membership: &ExistingMembership| {
            desired.iter().any(|team| team.assignment.existing == Some(membership.team.id))
        };
        let is_left = |membership: &&ExistingMembership| {
            is_always && is_complete && membership.set_by_connection && !is_desired(membership)
        };
        let left = memberships.iter().filter(is_left).map(|membership| removal(membership, role));
        let left: Vec<_> = left.collect();
        let assign = |AssignedTeam { assignment, origin }: AssignedTeam| {
            let mut existing = memberships.iter();
            match existing.find(|membership| assignment.existing == Some(membership.team.id)) {
                None => Some(TeamChange { before: None, is_removal: false, assignment }),
                Some(membership)
                    if membership.set_by_connection
                        && self.changes_role(membership, &assignment, origin) =>
                {
                    let before = Some(membership.requested);
                    Some(TeamChange { before, is_removal: false, assignment })
                }
                Some(_) => None,
            }
        };
        let changes: Vec<_> = desired.clone().into_iter().filter_map(assign).chain(left).collect();
        if !self.record.user.is_locked(AttributeName::TEAMS) {
            return changes;
        }
        let name = self.reader.name(ProfileField::TeamName);
        let locked = changes.iter().map(|change| {
            let team = change.assignment.name.as_str();
            // A value that is not received would remove the membership.
            let (value, used) = if change.is_removal { ("", Some(team)) } else { (team, None) };
            fallback(name, value, FallbackReason::Locked, used)
        });
        self.fallbacks.extend(locked);
        Vec::new()
    }
}

impl Updater<'_, '_> {
    /// Whether a team role that a login of this connection has set gets another value. One that
    /// could not be used changes nothing, and a role above the highest one of the connection
    /// stays.
    fn changes_role(
        &self,
        membership: &ExistingMembership,
        assignment: &TeamAssignment,
        origin: RoleOrigin,
    ) -> bool {
        match origin {
            RoleOrigin::Received => membership.requested != assignment.requested,
            RoleOrigin::Lowered => membership.requested < assignment.requested,
            RoleOrigin::Absent => self.is_complete && membership.requested != assignment.requested,
            RoleOrigin::Unusable => false,
        }
    }
}

fn removal(membership: &ExistingMembership, role: AccountRole) -> TeamChange {
    let ExistingMembership { team, requested, set_by_connection: _ } = membership;
    let value = MemberRole::new(*requested, role).effective;
    let assignment = TeamAssignment {
        name: team.name.clone(),
        existing: Some(team.id),
        requested: *requested,
        role: ValueWithSource { value, source: ValueSource::NotReceived },
    };
    TeamChange { before: Some(*requested), is_removal: true, assignment }
}
