//! The parts of a plan in plain words.

use std::fmt;

use crate::domain::{
    custom_attribute::MAX_BYTES, field_error::Reason, profile_text::ProfileTextError,
};

use super::{Denial, FallbackReason, ValueSource};

/// What is wrong with the value, for people. It continues a sentence that begins with the
/// value: "`CEO` is not a role that the field accepts".
impl fmt::Display for FallbackReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "is longer than the field allows",
            Self::ControlCharacter => "contains a control character",
            Self::InvisibleCharacter => "contains an invisible character",
            Self::DisallowedCharacter => {
                "contains an unassigned or private-use character, or in a userName a variant of another character"
            }
            Self::UnknownRole => "is not a role that the field accepts",
            Self::UnknownRegion => "is not a region code of ISO 3166-1 alpha-2",
            Self::NoRegion => "is a mobile number without a usable region",
            Self::InvalidNumber => "is not a valid phone number of the region",
            Self::InvalidUrl => "is not an absolute http or https URL",
            Self::InvalidEmail => "is not an e-mail address",
            Self::InvalidCertificate => "is not a certificate in Base64",
            Self::AlreadyUsed => "belongs to another user",
            Self::InvalidLanguage => {
                "is not a language tag of BCP 47, or has a weight that is not from 0 to 1"
            }
            Self::InvalidTimeZone => "is not a time zone of the IANA database",
            Self::SeveralValues => "has more than one value, but the field takes only one",
            Self::RepeatedTeam => "names a team that was named before",
            Self::TeamRoleCount => "must be one team role for all teams, or one for each team",
            Self::TooManyValues => "is left out with all later values, because there are too many",
            Self::NotInTable => "has no entry in the table of the connection",
            Self::AboveHighestRole => "is above the highest role that the connection allows",
            Self::Locked => "was not used, because an administrator has locked the attribute",
            Self::LastAdministrator => {
                "would take the role ADMIN from the last administrator of the account"
            }
            Self::InvalidValue(reason) => reason.as_str(),
            Self::ReadOnly => "changes nothing, because only administrators change the attribute",
            Self::Immutable => {
                "changes nothing, because the attribute is immutable and has a value"
            }
            Self::TooManyBytes => {
                return write!(
                    f,
                    "is left out, because the custom attributes of a user have at most {MAX_BYTES} \
                     bytes as JSON",
                );
            }
            Self::NotDefined => "is for an attribute that the account does not define",
            Self::LowerThanAccountRole(role) => {
                return write!(f, "is lower than the account role {role}");
            }
        })
    }
}

