//! The fields that a login can fill.

use crate::domain::name::read_by_name;

/// A field that an attribute of the assertion can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the document's own attribute keys")]
pub enum Field {
    FirstName,
    LastName,
    Position,
    Department,
    Role,
    MobileRegionCode,
    MobileNumber,
    UserProfileImage,
    TeamName,
    TeamRole,
}

read_by_name!(Field, "field");

impl Field {
    /// All of them, in the document's order.
    pub const ALL: [Self; 10] = [
        Self::FirstName,
        Self::LastName,
        Self::Position,
        Self::Department,
        Self::Role,
        Self::MobileRegionCode,
        Self::MobileNumber,
        Self::UserProfileImage,
        Self::TeamName,
        Self::TeamRole,
    ];

    /// The document's attribute key, e.g. `mobileRegionCode`: the attribute's
    /// name unless the connection maps another, and the name on every wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Position => "position",
            Self::Department => "department",
            Self::Role => "role",
            Self::MobileRegionCode => "mobileRegionCode",
            Self::MobileNumber => "mobileNumber",
            Self::UserProfileImage => "userProfileImage",
            Self::TeamName => "teamName",
            Self::TeamRole => "teamRole",
        }
    }
}
