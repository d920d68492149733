//! The fields that a plan sets, and its user, for display.

use std::borrow::Cow;

use super::{Decision, MappingTarget, ProfileField, UserCreation, ValueSource};
use crate::domain::{
    custom_attribute::{CustomAttributeName, value_text},
    id::UserId,
    user::{Profile, User},
    user_name::UserName,
    value_name::ValueName,
};

/// A field of a user to create, with the source of its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedField<'a> {
    /// The name in the contract: `email`, or that of a [`MappingTarget`].
    pub name: String,
    /// Its value; a mobile number in E.164; several values as one text.
    pub value: Cow<'a, str>,
    /// Its source.
    pub source: &'a ValueSource,
}

impl UserCreation {
    /// Every field that has a value. First and last name are always there.
    #[must_use]
    pub fn fields<'a>(&'a self) -> Vec<PlannedField<'a>> {
        let row = |name, value, source| PlannedField { name, value, source };
        let email = &self.email;
        let mut rows = vec![row("email".into(), email.value.as_str().into(), &email.source)];
        rows.extend(self.sources.iter().filter_map(|(target, source)| {
            Some(row(target.to_string(), self.target_text(*target)?, source))
        }));
        let role = &self.role;
        let name = ProfileField::Role.as_str().to_owned();
        rows.push(row(name, role.value.as_str().into(), &role.source));
        rows
    }

    /// What the login sets, as a text.
    fn target_text(&self, target: MappingTarget) -> Option<Cow<'_, str>> {
        let Self { external_id, user_name, display_name, manager, profile, .. } = self;
        let field = match target {
            MappingTarget::Field(field) => field,
            MappingTarget::Values(list) => {
                let values = profile.values.get(&list.list);
                return values.and_then(|values| list.text(values)).map(Cow::Owned);
            }
            MappingTarget::Custom(target) => {
                return custom_text(profile, target.attribute).map(Cow::Owned);
            }
        };
        let text = match field {
            ProfileField::ExternalId => external_id.as_deref(),
            ProfileField::UserName => user_name.as_ref().map(UserName::as_str),
            ProfileField::DisplayName => display_name.as_deref(),
            ProfileField::Manager => manager.as_deref(),
            _ => profile_text(profile, field),
        };
        text.map(Cow::Borrowed)
    }

    /// The fields that got a default, because the response had no usable value.
    #[must_use]
    pub fn default_fields(&self) -> Vec<ValueName> {
        let is_default = |source: &ValueSource| {
            matches!(
                source,
                ValueSource::EmailAddress | ValueSource::Default | ValueSource::ConnectionDefault
            )
        };
        let role = (ProfileField::Role.into(), &self.role.source);
        let sources =
            self.sources.iter().map(|(target, source)| (ValueName::from(*target), source));
        let defaults = sources.chain([role]).filter(|(_, source)| is_default(source));
        // A login does not say whether the user is disabled.
        let disabled = ProfileField::Disabled.into();
        defaults.map(|(name, _)| name).chain([disabled]).collect()
    }
}

/// A field of a profile as a text; a mobile number in E.164.
fn profile_text(profile: &Profile, field: ProfileField) -> Option<&str> {
    match field {
        ProfileField::FirstName => Some(profile.first_name.as_str()),
        ProfileField::LastName => Some(profile.last_name.as_str()),
        ProfileField::MobileNumber => profile.mobile.as_ref().map(|mobile| mobile.e164.as_str()),
        ProfileField::UserProfileImage => profile.profile_image.as_deref(),
        // Not here: the region is part of the number, and the roles have fields of their own.
        ProfileField::MobileRegionCode
        | ProfileField::Role
        | ProfileField::TeamName
        | ProfileField::TeamRole => None,
        _ => profile.text(field),
    }
}

/// A field that a login can set, as a text.
pub(super) fn target_text(user: &User, target: MappingTarget) -> Option<String> {
    match target {
        MappingTarget::Field(field) => field_text(user, field).map(str::to_owned),
        MappingTarget::Values(list) => list.text(&user.values(list.list)),
        MappingTarget::Custom(target) => custom_text(&user.profile, target.attribute),
    }
}

/// A custom attribute as a text: one that is not a text as JSON.
fn custom_text(profile: &Profile, name: CustomAttributeName) -> Option<String> {
    profile.custom.get(&name).map(value_text)
}

/// A field of a user that a login can set, as a text.
pub(super) fn field_text(user: &User, field: ProfileField) -> Option<&str> {
    match field {
        ProfileField::Email => Some(user.email.as_str()),
        ProfileField::ExternalId => user.external_id.as_deref(),
        ProfileField::UserName => user.user_name.as_ref().map(UserName::as_str),
        ProfileField::Role => Some(user.role.as_str()),
        ProfileField::DisplayName => user.display_name.as_deref(),
        ProfileField::Manager => user.manager.as_deref(),
        _ => profile_text(&user.profile, field),
    }
}

impl Decision {
    /// The existing user, signed in or denied.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Create(_) => None,
            Self::Claim(login) | Self::SignIn(login) => Some(login.user),
            Self::Deny(denial) => denial.user(),
        }
    }
}
