//! The attributes of a user that can be written as one text.

/// An attribute of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserField {
    /// The address.
    Email,
    /// The account's own ID of the user.
    ExternalId,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Job title.
    Position,
    /// Department.
    Department,
    /// Role in the account.
    Role,
    /// Whether the user may not log in: `true` or `false`.
    Disabled,
    /// ISO 3166-1 alpha-2 code of the mobile number.
    MobileRegionCode,
    /// Mobile number, national or E.164.
    MobileNumber,
    /// Absolute http or https URL of a picture.
    UserProfileImage,
    /// The identity provider's name for the user.
    UserName,
    /// The identity provider's display name of the user.
    DisplayName,
    /// The identity provider's name for the manager.
    Manager,
}

impl UserField {
    /// The field's path in a JSON body, and in errors.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::ExternalId => "externalId",
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Position => "position",
            Self::Department => "department",
            Self::Role => "role",
            Self::Disabled => "disabled",
            Self::MobileRegionCode => "mobile/regionCode",
            Self::MobileNumber => "mobile/number",
            Self::UserProfileImage => "userProfileImage",
            Self::UserName => "userName",
            Self::DisplayName => "displayName",
            Self::Manager => "manager",
        }
    }
}