impl From<FallbackReason> for Reason {
    fn from(reason: FallbackReason) -> Self {
        let (expected, remedy) = match reason {
            FallbackReason::TooLong => ("a shorter text", "Shorten the value."),
            FallbackReason::ControlCharacter | FallbackReason::InvisibleCharacter => {
                ("visible characters", "Remove the other characters.")
            }
            FallbackReason::DisallowedCharacter => {
                ("assigned characters", "Replace the character with the intended one.")
            }
            FallbackReason::UnknownRole => (
                "STAKEHOLDER, RESPONDER, USER or ADMIN; as an account role also GUEST",
                "Use one of STAKEHOLDER, RESPONDER, USER and ADMIN, or GUEST as an account role.",
            ),
            FallbackReason::UnknownRegion | FallbackReason::NoRegion => {
                ("a region code of ISO 3166-1 alpha-2", "Send a region code, such as DE.")
            }
            FallbackReason::InvalidNumber => (
                "a phone number of the region",
                "Send a phone number of the region, national or in E.164.",
            ),
            FallbackReason::InvalidUrl => {
                ("an absolute http or https URL", "Use an absolute http or https URL.")
            }
            FallbackReason::InvalidEmail => {
                ("an e-mail address", "Send an e-mail address, such as ada@example.com.")
            }
            FallbackReason::InvalidCertificate => {
                ("a certificate in Base64", "Send the certificate in Base64.")
            }
            FallbackReason::AlreadyUsed => {
                ("a value that no other user has", "Change the value, or the other user.")
            }
            FallbackReason::InvalidLanguage => {
                let expected =
                    "a language tag of BCP 47; for preferredLanguage, also several with weights";
                (expected, "Send a language tag, such as en-GB.")
            }
            FallbackReason::InvalidTimeZone => {
                ("a time zone of the IANA database", "Send a time zone, such as Europe/London.")
            }
            FallbackReason::SeveralValues => ("one value", "Send one value."),
            FallbackReason::RepeatedTeam => ("each team once", "Name each team once."),
            FallbackReason::TeamRoleCount => {
                ("one role for all teams, or one for each", "Send one role, or one for each team.")
            }
            FallbackReason::LowerThanAccountRole(_) => (
                "a role that is not lower than the account role",
                "Use the account role or a higher one.",
            ),
            FallbackReason::TooManyValues => ("fewer values", "Send fewer values."),
            FallbackReason::NotInTable => {
                ("a value of the connection's table", "Add the value to the table.")
            }
            FallbackReason::AboveHighestRole => (
                "a role that the connection allows",
                "Use a lower role, or raise highestRole or highestTeamRole of the connection.",
            ),
            FallbackReason::Locked => {
                ("an attribute that is not locked", "Unlock the attribute of the user.")
            }
            FallbackReason::LastAdministrator => {
                ("another administrator of the account", "Make another user an administrator.")
            }
            FallbackReason::InvalidValue(_) => {
                ("a value that the definition accepts", "Change the value or the definition.")
            }
            FallbackReason::ReadOnly => {
                ("an attribute that logins can set", "Make the attribute READ_WRITE.")
            }
            FallbackReason::Immutable => ("the present value", "Make the attribute READ_WRITE."),
            FallbackReason::TooManyBytes => ("a shorter value", "Shorten the value."),
            FallbackReason::NotDefined => {
                ("a defined attribute", "Define the attribute, or remove the mapping.")
            }
        };
        Self::new(reason, expected, remedy)
    }
}

impl From<ProfileTextError> for Reason {
    fn from(error: ProfileTextError) -> Self {
        match error {
            ProfileTextError::Line(error) => error.into(),
            error => FallbackReason::from(error).into(),
        }
    }
}

/// The source of the value, in words.
impl fmt::Display for ValueSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameId => f.write_str("the NameID"),
            Self::Attribute(name) => write!(f, "the attribute {name}"),
            Self::EmailAddress => f.write_str("parsed from the e-mail address"),
            Self::Default => f.write_str("the default"),
            Self::ConnectionDefault => f.write_str("the default of the connection"),
            Self::NotReceived => f.write_str("removed, because it was not received"),
            Self::RaisedToAccountRole => f.write_str("raised to the account role"),
        }
    }
}

impl std::error::Error for Denial {}

/// Explains the denial to an account administrator. The person who logs in sees a shorter text.
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionDisabled => f.write_str("the connection is disabled"),
            Self::UserDisabled(user) => write!(f, "the user {user} is disabled"),
            Self::UserDeleted(user) => write!(
                f,
                "the user {user} was deleted, and the account does not allow logins to create deleted users again",
            ),
            Self::SubjectUnusable => f.write_str(
                "the assertion has no usable subject: it is absent, ambiguous, too long, or has a control character",
            ),
            Self::EmailUnusable => f.write_str(
                "no user has this subject, and neither the NameID nor an attribute has a usable e-mail address",
            ),
            Self::IdentityConflict(user) => write!(
                f,
                "the user {user} has this e-mail address, but another subject on this connection",
            ),
            Self::GuardAttributeMissing { attribute } => write!(
                f,
                "the user does not exist, and the assertion lacks the attribute {attribute} that the connection requires to create users",
            ),
        }
    }
}
