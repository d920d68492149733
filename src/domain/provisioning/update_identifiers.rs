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
    attribute_name::AttributeName, field_patch::FieldPatch, update_policy::UpdatePolicy,
    user::User, user_patch::UserPatch,
};

impl Updater<'_, '_> {
    /// The address changes only by the policy ALWAYS, and never to that of another user.
    pub(super) fn read_email(&mut self, subject: &ResolvedSubject, taken: TakenValues) {
        let field = ProfileField::Email;
        let current = &self.record.user.email;
        let Some(email) = &subject.email else { return };
        // The address of a persistent NameID may be no address.
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
            () if taken.email => Some(FallbackReason::AlreadyUsed),
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
            self.patch_unique(ProfileField::ExternalId, &external_id, taken.external_id);
        let user_name = read_user_name(&self.reader);
        // The address is the user name of a user who has no other.
        let user = &self.record.user;
        let is_address = |name: &crate::domain::user_name::UserName| {
            user.user_name.is_none() && *name.key() == user.user_name_key()
        };
        if user_name.value.as_ref().is_some_and(|name| !is_address(name)) {
            self.patch.user_name =
                self.patch_unique(ProfileField::UserName, &user_name, taken.user_name);
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
            let attribute = AttributeName::from(list);
            if after.is_locked(attribute) {
                self.fallbacks.extend(received.rejected(&FallbackReason::Locked));
                continue;
            }
            let current = after.values(list);
            let merged = received.merge(&current, other_bytes(&after.profile.values, list));
            self.fallbacks.append(&mut received.fallbacks);
            let Some(merged) = merged else { continue };
            let patch = UserPatch {
                values: [(list, FieldPatch::Set(merged))].into(),
                ..UserPatch::default()
            };
            // The merged list keeps the bounds and the main value, so the patch is valid.
            let Ok(changed) = patch.apply(after.clone()) else { continue };
            after = changed;
            let source = match received.values.is_empty() {
                true => ValueSource::NotReceived,
                false => received.source,
            };
            self.sources.push((received.target.into(), source));
        }
        after
    }

    /// Whether the policy lets the login change the values of a type. Those of others are
    /// not removed. Malformed values change nothing, and are recorded.
    fn may_change(&mut self, received: &ReceivedList, user: &User) -> bool {
        let target = received.target;
        let attribute = AttributeName::from(target.list);
        let has_values = target_text(user, target.into()).is_some();
        if !received.is_absent {
            let may_set = self.may_set_attribute(attribute, has_values, received.is_default);
            if may_set && received.values.is_empty() {
                self.fallbacks.extend(received.fallbacks.iter().cloned());
            }
            return may_set && !received.values.is_empty();
        }
        self.reader.policy.update_policy(attribute) == UpdatePolicy::Always
            && self.is_complete
            && self.record.is_set_by_connection(attribute)
    }
}
