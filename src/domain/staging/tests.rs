//! The rules of staging as tables.

use super::*;
use crate::domain::{
    role::{AccountRole, TeamRole},
    user::UserStatus::{Active, Disabled, Staged},
};

fn ada() -> Draft {
    Draft { email: "ada.lovelace@example.com".into(), ..Draft::default() }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn team(name: &str, role: Option<&str>) -> TeamDraft {
    TeamDraft { id: None, name: some(name), role: role.map(str::to_owned) }
}

#[track_caller]
fn refused(draft: &Draft) -> Vec<(String, String)> {
    let faults = read(draft).unwrap_err();
    faults.into_iter().map(|fault| (fault.field.into_owned(), fault.value)).collect()
}

#[test]
fn an_address_is_all_that_is_needed() {
    let user = read(&ada()).unwrap();
    assert_eq!((&*user.profile.first_name, &*user.profile.last_name), ("Ada", "Lovelace"));
    assert_eq!((user.role, user.status, &user.teams), (AccountRole::Stakeholder, None, &None));
    let blank = || some("  ");
    let blanks = Draft {
        external_id: blank(),
        first_name: blank(),
        position: blank(),
        department: blank(),
        role: blank(),
        profile_image: blank(),
        status: blank(),
        ..ada()
    };
    assert_eq!(read(&blanks).unwrap(), user, "what is blank is left out");
}

#[test]
fn a_last_name_may_be_empty_and_is_parsed_only_if_left_out() {
    let named = Draft { first_name: some(" Augusta "), last_name: some(""), ..ada() };
    let user = read(&named).unwrap();
    assert_eq!((&*user.profile.first_name, &*user.profile.last_name), ("Augusta", ""));
}

#[test]
fn every_fault_is_told_at_once_each_at_its_place() {
    let long = "x".repeat(256);
    let draft = Draft {
        pushed: None,
        email: "nobody".into(),
        external_id: some(&long),
        first_name: some("a\0b"),
        last_name: some(&long),
        position: some("\u{7}"),
        department: some(&long),
        role: some("OWNER"),
        mobile: Some(MobileDraft { region_code: "ZZ".into(), number: "1".into() }),
        profile_image: some("javascript:alert(1)"),
        status: some("GONE"),
        teams: Some(vec![
            TeamDraft::default(),
            team("Ops", Some("CHIEF")),
            TeamDraft { id: some("x"), ..TeamDraft::default() },
            team("a\nb", None),
        ]),
    };
    let places: Vec<_> = refused(&draft).into_iter().map(|(field, _)| field).collect();
    let expected = [
        "email",
        "externalId",
        "firstName",
        "lastName",
        "position",
        "department",
        "role",
        "mobile/regionCode",
        "userProfileImage",
        "status",
        "teams/0",
        "teams/1/role",
        "teams/2/id",
        "teams/3/name",
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_mobile_number_needs_its_region_and_a_region_its_number() {
    for (region_code, number, places) in [
        ("DE", "0221 123123", &[][..]),
        ("de", "+49 221 123123", &[]),
        ("", "0221 123123", &["mobile/regionCode"]),
        ("DE", " ", &["mobile/number"]),
        ("", "", &["mobile/regionCode", "mobile/number"]),
        ("DE", "12", &["mobile/number"]),
        ("US", "0221 123123", &["mobile/number"]),
    ] {
        let mobile = MobileDraft { region_code: region_code.into(), number: number.into() };
        let draft = Draft { mobile: Some(mobile), ..ada() };
        let actual: Vec<_> = read(&draft).err().unwrap_or_default();
        let actual: Vec<_> = actual.iter().map(|fault| &*fault.field).collect();
        assert_eq!(actual, places, "{region_code} {number}");
    }
}

/// Every account role with every team role: as at login, but refused.
#[test]
fn a_forbidden_pair_is_refused_and_both_roles_are_named() {
    for account in AccountRole::ALL {
        for role in TeamRole::ALL {
            let teams = Some(vec![team("Ops", Some(role.as_str()))]);
            let read = read(&Draft { role: some(account.as_str()), teams, ..ada() });
            match read {
                Ok(_) => assert!(account.allows(role), "{account} {role}"),
                Err(faults) => {
                    assert!(!account.allows(role), "{account} {role}");
                    assert_eq!(
                        (&*faults[0].field, &*faults[0].value),
                        ("teams/0/role", role.as_str())
                    );
                    assert!(faults[0].reason.contains(account.as_str()), "{}", faults[0]);
                }
            }
        }
    }
}

#[test]
fn a_team_role_that_is_left_out_requests_responder() {
    for account in AccountRole::ALL {
        let teams = Some(vec![team("Ops", None)]);
        let user = read(&Draft { role: some(account.as_str()), teams, ..ada() }).unwrap();
        assert_eq!(user.teams.unwrap()[0].role, TeamRole::Responder, "{account}");
    }
}

#[test]
fn a_team_is_named_once() {
    let teams = Some(vec![team("Ops", None), team(" OPS ", None)]);
    assert_eq!(refused(&Draft { teams, ..ada() })[0].0, "teams/1");
    let many = Some(vec![team("Ops", None); MAX_TEAMS + 1]);
    assert_eq!(refused(&Draft { teams: many, ..ada() })[0].0, "teams");
}

#[test]
fn whether_somebody_has_logged_in_can_not_be_chosen() {
    for (now, logged_in, request, expected) in [
        (Staged, false, Staged, Some(Staged)),
        (Staged, false, Disabled, Some(Disabled)),
        (Staged, false, Active, None),
        (Disabled, false, Staged, Some(Staged)),
        (Disabled, false, Active, Some(Staged)),
        (Disabled, false, Disabled, Some(Disabled)),
        (Active, true, Active, Some(Active)),
        (Active, true, Disabled, Some(Disabled)),
        (Active, true, Staged, None),
        (Disabled, true, Active, Some(Active)),
        (Disabled, true, Disabled, Some(Disabled)),
        (Disabled, true, Staged, None),
    ] {
        let actual = status(now, logged_in, StatusRequest::Is(request)).ok();
        assert_eq!(actual, expected, "{now:?} {logged_in} {request:?}");
    }
}
