//! The fields that a plan sets, and its user, for display.

use super::{Decision, ProfileField, UserCreation, ValueSource};
use crate::domain::{
    id::UserId,
    user::{Profile, User},
};

/// A field of a user to be made, with where its value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedField<'a> {
    /// The field's name on every wire: `email`, or that of a [`ProfileField`].
    pub name: &'static str,
    /// Its value; a mobile number in E.164.
    pub value: &'a str,
    /// Where it came from.
    pub source: &'a ValueSource,
}

impl UserCreation {
    /// Every field that has a value. First and last name are always there.
    #[must_use]
    pub fn fields(&self) -> Vec<PlannedField<'_>> {
        let Self { link: _, email, role, display_name, manager, profile, sources, teams: _ } = self;
        let row = |name, value, source| PlannedField { name, value, source };
        let mut rows = vec![row("email", email.value.as_str(), &email.source)];
        for (field, source) in sources {
            let value = match field {
                ProfileField::DisplayName => display_name.as_deref(),
                ProfileField::Manager => manager.as_deref(),
                _ => profile_text(profile, *field),
            };
            rows.extend(value.map(|value| row(field.as_str(), value, source)));
        }
        rows.push(row(ProfileField::Role.as_str(), role.value.as_str(), &role.source));
        rows
    }

    /// The fields that got a default, because the response had no usable value.
    #[must_use]
    pub fn default_fields(&self) -> Vec<ProfileField> {
        let is_default = |source: &ValueSource| {
            matches!(
                source,
                ValueSource::EmailAddress | ValueSource::Default | ValueSource::ConnectionDefault
            )
        };
        let role = [(ProfileField::Role, &self.role.source)];
        let sources = self.sources.iter().map(|(field, source)| (*field, source)).chain(role);
        let defaults = sources.filter(|(_, source)| is_default(source)).map(|(field, _)| field);
        // A login does not say whether the user is disabled.
        defaults.chain([ProfileField::Disabled]).collect()
    }
}

/// A field of a profile as a text; a mobile number in E.164.
fn profile_text(profile: &Profile, field: ProfileField) -> Option<&str> {
    match field {
        ProfileField::FirstName => Some(profile.first_name.as_str()),
        ProfileField::LastName => Some(profile.last_name.as_str()),
        ProfileField::MobileNumber => profile.mobile.as_ref().map(|mobile| mobile.e164.as_str()),
        ProfileField::UserProfileImage => profile.profile_image.as_deref(),
        // Shown elsewhere: the region with the number, the roles by themselves.
        ProfileField::MobileRegionCode
        | ProfileField::Role
        | ProfileField::TeamName
        | ProfileField::TeamRole => None,
        _ => profile.text(field),
    }
}

/// A field of a user that a login can set, as a text.
pub(super) fn field_text(user: &User, field: ProfileField) -> Option<&str> {
    match field {
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
