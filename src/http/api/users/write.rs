//! Parses users from the bodies of requests.

use super::request::{
    ClearableUserField, EmailText, MobileChanges, PhoneNumberText, UserBody, UserChanges,
    UserDraft, UserFields, UserTeamDraft,
};
use crate::{
    domain::{
        field_error::{CONTRADICTS, FieldError, Reason},
        profile_field::ProfileField,
        role::{AccountRole as DomainAccountRole, TeamRole as DomainTeamRole},
        user::UserStatus as DomainStatus,
        user_patch::{FieldPatch as Write, StatusRequest, TeamFields, UserPatch, UserPatchParser},
    },
    http::api::{
        body::{self, BodyField, ParsedText},
        enums::UserStatus,
        fields::LineValue,
        read_back::UnchangedFields,
    },
};

/// The user fields of a request.
#[derive(Debug)]
pub(in crate::http::api) struct UserWrite {
    /// The changes.
    pub(in crate::http::api) patch: UserPatch,
    /// Whether teams that are named and do not exist are created.
    pub(in crate::http::api) create_missing_teams: bool,
    /// Whether the request uses a deprecated field.
    pub(in crate::http::api) is_deprecated: bool,
}

impl UserDraft {
    /// Returns the user, and every value that breaks a rule.
    pub(in crate::http::api) fn into_write(
        self,
        unchanged: &UnchangedFields,
    ) -> (UserWrite, Vec<FieldError>) {
        let Self(body) = self;
        let has_email =
            !matches!(body.fields.email, BodyField::Absent) || unchanged.contains("email");
        let is_missing = (!has_email).then(|| {
            let reason = Reason::required("an e-mail address", "Add the field.");
            FieldError::new("email", "", reason)
        });
        let clear = body::unsupported_clear(&body.fields.clear);
        let mut parser = to_parser(&body);
        parser.require_whole_mobile();
        let (write, mut errors) = into_write(&body, parser);
        errors.extend(is_missing.into_iter().chain(clear));
        (write, errors)
    }
}

impl UserChanges {
    /// Returns the changes, and every value that breaks a rule.
    pub(in crate::http::api) fn into_write(self) -> (UserWrite, Vec<FieldError>) {
        let Self(mut body) = self;
        let mut errors = clear_fields(&mut body);
        let (write, more) = into_write(&body, to_parser(&body));
        errors.extend(more);
        (write, errors)
    }
}

fn into_write(body: &UserBody, parser: UserPatchParser) -> (UserWrite, Vec<FieldError>) {
    let UserFields { status, disabled, create_missing_teams, .. } = &body.fields;
    let mut errors = find_status_conflict(status, disabled);
    let (patch, more) = parser.into_parts();
    errors.extend(more);
    let is_deprecated = matches!(status, BodyField::Value(_));
    let create_missing_teams = create_missing_teams.as_option().copied().unwrap_or_default();
    (UserWrite { patch, create_missing_teams, is_deprecated }, errors)
}

fn to_parser(body: &UserBody) -> UserPatchParser {
    let mut parser = UserPatchParser::default();
    body.set_profile(&mut parser);
    let UserFields {
        email,
        role,
        mobile,
        disabled,
        status,
        locked_attributes,
        attributes,
        teams,
        ..
    } = &body.fields;
    if let BodyField::Value(ParsedText(EmailText(email))) = email {
        parser.set(ProfileField::Email, Write::Set(email));
    }
    if let BodyField::Value(role) = role {
        parser.set(ProfileField::Role, Write::Set(DomainAccountRole::from(*role).as_str()));
    }
    match mobile {
        Write::Keep => {}
        Write::Clear => {
            parser.set(ProfileField::MobileRegionCode, Write::Clear);
            parser.set(ProfileField::MobileNumber, Write::Clear);
        }
        Write::Set(MobileChanges { region_code, number }) => {
            if let BodyField::Value(ParsedText(LineValue(code))) = region_code {
                parser.set(ProfileField::MobileRegionCode, Write::Set(code));
            }
            if let BodyField::Value(ParsedText(PhoneNumberText(number))) = number {
                parser.set(ProfileField::MobileNumber, Write::Set(number));
            }
        }
    }
    parser.set_status(match (status, disabled) {
        (BodyField::Value(status), _) => Some(StatusRequest::Is(DomainStatus::from(*status))),
        (_, BodyField::Value(true)) => Some(StatusRequest::Is(DomainStatus::Disabled)),
        (_, BodyField::Value(false)) => Some(StatusRequest::Enabled),
        (BodyField::Absent, BodyField::Absent) => None,
    });
    let locks =
        locked_attributes.as_option().map(|names| names.iter().map(|name| name.0).collect());
    parser.set_locks(locks);
    if let BodyField::Value(attributes) = attributes {
        attributes.set(&mut parser);
    }
    if let BodyField::Value(teams) = teams {
        set_teams(&mut parser, teams);
    }
    parser
}

/// Sets each field of `clear` to null. Returns those that are set as well.
fn clear_fields(body: &mut UserBody) -> Vec<FieldError> {
    body::clear_fields(std::mem::take(&mut body.fields.clear), |field| {
        let was_set = match field {
            ClearableUserField::Mobile => body.fields.mobile.clear(),
            ClearableUserField::List(list) => body.clear_values(list),
            ClearableUserField::Text(field) => body.texts.entry(field).or_default().clear(),
        };
        (field.as_str(), was_set)
    })
}

fn set_teams(parser: &mut UserPatchParser, teams: &[UserTeamDraft]) {
    let ids: Vec<_> =
        teams.iter().map(|team| team.id.as_ref().map(|ParsedText(id)| id.to_string())).collect();
    parser.set_teams(teams.iter().zip(&ids).map(|(team, id)| TeamFields {
        id: id.as_deref(),
        name: team.name.as_ref().map(|ParsedText(LineValue(name))| name.as_str()),
        role: match team.role {
            BodyField::Absent => None,
            BodyField::Value(role) => Some(DomainTeamRole::from(role).as_str()),
        },
    }));
}

/// The errors of a request whose `status` and `disabled` contradict each other: one of
/// each, so that the one with its current value can be left out.
fn find_status_conflict(
    status: &BodyField<UserStatus>,
    disabled: &BodyField<bool>,
) -> Vec<FieldError> {
    let (BodyField::Value(status), BodyField::Value(disabled)) = (status, disabled) else {
        return Vec::new();
    };
    if *disabled == (status.0 == DomainStatus::Disabled) {
        return Vec::new();
    }
    let conflict_error = |field: &'static str, value: String, other: &str| {
        let expected = format!("no {field} if {other} is present");
        let detail = format!("{CONTRADICTS}{other}");
        FieldError::new(field, value, Reason::new(detail, expected, "Send disabled alone."))
    };
    vec![
        conflict_error("status", DomainStatus::from(*status).as_str().to_owned(), "disabled"),
        conflict_error("disabled", disabled.to_string(), "status"),
    ]
}
