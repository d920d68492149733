//! The attributes of a user as JSON, and the record of who set them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Provenance;
use crate::domain::{
    attribute_name::AttributeName,
    multi_valued::{FieldValue, MultiValuedField},
    profile_field::ProfileField,
    user::{Profile, User, UserStatus},
    user_name::UserName,
};

impl User {
    /// The attributes that have a value, without the memberships. Lists that follow from
    /// another attribute are left out. The struct is destructured, so that a new field does
    /// not compile until it has an owner.
    #[must_use]
    pub fn attributes(&self) -> BTreeMap<AttributeName, Json> {
        let Self {
            id: _,
            account: _,
            email,
            user_name,
            display_name,
            manager,
            external_id,
            role,
            profile: Profile { first_name, last_name, texts, mobile, profile_image, values },
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
        let values = values.iter().map(|(field, values)| {
            ((*field).into(), values.iter().map(FieldValue::to_json).collect())
        });
        fields.chain(texts).chain(values).collect()
    }

    /// Whether the attribute may not be changed by logins and SCIM.
    #[must_use]
    pub fn is_locked(&self, attribute: AttributeName) -> bool {
        self.locks.contains(&attribute)
    }

    /// The first locked attribute that another state of the user changes. A list changes
    /// with its main value. Addresses and user names are the same in any case.
    #[must_use]
    pub fn locked_change(&self, after: &Self) -> Option<AttributeName> {
        // Most users have no locks.
        if self.locks.is_empty() {
            return None;
        }
        let is_changed = |list: &MultiValuedField| self.values(*list) != after.values(*list);
        let lists = MultiValuedField::ALL.into_iter().filter(is_changed).map(AttributeName::from);
        let mut changed = after.changed_attributes(self);
        changed.extend(lists);
        if self.email.key() == after.email.key() {
            changed.remove(&ProfileField::Email.into());
        }
        if self.user_name_key() == after.user_name_key() {
            changed.remove(&ProfileField::UserName.into());
        }
        changed.intersection(&self.locks).next().copied()
    }

    /// The attributes whose values differ.
    #[must_use]
    pub fn changed_attributes(&self, before: &Self) -> BTreeSet<AttributeName> {
        let (before, after) = (before.attributes(), self.attributes());
        let names = before.keys().chain(after.keys()).copied();
        names.filter(|name| before.get(name) != after.get(name)).collect()
    }

    /// Records who changed the attributes whose values differ.
    pub fn record_changes(&mut self, before: &Self, provenance: &Provenance) {
        let changed = self.changed_attributes(before);
        self.provenance.set(provenance, &changed);
    }

    /// Records who set the attributes of a new user. The attributes in `defaults` were set
    /// by nobody.
    pub fn record_creation(&mut self, defaults: &[AttributeName], provenance: &Provenance) {
        let is_default = |name: &AttributeName| defaults.contains(name);
        let names = self.attributes().into_keys();
        let (defaults, set): (BTreeSet<_>, BTreeSet<_>) = names.partition(is_default);
        self.provenance.set(provenance, &set);
        self.provenance.set(&provenance.as_default(), &defaults);
    }
}
