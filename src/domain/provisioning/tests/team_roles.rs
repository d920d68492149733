//! teamRole: what a new user is in each team, beside their account role.

use super::*;

/// Which pairs stand, and to what the others are raised. Rows: account role.
/// Columns: team role STAKEHOLDER, RESPONDER, USER, ADMIN.
const PAIRS: [(AccountRole, [TeamRole; 4]); 5] = {
    use TeamRole::{Admin, Responder, Stakeholder, User};
    [
        (AccountRole::Stakeholder, [Stakeholder, Responder, User, Admin]),
        (AccountRole::Guest, [Stakeholder, Responder, User, Admin]),
        (AccountRole::Responder, [Responder, Responder, User, Admin]),
        (AccountRole::User, [User, User, User, Admin]),
        (AccountRole::Admin, [Admin, Admin, Admin, Admin]),
    ]
};

#[test]
fn forbidden_role_pairs_are_raised() {
    for (account, row) in PAIRS {
        for (team, expected) in TeamRole::ALL.into_iter().zip(row) {
            let case = Case::with(&[
                ("role", &[account.as_str()]),
                ("teamName", &["Ops"]),
                ("teamRole", &[team.as_str()]),
            ]);
            let (ada, fallbacks) = case.created();
            let actual = &ada.teams[0].role;
            assert_eq!(actual.value, expected, "{account} with {team}");
            assert_eq!(ada.role.value, account, "the account role never changes");
            if team == expected {
                assert_eq!(actual.source, from_attribute("teamRole"), "{account} with {team}");
                assert_eq!(fallbacks, [], "{account} with {team}");
            } else {
                assert_eq!(
                    actual.source,
                    ValueSource::RaisedToAccountRole,
                    "{account} with {team}"
                );
                let reason = "LOWER_THAN_ACCOUNT_ROLE";
                let raised = ("teamRole", team.as_str(), reason, Some(expected.as_str()));
                assert_fallbacks(&fallbacks, &[raised]);
            }
        }
    }
}

#[test]
fn admin_with_user_falls_back_to_admin_with_admin() {
    let ada = create(
        &[("role", &["ADMIN"]), ("teamName", &["Ops"]), ("teamRole", &["USER"])],
        &[("teamRole", "USER", "LOWER_THAN_ACCOUNT_ROLE", Some("ADMIN"))],
    );
    assert_eq!(teams(&ada), [("Ops", TeamRole::Admin)]);
}

#[test]
fn the_defaults_stakeholder_with_responder_are_allowed() {
    let ada = create(&[("teamName", &["Ops"])], &[]);
    assert_eq!(ada.role.value, AccountRole::Stakeholder);
    let expected = ValueWithSource { value: TeamRole::Responder, source: ValueSource::Default };
    assert_eq!(ada.teams[0].role, expected);
}

#[test]
fn a_default_below_the_account_role_is_raised_without_a_fallback() {
    for (account, row) in PAIRS {
        let ada = create(&[("role", &[account.as_str()]), ("teamName", &["Ops"])], &[]);
        let raised = row[1] != TeamRole::Responder;
        let source = if raised { ValueSource::RaisedToAccountRole } else { ValueSource::Default };
        assert_eq!(ada.teams[0].role, ValueWithSource { value: row[1], source }, "{account}");
    }
}

#[test]
fn team_role_is_parsed_trimmed_and_in_any_case() {
    for role in TeamRole::ALL {
        let text = format!(" {} ", role.as_str().to_lowercase());
        let ada = create(&[("teamName", &["Ops"]), ("teamRole", &[&text])], &[]);
        let expected = ValueWithSource { value: role, source: from_attribute("teamRole") };
        assert_eq!(ada.teams[0].role, expected);
    }
}

#[test]
fn a_malformed_team_role_falls_back_to_responder() {
    for text in ["OWNER", "GUEST"] {
        let ada = create(
            &[("teamName", &["Ops"]), ("teamRole", &[text])],
            &[("teamRole", text, "UNKNOWN_ROLE", Some("RESPONDER"))],
        );
        let expected = ValueWithSource { value: TeamRole::Responder, source: ValueSource::Default };
        assert_eq!(ada.teams[0].role, expected);
    }
}

