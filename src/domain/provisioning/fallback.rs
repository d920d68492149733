//! Values that were replaced by their fallback.

use crate::domain::{
    named_enum::coded, profile_text::ProfileTextError, role::AccountRole, text::TextError,
};

/// A malformed or forbidden value that was replaced by its fallback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFallback {
    /// The attribute, by the name under which it was received.
    pub attribute: String,
    /// The value as it was received, cut to
    /// [`MAX_ACTUAL_CHARS`](crate::domain::check::MAX_ACTUAL_CHARS) characters.
    pub value: String,
    /// Why the value was not used.
    pub reason: FallbackReason,
    /// The value that was used instead, if any.
    pub used: Option<String>,
}

coded! {
    /// Why a value was not used.
    FallbackReason {
        /// It is longer than the field allows.
        TooLong = "TOO_LONG",
        /// It contains a control character.
        ControlCharacter = "CONTROL_CHARACTER",
        /// It contains a character that is invisible or changes the direction of text.
        InvisibleCharacter = "INVISIBLE_CHARACTER",
        /// It contains a character that the field can't have, though it can be seen: one that is
        /// not assigned or for private use, or in a `userName` a variant of another character.
        DisallowedCharacter = "DISALLOWED_CHARACTER",
        /// It is not a role that the field accepts.
        UnknownRole = "UNKNOWN_ROLE",
        /// It is not a region code of ISO 3166-1 alpha-2.
        UnknownRegion = "UNKNOWN_REGION",
        /// It is a mobile number without a usable region.
        NoRegion = "NO_REGION",
        /// It is not a valid phone number of the region.
        InvalidNumber = "INVALID_NUMBER",
        /// It is not an absolute http or https URL.
        InvalidUrl = "INVALID_URL",
        /// It is not an e-mail address.
        InvalidEmail = "INVALID_EMAIL",
        /// It is not a certificate in Base64.
        InvalidCertificate = "INVALID_CERTIFICATE",
        /// Another user has the unique value.
        AlreadyUsed = "ALREADY_USED",
        /// It is not a language tag (BCP 47).
        InvalidLanguage = "INVALID_LANGUAGE",
        /// It is not a time zone of the IANA database.
        InvalidTimeZone = "INVALID_TIME_ZONE",
        /// It is one of several values, and the field has one.
        SeveralValues = "SEVERAL_VALUES",
        /// It names a team that was named before.
        RepeatedTeam = "REPEATED_TEAM",
        /// There is neither one team role for all teams nor one for each.
        TeamRoleCount = "TEAM_ROLE_COUNT",
        /// It is a team role that is lower than the account role.
        LowerThanAccountRole(AccountRole) = "LOWER_THAN_ACCOUNT_ROLE",
        /// There are more values than the field or the user can have.
        TooManyValues = "TOO_MANY_VALUES",
        /// None of the values has an entry in the table of the connection.
        NotInTable = "NOT_IN_TABLE",
        /// It is a role above the highest one that the connection allows.
        AboveHighestRole = "ABOVE_HIGHEST_ROLE",
        /// An administrator has locked the attribute of the user.
        Locked = "LOCKED",
        /// It would take the role ADMIN from the last administrator of the account.
        LastAdministrator = "LAST_ADMINISTRATOR",
        /// The definition of the custom attribute does not accept the value, for this reason.
        InvalidValue(String) = "INVALID_VALUE",
        /// Only administrators change the custom attribute.
        ReadOnly = "READ_ONLY",
        /// The custom attribute has a value, which never changes.
        Immutable = "IMMUTABLE",
        /// More bytes than the custom attributes of a user can have.
        TooManyBytes = "TOO_MANY_BYTES",
        /// The account does not define the custom attribute any more.
        NotDefined = "NOT_DEFINED",
    }
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
