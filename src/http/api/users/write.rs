//! Parses users from the bodies of requests.

use super::request::{
    Address, ClearableUserField, MobileChanges, MobileDraft, Number, UserChanges, UserDraft,
    UserTeamDraft,
};
use crate::{
    domain::{
        field_error::{FieldError, Reason},
        role::{AccountRole as DomainAccountRole, TeamRole as DomainTeamRole},
        user::UserStatus as DomainStatus,
        user_patch::{
            Field as Write, StatusRequest, TeamFields, UserField, UserPatch, UserPatchParser,
        },
    },
    http::api::{
        body::{self, Field, Parsed, Patched},
        enums::UserStatus,
        fields::{Line, Text},
    },
};

/// A user as a request writes them.
#[derive(Debug)]
pub(in crate::http::api) struct UserWrite {
    /// What changes.
    pub(in crate::http::api) patch: UserPatch,
    /// Whether teams that are named and do not exist are created.
    pub(in crate::http::api) create_missing_teams: bool,
    /// Whether the request uses a deprecated field.
    pub(in crate::http::api) is_deprecated: bool,
}

impl UserDraft {
    /// Returns the user, and every value that breaks a rule.
    pub(in crate::http::api) fn into_write(self) -> (UserWrite, Vec<FieldError>) {
        let missing = matches!(self.email, Field::Absent);
        let missing = missing.then(|| {
            let reason = Reason::required("an e-mail address", "Add the field.");
            FieldError::new("email", "", reason)
        });
        let (write, mut errors) = UserChanges::from(self).into_write();
        errors.extend(missing);
        (write, errors)
    }
}

impl From<UserDraft> for UserChanges {
    fn from(draft: UserDraft) -> Self {
        let mobile = match draft.mobile {
            Patched::Absent => Patched::Absent,
            Patched::Null => Patched::Null,
            Patched::Value(MobileDraft { region_code, number }) => Patched::Value(MobileChanges {
                region_code: Field::Value(region_code),
                number: Field::Value(number),
            }),
        };
        Self {
            email: draft.email,
            external_id: draft.external_id,
            first_name: draft.first_name,
            last_name: draft.last_name,
            position: draft.position,
            department: draft.department,
            role: draft.role,
            mobile,
            user_profile_image: draft.user_profile_image,
            disabled: draft.disabled,
            status: draft.status,
            teams: draft.teams,
            create_missing_teams: draft.create_missing_teams,
            clear: Field::Absent,
        }
    }
}

impl UserChanges {
    /// Returns the changes, and every value that breaks a rule.
    pub(in crate::http::api) fn into_write(mut self) -> (UserWrite, Vec<FieldError>) {
        let mut errors = twofold(&self.status, &self.disabled);
        errors.extend(self.clear_fields());
        let (patch, more) = self.parser().into_parts();
        errors.extend(more);
        let is_deprecated = matches!(self.status, Field::Value(_));
        let create_missing_teams = self.create_missing_teams.into_option().unwrap_or_default();
        (UserWrite { patch, create_missing_teams, is_deprecated }, errors)
    }

    fn parser(&self) -> UserPatchParser {
        let mut parser = UserPatchParser::default();
        if let Field::Value(Parsed(Address(email))) = &self.email {
            parser.set(UserField::Email, Write::Set(email));
        }
        for (field, value) in [
            (UserField::ExternalId, &self.external_id),
            (UserField::FirstName, &self.first_name),
            (UserField::LastName, &self.last_name),
            (UserField::Position, &self.position),
            (UserField::Department, &self.department),
        ] {
            parser.set(field, text(value));
        }
        parser.set(UserField::UserProfileImage, text(&self.user_profile_image));
        if let Field::Value(role) = self.role {
            parser.set(UserField::Role, Write::Set(DomainAccountRole::from(role).as_str()));
        }
        match &self.mobile {
            Patched::Absent => {}
            Patched::Null => {
                parser.set(UserField::MobileRegionCode, Write::Clear);
                parser.set(UserField::MobileNumber, Write::Clear);
            }
            Patched::Value(MobileChanges { region_code, number }) => {
                if let Field::Value(Parsed(Line(code))) = region_code {
                    parser.set(UserField::MobileRegionCode, Write::Set(code));
                }
                if let Field::Value(Parsed(Number(number))) = number {
                    parser.set(UserField::MobileNumber, Write::Set(number));
                }
            }
        }
        parser.set_status(match (&self.status, &self.disabled) {
            (Field::Value(status), _) => Some(StatusRequest::Is(DomainStatus::from(*status))),
            (_, Field::Value(true)) => Some(StatusRequest::Is(DomainStatus::Disabled)),
            (_, Field::Value(false)) => Some(StatusRequest::Enabled),
            (Field::Absent, Field::Absent) => None,
        });
        if let Field::Value(teams) = &self.teams {
            set_teams(&mut parser, teams);
        }
        parser
    }

    /// Sets each field of `clear` to null. Returns those that are set as well.
    fn clear_fields(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let fields = std::mem::take(&mut self.clear).into_option().unwrap_or_default();
        for (place, field) in fields.into_iter().enumerate() {
            let (name, was_set) = match field {
                ClearableUserField::ExternalId => ("externalId", self.external_id.clear()),
                ClearableUserField::FirstName => ("firstName", self.first_name.clear()),
                ClearableUserField::LastName => ("lastName", self.last_name.clear()),
                ClearableUserField::Position => ("position", self.position.clear()),
                ClearableUserField::Department => ("department", self.department.clear()),
                ClearableUserField::Mobile => ("mobile", self.mobile.clear()),
                ClearableUserField::UserProfileImage => {
                    ("userProfileImage", self.user_profile_image.clear())
                }
            };
            if was_set {
                errors.push(body::set_and_cleared(place, name));
            }
        }
        errors
    }
}

fn text<const MAX: usize>(value: &Patched<Parsed<Text<MAX>>>) -> Write<&str> {
    match value {
        Patched::Absent => Write::Keep,
        Patched::Null => Write::Clear,
        Patched::Value(Parsed(Text(text))) => Write::Set(text.as_deref().unwrap_or_default()),
    }
}

fn set_teams(parser: &mut UserPatchParser, teams: &[UserTeamDraft]) {
    let ids: Vec<_> =
        teams.iter().map(|team| team.id.as_ref().map(|Parsed(id)| id.to_string())).collect();
    parser.set_teams(teams.iter().zip(&ids).map(|(team, id)| TeamFields {
        id: id.as_deref(),
        name: team.name.as_ref().map(|Parsed(Line(name))| name.as_str()),
        role: match team.role {
            Field::Absent => None,
            Field::Value(role) => Some(DomainTeamRole::from(role).as_str()),
        },
    }));
}

/// The fault of a request in which the two forms of the switch contradict one
/// another.
fn twofold(status: &Field<UserStatus>, disabled: &Field<bool>) -> Vec<FieldError> {
    let fault = |status: &UserStatus| {
        let status = DomainStatus::from(*status).as_str();
        let reason =
            Reason::new("contradicts disabled", "no value beside disabled", "Send disabled alone.");
        FieldError::new("status", status, reason)
    };
    match (status, disabled) {
        (Field::Value(status), Field::Value(disabled))
            if *disabled != (*status == UserStatus::Disabled) =>
        {
            vec![fault(status)]
        }
        _ => Vec::new(),
    }
}