#[test]
fn a_malformed_team_role_beside_a_high_account_role_ends_at_the_account_role() {
    let ada = create(
        &[("role", &["ADMIN"]), ("teamName", &["Ops"]), ("teamRole", &["OWNER"])],
        &[("teamRole", "OWNER", "UNKNOWN_ROLE", Some("ADMIN"))],
    );
    let expected =
        ValueWithSource { value: TeamRole::Admin, source: ValueSource::RaisedToAccountRole };
    assert_eq!(ada.teams[0].role, expected);
}

#[test]
fn one_team_role_is_for_all_teams_and_recorded_once() {
    let ada = create(&[("teamName", &["Ops", "Dev", "QA"]), ("teamRole", &["USER"])], &[]);
    let all = |role| [("Ops", role), ("Dev", role), ("QA", role)];
    assert_eq!(teams(&ada), all(TeamRole::User));
    let ada = create(
        &[("role", &["ADMIN"]), ("teamName", &["Ops", "Dev", "QA"]), ("teamRole", &["USER"])],
        &[("teamRole", "USER", "LOWER_THAN_ACCOUNT_ROLE", Some("ADMIN"))],
    );
    assert_eq!(teams(&ada), all(TeamRole::Admin));
    let ada = create(
        &[("teamName", &["Ops", "Dev", "QA"]), ("teamRole", &["OWNER"])],
        &[("teamRole", "OWNER", "UNKNOWN_ROLE", Some("RESPONDER"))],
    );
    assert_eq!(teams(&ada), all(TeamRole::Responder));
}

#[test]
fn as_many_team_roles_as_teams_go_in_the_same_order() {
    let ada = create(
        &[("teamName", &["Ops", "Dev", "QA"]), ("teamRole", &["ADMIN", "STAKEHOLDER", "USER"])],
        &[],
    );
    assert_eq!(
        teams(&ada),
        [("Ops", TeamRole::Admin), ("Dev", TeamRole::Stakeholder), ("QA", TeamRole::User)]
    );
}

#[test]
fn attributes_in_pairs_go_in_the_same_order() {
    let ada = create(
        &[
            ("teamName", &["Ops"]),
            ("teamRole", &["ADMIN"]),
            ("teamName", &["Dev"]),
            ("teamRole", &["USER"]),
        ],
        &[],
    );
    assert_eq!(teams(&ada), [("Ops", TeamRole::Admin), ("Dev", TeamRole::User)]);
}

#[test]
fn each_team_role_of_several_falls_back_by_itself() {
    let ada = create(
        &[
            ("role", &["USER"]),
            ("teamName", &["Ops", "Dev", "QA"]),
            ("teamRole", &["ADMIN", "OWNER", "STAKEHOLDER"]),
        ],
        &[
            ("teamRole", "OWNER", "UNKNOWN_ROLE", Some("USER")),
            ("teamRole", "STAKEHOLDER", "LOWER_THAN_ACCOUNT_ROLE", Some("USER")),
        ],
    );
    assert_eq!(
        teams(&ada),
        [("Ops", TeamRole::Admin), ("Dev", TeamRole::User), ("QA", TeamRole::User)]
    );
}

#[test]
fn the_positions_count_before_malformed_team_names_are_left_out() {
    let ada = create(
        &[("teamName", &["O\u{0}ps", "Dev"]), ("teamRole", &["ADMIN", "USER"])],
        &[("teamName", "O<U+0000>ps", "CONTROL_CHARACTER", None)],
    );
    assert_eq!(teams(&ada), [("Dev", TeamRole::User)]);
}

#[test]
fn the_positions_count_before_repeated_team_names_are_left_out() {
    let ada = create(
        &[("teamName", &["Ops", "ops", "Dev"]), ("teamRole", &["USER", "ADMIN", "STAKEHOLDER"])],
        &[("teamName", "ops", "REPEATED_TEAM", Some("Ops"))],
    );
    assert_eq!(teams(&ada), [("Ops", TeamRole::User), ("Dev", TeamRole::Stakeholder)]);
}

