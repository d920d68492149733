//! Values that were replaced by their fallback.

use crate::domain::{profile_text::ProfileTextError, role::AccountRole, text::TextError};

/// A malformed or forbidden value that was replaced by its fallback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFallback {
    /// The attribute, by the name under which it was received.
    pub attribute: String,
    /// The value as it was received, cut to
    /// [`MAX_ACTUAL_CHARS`](crate::domain::check::MAX_ACTUAL_CHARS) characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: FallbackReason,
    /// What was used instead; `None` when nothing was.
    pub used: Option<String>,
}

/// Why a value was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FallbackReason {
    /// Longer than the field may be.
    TooLong,
    /// Contains a control character.
    ControlCharacter,
    /// Contains a character that is invisible or changes the direction of text.
    InvisibleCharacter,
    /// Contains a character that the field can't have, though it can be seen: one that is
    /// not assigned or for private use, or in a `userName` a variant of another character.
    DisallowedCharacter,
    /// No role of this kind.
    UnknownRole,
    /// No region of ISO 3166-1.
    UnknownRegion,
    /// A mobile number without a usable region.
    NoRegion,
    /// No valid number of its region.
    InvalidNumber,
    /// No absolute http or https URL.
    InvalidUrl,
    /// No e-mail address.
    InvalidEmail,
    /// No certificate in Base64.
    InvalidCertificate,
    /// Another user has the unique value.
    AlreadyUsed,
    /// No language tag (BCP 47).
    InvalidLanguage,
    /// No time zone of the IANA database.
    InvalidTimeZone,
    /// One of several values where there can be only one.
    SeveralValues,
    /// The team was named before.
    RepeatedTeam,
    /// Neither one team role for all teams nor one for each.
    TeamRoleCount,
    /// A team role lower than the account role.
    LowerThanAccountRole(AccountRole),
    /// More values than are used.
    TooManyValues,
    /// No value is in the connection's table.
    NotInTable,
    /// A role above the highest one that the connection may give.
    AboveHighestRole,
    /// An administrator has locked the attribute of the user.
    Locked,
    /// Another role for the last administrator of the account.
    LastAdministrator,
}

impl From<TextError> for FallbackReason {
    fn from(error: TextError) -> Self {
        match error {
            TextError::TooLong => Self::TooLong,
            TextError::Control(_) => Self::ControlCharacter,
            TextError::Invisible(_) | TextError::Empty => Self::InvisibleCharacter,
            TextError::Compatibility(_) | TextError::Unassigned(_) => Self::DisallowedCharacter,
        }
    }
}

impl From<ProfileTextError> for FallbackReason {
    fn from(error: ProfileTextError) -> Self {
        match error {
            ProfileTextError::Line(error) => error.into(),
            ProfileTextError::TooLong => Self::TooLong,
            ProfileTextError::Url => Self::InvalidUrl,
            ProfileTextError::Language => Self::InvalidLanguage,
            ProfileTextError::TimeZone => Self::InvalidTimeZone,
        }
    }
}
