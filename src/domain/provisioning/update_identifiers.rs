//! Changes of the address, the unique values and the lists of an existing user.

use super::{
    FallbackReason, ProfileField, ResolvedSubject, TakenValues, ValueSource,
    attribute_reader::{FirstValidValue, fallback},
    identifiers::{read_external_id, read_user_name, rejected},
    lists::{ReceivedList, other_bytes, read_lists},
    planned_fields::{field_text, target_text},
    update::Updater,
};
use crate::domain::{
    field_patch::FieldPatch, update_policy::UpdatePolicy, user::User, user_name::UserName,
};

impl Updater<'_, '_> {
    /// The address changes only by the policy ALWAYS, and never to that of another user.
    pub(super) fn read_email(&mut self, subject: &ResolvedSubject, taken: TakenValues) {
        let field = ProfileField::Email;
        let current = &self.record.user.email;
        let Some(email) = &subject.email else { return };
        // A persistent NameID may only look like an address.
        let is_certain = self.is_complete && !subject.is_email_persistent_name_id;
        let is_set = self.reader.policy.update_policy(field.into()) == UpdatePolicy::Always;
        if !is_set || !is_certain || email.value.key() == current.key() {
            return;
        }
        let name = match &email.source {
            ValueSource::Attribute(name) => name.as_str(),
            _ => "NameID",
        };
        let user = &self.record.user;
        let reason = match () {
            () if self.is_locked(field) => Some(FallbackReason::Locked),
            // The address is the user name of a user who has no other.
            () if user.user_name.is_none() && user.is_locked(ProfileField::UserName.into()) => {
                Some(FallbackReason::Locked)
            }
            () if taken.is_email_taken => Some(FallbackReason::AlreadyUsed),
            () => None,
        };
        if let Some(reason) = reason {
            let used = Some(current.as_str());
            self.fallbacks.push(fallback(name, email.value.as_str(), reason, used));
            return;
        }
        self.sources.push((field.into(), email.source.clone()));
        self.patch.email = Some(email.value.clone());
    }

    /// A user name is not removed, because the address could take its place.
    pub(super) fn read_identifiers(&mut self, taken: TakenValues) {
        let external_id = read_external_id(&self.reader);
        self.patch.external_id =
            self.patch_unique(ProfileField::ExternalId, &external_id, taken.is_external_id_taken);
        let user_name = read_user_name(&self.reader);
        let (field, user) = (ProfileField::UserName, &self.record.user);
        // The address is the user name of a user who has no other.
        let address = self.patch.email.as_ref().unwrap_or(&user.email);
        let is_address =
            |name: &UserName| user.user_name.is_none() && *name.key() == address.key().into();
        let current = user.user_name.as_ref().map(UserName::as_str);
        match &user_name.value {
            Some(name) if is_address(name) => {}
            Some(_) => {
                self.patch.user_name =
                    self.patch_unique(field, &user_name, taken.is_user_name_taken);
            }
            None if self.reader.is_mapped(field) && self.may_set(field, current.is_some()) => {
                self.fallbacks.extend(rejected(&user_name, false, current));
            }
            None => {}
        }
    }

    fn patch_unique<T: Clone + ToString>(
        &mut self,
        field: ProfileField,
        read: &FirstValidValue<'_, T>,
        is_taken: bool,
    ) -> FieldPatch<T> {
        let record = self.record;
        let current = field_text(&record.user, field);
        if !self.reader.is_mapped(field) || !self.may_set(field, current.is_some()) {
            return FieldPatch::Keep;
        }
        let received = read.value.as_ref().map(ToString::to_string);
        let is_same = received.as_deref() == current;
        let is_taken = is_taken && !is_same;
        let used = received.as_deref().filter(|_| !is_taken).or(current);
        self.fallbacks.extend(rejected(read, is_taken, used));
        match (&read.value, received) {
            (Some(_), _) if is_taken || is_same => FieldPatch::Keep,
            (Some(value), Some(text))
                if self.change(field, Some(&text), self.reader.source(field)) =>
            {
                FieldPatch::Set(value.clone())
            }
            (None, _)
                if current.is_some()
                    && self.is_removed(field)
                    && self.change(field, None, ValueSource::NotReceived) =>
            {
                FieldPatch::Clear
            }
            _ => FieldPatch::Keep,
        }
    }

    /// Changes the lists of a user whose other attributes are changed already.
    pub(super) fn update_lists(&mut self, mut after: User) -> User {
        for mut received in read_lists(&self.reader) {
            if !self.may_change(&received, &after) {
                continue;
            }
            let list = received.target.list;
            let current = after.values(list);
            let merged = received.merge(&current, other_bytes(&after.profile.values, list));
            self.fallbacks.append(&mut received.fallbacks);
            let Some(merged) = merged else { continue };
            if after.is_locked(list.into()) {
                self.fallbacks.extend(received.locked(&current));
                continue;
            }
            after.profile.values.remove(&list);
            // A list that is equal to its default is not stored.
            if *after.values(list) != merged {
                // The bounds and the main value of the list are kept.
                after.profile.values.insert(list, merged);
            }
            self.sources.push((received.target.into(), received.source));
        }
        after
    }

    /// Whether the policy lets the login change the values of a type. Malformed values change
    /// nothing, and are recorded.
    fn may_change(&mut self, received: &ReceivedList, user: &User) -> bool {
        let target = received.target;
        if received.is_absent {
            return self.removes_absent(target.into());
        }
        let has_values = target_text(user, target.into()).is_some();
        let may_set = self.may_set_value(target.into(), has_values, received.is_default);
        if may_set && received.values.is_empty() {
            self.fallbacks.extend(received.fallbacks.iter().cloned());
        }
        may_set && !received.values.is_empty()
    }
}