#[test]
fn a_blank_team_role_keeps_its_place_and_is_the_default() {
    let ada = create(&[("teamName", &["Ops", "Dev"]), ("teamRole", &["ADMIN", ""])], &[]);
    assert_eq!(teams(&ada), [("Ops", TeamRole::Admin), ("Dev", TeamRole::Responder)]);
    assert_eq!(ada.teams[1].role.source, ValueSource::Default);
    let ada = create(&[("teamName", &["Ops", "Dev"]), ("teamRole", &[" ", "ADMIN"])], &[]);
    assert_eq!(teams(&ada), [("Ops", TeamRole::Responder), ("Dev", TeamRole::Admin)]);
}

#[test]
fn a_blank_team_name_keeps_its_place() {
    let ada = create(
        &[("teamName", &["Ops", "", "Dev"]), ("teamRole", &["ADMIN", "USER", "STAKEHOLDER"])],
        &[],
    );
    assert_eq!(teams(&ada), [("Ops", TeamRole::Admin), ("Dev", TeamRole::Stakeholder)]);
}

#[test]
fn blank_values_do_not_count_if_the_counts_agree_without_them() {
    for (names, roles) in [
        (&["Ops", "", "Dev"][..], &["ADMIN", "USER"][..]),
        (&["Ops", "Dev"], &["", "ADMIN", "USER"]),
    ] {
        let ada = create(&[("teamName", names), ("teamRole", roles)], &[]);
        assert_eq!(teams(&ada), [("Ops", TeamRole::Admin), ("Dev", TeamRole::User)]);
    }
    let ada = create(&[("teamName", &["Ops", "Dev"]), ("teamRole", &["", "", "USER"])], &[]);
    assert_eq!(teams(&ada), [("Ops", TeamRole::User), ("Dev", TeamRole::User)], "one for all");
}

#[test]
fn different_count_falls_back_to_the_first_valid_role_for_all_teams() {
    let ada = create(
        &[("teamName", &["Ops", "Dev", "QA"]), ("teamRole", &["USER", "ADMIN"])],
        &[("teamRole", "USER, ADMIN", "TEAM_ROLE_COUNT", Some("USER"))],
    );
    let all = |role| [("Ops", role), ("Dev", role), ("QA", role)];
    assert_eq!(teams(&ada), all(TeamRole::User));
    assert_eq!(ada.teams[2].role.source, from_attribute("teamRole"));
    let ada = create(
        &[("teamName", &["Ops", "Dev", "QA"]), ("teamRole", &["OWNER", "ADMIN"])],
        &[
            ("teamRole", "OWNER", "UNKNOWN_ROLE", Some("ADMIN")),
            ("teamRole", "OWNER, ADMIN", "TEAM_ROLE_COUNT", Some("ADMIN")),
        ],
    );
    assert_eq!(teams(&ada), all(TeamRole::Admin));
    let ada = create(
        &[("teamName", &["Ops"]), ("teamRole", &["USER", "ADMIN"])],
        &[("teamRole", "USER, ADMIN", "TEAM_ROLE_COUNT", Some("USER"))],
    );
    assert_eq!(teams(&ada), [("Ops", TeamRole::User)]);
}

#[test]
fn different_count_without_a_valid_role_falls_back_to_the_default() {
    let ada = create(
        &[("teamName", &["Ops", "Dev", "QA"]), ("teamRole", &["OWNER", "BOSS"])],
        &[
            ("teamRole", "OWNER", "UNKNOWN_ROLE", Some("RESPONDER")),
            ("teamRole", "BOSS", "UNKNOWN_ROLE", Some("RESPONDER")),
            ("teamRole", "OWNER, BOSS", "TEAM_ROLE_COUNT", Some("RESPONDER")),
        ],
    );
    assert!(ada.teams.iter().all(|team| team.role.value == TeamRole::Responder));
    assert!(ada.teams.iter().all(|team| team.role.source == ValueSource::Default));
}

#[test]
fn different_count_below_the_account_role_is_raised_too() {
    let ada = create(
        &[
            ("role", &["ADMIN"]),
            ("teamName", &["Ops", "Dev", "QA"]),
            ("teamRole", &["USER", "RESPONDER"]),
        ],
        &[
            ("teamRole", "USER, RESPONDER", "TEAM_ROLE_COUNT", Some("ADMIN")),
            ("teamRole", "USER", "LOWER_THAN_ACCOUNT_ROLE", Some("ADMIN")),
        ],
    );
    assert!(ada.teams.iter().all(|team| team.role.value == TeamRole::Admin));
}
