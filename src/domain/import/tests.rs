//! The rules of tables.

use super::*;
use crate::domain::staging::{Draft, MobileDraft, TeamDraft};

fn places(names: &[&str]) -> Vec<(String, String)> {
    let faults = Header::read(names.iter().copied()).unwrap_err();
    faults.into_iter().map(|fault| (fault.field.into_owned(), fault.reason)).collect()
}

fn team(name: &str, role: Option<&str>) -> TeamDraft {
    TeamDraft { id: None, name: Some(name.into()), role: role.map(Into::into) }
}

#[test]
fn a_column_is_known_by_its_name_and_the_nearest_is_named() {
    assert!(Header::read([" email ", "teamName", "role"]).is_ok());
    let faults = places(&["emial", "Role", "shoeSize", "", "role", "role"]);
    let reasons: Vec<_> =
        faults.iter().map(|(field, reason)| format!("{field} {reason}")).collect();
    assert_eq!(
        reasons,
        [
            "header/0 is no column here: did you mean email?",
            "header/1 is no column here: did you mean role?",
            "header/2 is no column here: there are email, externalId, firstName, lastName, \
             position, department, role, mobileRegionCode, mobileNumber, userProfileImage, \
             teamName, teamRole",
            "header/3 is a column without a name",
            "header/5 is given more than once",
            "header must be the header of a table of users: the column email is required",
        ]
    );
}

#[test]
fn a_row_says_what_its_cells_say_and_blank_ones_say_nothing() {
    let header = Header::read(["role", "email", "mobileNumber", "mobileRegionCode"]).unwrap();
    let draft = |cells: [&'static str; 4]| header.draft(&cells).unwrap();
    let ada = Draft { email: "ada@example.com".into(), ..Draft::default() };
    assert_eq!(draft([" ", "ada@example.com", "", ""]), ada);
    let mobile = MobileDraft { region_code: "DE".into(), number: "0221 123123".into() };
    let wanted = Draft { role: Some("user".into()), mobile: Some(mobile), ..ada };
    assert_eq!(draft(["user", "ada@example.com", "0221 123123", "DE"]), wanted);
    let short = header.draft(&["x"]).unwrap_err();
    assert_eq!(short.reason, "the row has 1 cells, and the header has 4");
}

#[test]
fn one_role_is_for_all_teams_and_several_are_for_one_each() {
    let header = Header::read(["email", "teamName", "teamRole"]).unwrap();
    let teams = |names: &'static str, roles: &'static str| {
        let draft = header.draft(&["ada@example.com", names, roles]);
        draft.map(|draft| draft.teams).map_err(|fault| fault.field.into_owned())
    };
    assert_eq!(teams("", " "), Ok(None));
    assert_eq!(teams("Ops", ""), Ok(Some(vec![team("Ops", None)])));
    let both = Ok(Some(vec![team("Ops", Some("USER")), team("Dev, Core", Some("USER"))]));
    assert_eq!(teams("Ops|Dev, Core", "USER"), both);
    let each = Ok(Some(vec![team("Ops", Some("USER")), team("Dev", Some(""))]));
    assert_eq!(teams("Ops|Dev", "USER|"), each);
    assert_eq!(teams("Ops|Dev|Qa", "USER|ADMIN"), Err("teamRole".into()));
    assert_eq!(teams("", "USER"), Err("teamRole".into()));
}

#[test]
fn a_fault_stands_where_whoever_wrote_the_row_finds_it() {
    for (field, column, pointer) in [
        ("email", "email", "/email"),
        ("mobile/regionCode", "mobileRegionCode", "/mobile/regionCode"),
        ("mobile/number", "mobileNumber", "/mobile/number"),
        ("teams/2/role", "teamRole", "/teams/2/role"),
        ("teams/2", "teamName", "/teams/2"),
        ("", "", ""),
    ] {
        let fault = Fault::new(field, "", "");
        assert_eq!(Format::Csv.placed(fault.clone()).field, column);
        assert_eq!(Format::Ndjson.placed(fault).field, pointer);
    }
}
