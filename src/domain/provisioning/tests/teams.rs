//! teamName: which teams a new user is put into.

use super::*;

#[test]
fn login_without_a_team_name_joins_no_team() {
    assert_eq!(create(&[], &[]).teams, []);
}

#[test]
fn a_team_role_without_a_team_name_is_ignored() {
    for roles in [&["ADMIN"][..], &["nonsense"], &["USER", "ADMIN"]] {
        assert_eq!(create(&[("teamRole", roles)], &[]).teams, []);
    }
}

#[test]
fn missing_team_is_created() {
    let ada = create(&[("teamName", &[" Ops "])], &[]);
    let [team] = &ada.teams[..] else { panic!("{:?}", ada.teams) };
    assert_eq!((team.name.as_str(), team.existing), ("Ops", None));
}

#[test]
fn existing_team_is_joined_and_keeps_its_spelling() {
    for spelling in ["Ops Team", "OPS TEAM", " ops team ", "\u{3000}oPS tEAM\u{a0}"] {
        let case = Case {
            known: ExistingRecords {
                teams: vec![known_team(7, "Ops Team")],
                ..ExistingRecords::default()
            },
            ..Case::with(&[("teamName", &[spelling])])
        };
        let (ada, fallbacks) = case.created();
        let [team] = &ada.teams[..] else { panic!("{:?}", ada.teams) };
        assert_eq!(
            (team.name.as_str(), team.existing),
            ("Ops Team", Some(team_id(7))),
            "{spelling}"
        );
        assert_eq!(fallbacks, [], "another spelling is no error");
    }
}

#[test]
fn several_teams_are_no_fallback() {
    let ada = create(&[("teamName", &["Ops", "Dev"])], &[]);
    assert_eq!(teams(&ada), [("Ops", TeamRole::Responder), ("Dev", TeamRole::Responder)]);
}

#[test]
fn several_attributes_of_the_same_name_are_several_teams() {
    let ada = create(&[("teamName", &["Ops"]), ("teamName", &["Dev"])], &[]);
    assert_eq!(teams(&ada), [("Ops", TeamRole::Responder), ("Dev", TeamRole::Responder)]);
}

#[test]
fn some_teams_may_exist_and_others_not() {
    let case = Case {
        known: ExistingRecords { teams: vec![known_team(7, "DEV")], ..ExistingRecords::default() },
        ..Case::with(&[("teamName", &["Ops", "Dev"])])
    };
    let (ada, _) = case.created();
    let existing: Vec<_> = ada.teams.iter().map(|team| team.existing).collect();
    assert_eq!(existing, [None, Some(team_id(7))]);
    assert_eq!(teams(&ada), [("Ops", TeamRole::Responder), ("DEV", TeamRole::Responder)]);
}

#[test]
fn a_malformed_team_name_is_left_out_and_the_others_stay() {
    let long = "x".repeat(256);
    let ada = create(
        &[("teamName", &["O\u{0}ps", "Dev", &long, ""])],
        &[
            ("teamName", "O<U+0000>ps", "CONTROL_CHARACTER", None),
            ("teamName", &long, "TOO_LONG", None),
        ],
    );
    assert_eq!(teams(&ada), [("Dev", TeamRole::Responder)]);
}

#[test]
fn login_with_only_a_malformed_team_name_joins_no_team() {
    let ada = create(
        &[("teamName", &["a\nb"]), ("teamRole", &["nonsense"])],
        &[("teamName", "a<U+000A>b", "CONTROL_CHARACTER", None)],
    );
    assert_eq!(ada.teams, []);
}

#[test]
fn a_team_name_may_have_255_characters() {
    let longest = "é".repeat(255);
    assert_eq!(teams(&create(&[("teamName", &[&longest])], &[]))[0].0, longest);
}

#[test]
fn a_team_that_is_named_twice_is_joined_once() {
    let ada = create(
        &[("teamName", &["Ops", " oPS ", "OPS"])],
        &[
            ("teamName", "oPS", "REPEATED_TEAM", Some("Ops")),
            ("teamName", "OPS", "REPEATED_TEAM", Some("Ops")),
        ],
    );
    assert_eq!(teams(&ada), [("Ops", TeamRole::Responder)]);
}
