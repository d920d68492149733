//! The rules of tables.

use super::{charset::CHARSETS as NAMES_IN_MESSAGES, *};
use crate::domain::{
    mobile::Mobile,
    profile_field::ProfileField,
    role::{AccountRole, TeamRole},
    user::UserStatus,
    user_patch::{FieldPatch, MobilePatch, RequestedMembership, StatusRequest, TeamRef, UserPatch},
};

fn places(names: &[&str]) -> Vec<(String, String)> {
    let errors = TableHeader::parse(names.iter().copied()).unwrap_err();
    errors.into_iter().map(|error| (error.field.to_string(), error.reason.clone())).collect()
}

fn team(name: &str, role: Option<TeamRole>) -> RequestedMembership {
    RequestedMembership { index: 0, team: TeamRef::Name(name.parse().unwrap()), role }
}

#[test]
fn headings_match_without_regard_to_case_blanks_and_hyphens() {
    let header =
        TableHeader::parse(["E-Mail", "First Name", "LAST_NAME", "mobile-number"]).unwrap();
    assert_eq!(
        header,
        TableHeader::parse(["email", "firstName", "lastName", "mobileNumber"]).unwrap()
    );
    assert!(TableHeader::parse([" e mail ", "\u{a0}team name", "TEAM-ROLE"]).is_ok());
    for (names, place) in [
        (["email", "First Name", "firstName"], "header/2"),
        (["email", "E_MAIL", "role"], "header/1"),
    ] {
        let errors = places(&names);
        assert_eq!(errors[0].0, place);
        assert!(errors[0].1.contains("more than once"), "{errors:?}");
    }
}

#[test]
fn unknown_heading_is_rejected_with_the_nearest_name() {
    let errors = places(&["emial", "Rolle", "shoeSize", "", "role"]);
    let reasons: Vec<_> =
        errors.iter().map(|(field, reason)| format!("{field} {reason}")).collect();
    let columns = "Use any of email, externalId, firstName, ";
    assert_eq!(reasons.len(), 4);
    assert_eq!(reasons[0], "header/0 is not a column. Did you mean email?");
    assert_eq!(reasons[1], "header/1 is not a column. Did you mean role?");
    assert!(reasons[2].starts_with(&format!("header/2 is not a column. {columns}")));
    assert!(ProfileField::importable().all(|field| reasons[2].contains(field.as_str())));
    assert_eq!(reasons[3], "header must have the column email. Name the columns in the first row.");
}

#[test]
fn disabled_column_sets_the_status_unless_its_cell_is_blank() {
    let header = TableHeader::parse(["email", "Disabled"]).unwrap();
    let status =
        |cell| header.parse_row(&["ada@example.com", cell]).into_result().map(|patch| patch.status);
    for (cell, expected) in [
        ("true", Some(StatusRequest::Is(UserStatus::Disabled))),
        ("TRUE", Some(StatusRequest::Is(UserStatus::Disabled))),
        ("1", Some(StatusRequest::Is(UserStatus::Disabled))),
        ("false", Some(StatusRequest::Enabled)),
        (" 0 ", Some(StatusRequest::Enabled)),
        ("", None),
        ("\u{a0}", None),
    ] {
        assert_eq!(status(cell).unwrap(), expected, "{cell:?}");
    }
    for cell in ["yes", "DISABLED", "2"] {
        assert_eq!(status(cell).unwrap_err()[0].field, "disabled", "{cell}");
    }
}

#[test]
fn columns_without_a_name_must_be_blank() {
    let header = TableHeader::parse(["email", "", " ", "role", "", "_"]).unwrap();
    let row = |cells: &[&str]| header.parse_row(cells).into_result().map(|patch| patch.role);
    assert_eq!(row(&["ada@example.com", "", " ", "USER"]), Ok(FieldPatch::Set(AccountRole::User)));
    assert_eq!(
        row(&["ada@example.com", "", "", "USER", "", "", "", " "]),
        Ok(FieldPatch::Set(AccountRole::User))
    );
    assert!(row(&["ada@example.com", "", "", "USER", "x"]).is_err(), "a value behind the columns");
    assert_eq!(row(&["ada@example.com", "", ""]), Ok(FieldPatch::Keep), "the role is blank");
    assert_eq!(header.find_unnamed_value(&["a", "", "\t", "USER"]), None);
    assert_eq!(header.find_unnamed_value(&["a", "", "x", "USER"]), Some((2, "x")));
}

