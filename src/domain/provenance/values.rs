//! The attributes of a user as JSON, and the record of who set them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Provenance;
use crate::domain::{
    attribute_name::AttributeName,
    multi_valued::{FieldValue, MultiValuedField, default_value, select_main},
    profile_field::ProfileField,
    user::{Profile, User, UserStatus},
    user_name::UserName,
    value_name::ValueName,
};

impl User {
    /// The values by name, without the memberships. Values of lists that follow from another
    /// attribute are left out. The struct is destructured, so that a new field does not
    /// compile until it has an owner.
    #[must_use]
    pub fn values_by_name(&self) -> BTreeMap<ValueName, Json> {
        let Self {
            id: _,
            account: _,
            email,
            user_name,
            display_name,
            manager,
            external_id,
            role,
            profile: Profile { first_name, last_name, texts, mobile, profile_image, values, custom },
            provenance: _,
            locks: _,
            status,
            origin: _,
            created_at: _,
            updated_at: _,
            first_login_at: _,
            last_login_at: _,
            version: _,
        } = self;
        // A client that sends the address back as the user name changes nothing.
        let user_name = user_name.as_ref().map(UserName::as_str);
        let user_name = user_name.filter(|name| *name != email.as_str());
        let text = |text: &Option<String>| text.clone().map(Json::from);
        let mobile = mobile.as_ref().map(
            |mobile| json!({"regionCode": mobile.region, "number": mobile.number, "e164": mobile.e164}),
        );
        let fields = [
            (ProfileField::Email, Some(email.as_str().into())),
            (ProfileField::UserName, user_name.map(Json::from)),
            (ProfileField::DisplayName, text(display_name)),
            (ProfileField::Manager, text(manager)),
            (ProfileField::ExternalId, text(external_id)),
            (ProfileField::FirstName, Some(first_name.as_str().into())),
            (ProfileField::LastName, Some(last_name.as_str().into())),
            (ProfileField::Role, Some(role.as_str().into())),
            (ProfileField::Disabled, Some((*status == UserStatus::Disabled).into())),
            (ProfileField::MobileNumber, mobile),
            (ProfileField::UserProfileImage, text(profile_image)),
        ];
        let fields = fields.into_iter().filter_map(|(field, value)| Some((field.into(), value?)));
        let texts = texts.iter().map(|(field, text)| ((*field).into(), text.as_str().into()));
        let lists = values.iter().flat_map(|(list, values)| split_list(*list, values));
        let custom =
            custom.iter().map(|(name, value)| (AttributeName::from(*name).into(), value.clone()));
        fields.chain(texts).chain(lists).chain(custom).collect()
    }

    /// Whether logins and SCIM clients may not change the attribute.
    #[must_use]
    pub fn is_locked(&self, attribute: AttributeName) -> bool {
        self.locks.contains(&attribute)
    }

    /// The first locked attribute that another state of the user changes. A list changes with
    /// its main value. Addresses and user names are compared without case.
    #[must_use]
    pub fn locked_change(&self, after: &Self) -> Option<AttributeName> {
        // Most users have no locks.
        if self.locks.is_empty() {
            return None;
        }
        let is_changed = |list: &MultiValuedField| self.values(*list) != after.values(*list);
        let lists = MultiValuedField::ALL.into_iter().filter(is_changed).map(AttributeName::from);
        let changed = after.changed_values(self).into_iter().map(|name| name.attribute);
        let mut changed: BTreeSet<_> = changed.chain(lists).collect();
        if self.email.key() == after.email.key() {
            changed.remove(&ProfileField::Email.into());
        }
        if self.user_name_key() == after.user_name_key() {
            changed.remove(&ProfileField::UserName.into());
        }
        changed.intersection(&self.locks).next().copied()
    }

    /// The names of the values that differ.
    fn changed_values(&self, before: &Self) -> BTreeSet<ValueName> {
        let (before, after) = (before.values_by_name(), self.values_by_name());
        let names = before.keys().chain(after.keys()).copied();
        names.filter(|name| before.get(name) != after.get(name)).collect()
    }

    /// Records who changed the values that differ.
    pub fn record_changes(&mut self, before: &Self, provenance: &Provenance) {
        let changed = self.changed_values(before);
        self.provenance.set(provenance, &changed);
    }

    /// Records who set the values of a new user. Those in `defaults` are defaults.
    pub fn record_creation(&mut self, defaults: &[ValueName], provenance: &Provenance) {
        let is_default = |name: &ValueName| defaults.contains(name);
        let names = self.values_by_name().into_keys();
        let (defaults, set): (BTreeSet<_>, BTreeSet<_>) = names.partition(is_default);
        self.provenance.set(provenance, &set);
        self.provenance.set(&provenance.as_default(), &defaults);
    }
}

/// The values of a list by name. The main value is left out if it follows from another
/// attribute.
fn split_list(list: MultiValuedField, values: &[FieldValue]) -> BTreeMap<ValueName, Json> {
    let main = select_main(list, values);
    let mut split = BTreeMap::<ValueName, Vec<Json>>::new();
    for (index, value) in values.iter().enumerate() {
        let name = match main {
            Some(main) if main == index && *value == default_value(list, value.value()) => continue,
            Some(main) if main == index => AttributeName::from(list).into(),
            _ => ValueName::of_value(list, value),
        };
        split.entry(name).or_default().push(value.to_json().into());
    }
    split.into_iter().map(|(name, values)| (name, values.into())).collect()
}
