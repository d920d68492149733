//! When a login through a connection sets an attribute of a user.

use std::collections::BTreeMap;

use super::{
    attribute_name::AttributeName, mapping_target::MappingTarget, named_enum::named,
    profile_field::ProfileField,
};

named! {
    /// When logins through a connection set an attribute.
    UpdatePolicy as "update policy" {
        /// The login that creates the user. The default.
        FirstLogin = "FIRST_LOGIN",
        /// The login that creates the user, and later ones while the attribute has not been
        /// set.
        FillEmpty = "FILL_EMPTY",
        /// Each login.
        Always = "ALWAYS",
        /// No login.
        Never = "NEVER",
    }
}

/// The policies of a connection. An attribute that is left out has
/// [`UpdatePolicy::FirstLogin`].
pub type UpdatePolicies = BTreeMap<AttributeName, UpdatePolicy>;

impl UpdatePolicy {
    /// Whether logins of an existing user may set the attribute.
    #[must_use]
    pub fn changes_existing_users(self) -> bool {
        matches!(self, Self::FillEmpty | Self::Always)
    }
}

/// Whether a connection can set an attribute, and has a policy for it.
#[must_use]
pub fn has_policy(attribute: AttributeName) -> bool {
    attribute.custom().is_some() || attributes_with_policy().any(|name| name == attribute)
}

/// The attributes that a connection sets and has policies for, each once, without custom
/// attributes.
pub fn attributes_with_policy() -> impl Iterator<Item = AttributeName> {
    let email = AttributeName::from(ProfileField::Email);
    let names = [email].into_iter().chain(MappingTarget::iter().map(AttributeName::from));
    let mut seen = Vec::new();
    names.filter(move |name| {
        let is_new = !seen.contains(name);
        seen.push(*name);
        is_new
    })
}

/// The policies that an attribute can have. Every user has an address, which a first login
/// sets in any case.
#[must_use]
pub fn allowed_policies(attribute: AttributeName) -> &'static [UpdatePolicy] {
    match attribute == ProfileField::Email.into() {
        true => &[UpdatePolicy::FirstLogin, UpdatePolicy::Always],
        false => &UpdatePolicy::ALL,
    }
}