#[test]
fn columns_are_numbered_with_letters_as_in_a_spreadsheet() {
    for (index, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (702, "AAA")] {
        assert_eq!(column_letters(index), name);
    }
}

#[test]
fn charset_is_found_by_each_of_its_names() {
    for (label, name) in [
        ("UTF-8", "utf-8"),
        (" windows-1252 ", "windows-1252"),
        ("ISO-8859-1", "windows-1252"),
        ("latin1", "windows-1252"),
        ("utf-16", "utf-16le"),
        ("UTF-16BE", "utf-16be"),
        ("shift_jis", "shift_jis"),
    ] {
        assert_eq!(label.parse::<Charset>().unwrap().name(), name);
    }
    for unknown in ["", "utf-7", "utf-32", "cp037", "iso-2022-kr", "x-user-defined", "utf8\0"] {
        assert_eq!(unknown.parse::<Charset>(), Err(UnknownCharset), "{unknown:?}");
    }
    assert!(NAMES_IN_MESSAGES.iter().all(|name| name.parse::<Charset>().is_ok()));
}

#[test]
fn blank_cells_keep_fields() {
    let header = TableHeader::parse(["role", "email", "mobileNumber", "mobileRegionCode"]).unwrap();
    let patch = |cells: [&'static str; 4]| header.parse_row(&cells).into_result().unwrap();
    let ada = UserPatch { email: Some("ada@example.com".parse().unwrap()), ..UserPatch::default() };
    assert_eq!(patch([" ", "ada@example.com", "", ""]), ada);
    let mobile = Mobile::parse("DE".parse().unwrap(), "0221 123123").unwrap();
    let mobile = FieldPatch::Set(MobilePatch::Whole(mobile));
    let expected = UserPatch { role: FieldPatch::Set(AccountRole::User), mobile, ..ada.clone() };
    assert_eq!(patch(["user", "ada@example.com", "0221 123123", "DE"]), expected);
    assert_eq!(
        header.parse_row(&["", "ada@example.com"]).into_result().unwrap(),
        ada,
        "missing cells are blank"
    );
    let short = header.parse_row(&["USER"]).into_result().unwrap_err();
    assert_eq!(short[0].field, "email", "{short:?}");
    let long = header.parse_row(&["", "ada@example.com", "", "", "x"]).into_result().unwrap_err();
    assert!(long[0].reason.contains("must have at most 4 cells"), "{long:?}");
}

#[test]
fn one_team_role_applies_to_all_teams_and_several_apply_in_order() {
    let header = TableHeader::parse(["email", "teamName", "teamRole"]).unwrap();
    let teams = |names: &'static str, roles: &'static str| {
        let patch = header.parse_row(&["ada@example.com", names, roles]).into_result();
        patch.map(|patch| patch.teams).map_err(|errors| errors[0].field.to_string())
    };
    assert_eq!(teams("", " "), Ok(None));
    assert_eq!(teams("Ops", ""), Ok(Some(vec![team("Ops", None)])));
    let user = Some(TeamRole::User);
    let second = |name, role| RequestedMembership { index: 1, ..team(name, role) };
    let both = Ok(Some(vec![team("Ops", user), second("Dev, Core", user)]));
    assert_eq!(teams("Ops|Dev, Core", "USER"), both);
    let each = Ok(Some(vec![team("Ops", user), second("Dev", None)]));
    assert_eq!(teams("Ops|Dev", "USER|"), each);
    assert_eq!(teams("Ops|Dev|Qa", "USER|ADMIN"), Err("teamRole".into()));
    assert_eq!(teams("", "USER"), Err("teamRole".into()));
}

#[test]
fn error_names_the_column_or_the_pointer() {
    for (field, column, pointer) in [
        ("email", "email", "/email"),
        ("mobile/regionCode", "mobileRegionCode", "/mobile/regionCode"),
        ("mobile/number", "mobileNumber", "/mobile/number"),
        ("teams/2/role", "teamRole", "/teams/2/role"),
        ("teams/2", "teamName", "/teams/2"),
        ("", "", ""),
    ] {
        let error = FieldError::new(field, "", "must be something else");
        assert_eq!(Format::Csv.locate_error(error.clone()).field, column);
        assert_eq!(Format::Ndjson.locate_error(error).field, pointer);
    }
}
