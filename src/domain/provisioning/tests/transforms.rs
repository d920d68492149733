//! Transforms, tables, ceilings and policies at the login that creates a user.

use super::*;
use crate::domain::{
    attribute_name::AttributeName,
    update_policy::UpdatePolicy,
    user_patch::MAX_TEAMS,
    value_transform::{TableEntry, ValueTransform},
};

fn with_table(field: ProfileField, entries: &[(&str, &str)]) -> ValueTransform {
    let entry = |(received, value): &(&str, &str)| TableEntry {
        received: (*received).into(),
        value: (*value).into(),
    };
    ValueTransform { table: entries.iter().map(entry).collect(), ..ValueTransform::new(field) }
}

fn transformed(transforms: Vec<ValueTransform>, attributes: AttributeList<'_>) -> Case {
    let policy = ProvisioningPolicy { transforms, ..ProvisioningPolicy::default() };
    Case { policy, ..Case::with(attributes) }
}

#[test]
fn groups_become_a_role_and_teams() {
    let role = with_table(ProfileField::Role, &[("Domain Admins", "ADMIN"), ("Staff", "USER")]);
    let teams = with_table(ProfileField::TeamName, &[("0f9c", "Engines"), ("77aa", "Looms")]);
    let mut case = transformed(
        vec![role, teams],
        &[("groups", &["Staff", "77AA", "VPN", "domain admins", "0f9c"])],
    );
    for field in [ProfileField::Role, ProfileField::TeamName] {
        case.policy.mapping.insert(field.into(), "groups".into());
    }
    let (ada, fallbacks) = case.created();
    assert_eq!(ada.role.value, AccountRole::Admin, "the first entry of the table that matches");
    assert_eq!(ada.role.source, ValueSource::Attribute("groups".into()));
    let teams: Vec<_> = ada.teams.iter().map(|team| team.name.as_str()).collect();
    assert_eq!(teams, ["Looms", "Engines"]);
    assert_fallbacks(&fallbacks, &[]);
}

#[test]
fn values_without_an_entry_are_recorded_once() {
    let role = with_table(ProfileField::Role, &[("Domain Admins", "ADMIN")]);
    let teams = with_table(ProfileField::TeamName, &[("0f9c", "Engines")]);
    let attributes: AttributeList<'_> =
        &[("role", &["Staff", "ADMIN"]), ("teamName", &["77aa"]), ("teamRole", &["ADMIN"])];
    let (ada, fallbacks) = transformed(vec![role, teams], attributes).created();
    assert_eq!(ada.role.value, AccountRole::Stakeholder);
    assert_eq!(ada.role.source, ValueSource::Default);
    assert!(ada.teams.is_empty());
    assert_fallbacks(
        &fallbacks,
        &[
            ("role", "Staff, ADMIN", "NOT_IN_TABLE", Some("STAKEHOLDER")),
            ("teamName", "77aa", "NOT_IN_TABLE", None),
        ],
    );
}

#[test]
fn team_roles_stay_with_their_teams_beside_values_that_are_left_out() {
    let teams = with_table(ProfileField::TeamName, &[("a", "Engines"), ("c", "Looms")]);
    let attributes: AttributeList<'_> =
        &[("teamName", &["a", "b", "c"]), ("teamRole", &["USER", "ADMIN", "STAKEHOLDER"])];
    let (ada, _) = transformed(vec![teams], attributes).created();
    let teams: Vec<_> = ada.teams.iter().map(|team| (team.name.as_str(), team.requested)).collect();
    assert_eq!(teams, [("Engines", TeamRole::User), ("Looms", TeamRole::Stakeholder)]);
}

#[test]
fn team_roles_that_a_table_leaves_out_still_count() {
    let names = with_table(ProfileField::TeamName, &[("ops", "Ops"), ("dev", "Dev")]);
    let roles = with_table(ProfileField::TeamRole, &[("boss", "ADMIN")]);
    let first = ValueTransform { first_only: true, ..names.clone() };
    let count = Some("TEAM_ROLE_COUNT");
    for (names, teams, received, expected, reason) in [
        (
            &first,
            &["VPN", "ops"][..],
            &["boss", "peon"][..],
            &[("Ops", TeamRole::Responder)][..],
            None,
        ),
        (
            &names,
            &["ops", "VPN", "dev"],
            &["peon", "boss"],
            &[("Ops", TeamRole::Admin), ("Dev", TeamRole::Admin)],
            count,
        ),
        (&names, &["ops"], &["peon"], &[("Ops", TeamRole::Responder)], Some("NOT_IN_TABLE")),
    ] {
        let attributes = [("teamName", teams), ("teamRole", received)];
        let case = transformed(vec![names.clone(), roles.clone()], &attributes);
        let (ada, fallbacks) = case.created();
        let teams: Vec<_> =
            ada.teams.iter().map(|team| (team.name.as_str(), team.requested)).collect();
        assert_eq!(teams, expected, "{received:?}");
        let reasons: Vec<_> = fallbacks.iter().map(|fallback| fallback.reason.code()).collect();
        assert_eq!(reasons, reason.into_iter().collect::<Vec<_>>(), "{received:?}");
    }
}

#[test]
fn one_attribute_with_teams_and_roles_has_a_role_for_all_teams() {
    let names = with_table(ProfileField::TeamName, &[("eng", "Engines"), ("loom", "Looms")]);
    let roles = with_table(ProfileField::TeamRole, &[("leads", "ADMIN")]);
    let mut case = transformed(vec![names, roles], &[("groups", &["eng", "leads", "loom"])]);
    for field in [ProfileField::TeamName, ProfileField::TeamRole] {
        case.policy.mapping.insert(field.into(), "groups".into());
    }
    let (ada, fallbacks) = case.created();
    let roles: Vec<_> = ada.teams.iter().map(|team| team.requested).collect();
    assert_eq!(roles, [TeamRole::Admin; 2]);
    assert_fallbacks(&fallbacks, &[]);
}

#[test]
fn no_login_creates_more_teams_than_a_request() {
    let names: Vec<String> = (0..MAX_TEAMS + 2).map(|number| format!("Team {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (ada, fallbacks) = Case::with(&[("teamName", &names)]).created();
    assert_eq!(ada.teams.len(), MAX_TEAMS);
    assert_fallbacks(&fallbacks, &[("teamName", "Team 1000", "TOO_MANY_VALUES", None)]);
}

#[test]
fn first_value_and_default_are_no_fallbacks() {
    let first = ValueTransform {
        first_only: true,
        separator: Some(";".into()),
        ..ValueTransform::new(ProfileField::Department)
    };
    let default = ValueTransform {
        default_value: Some("GUEST".into()),
        ..ValueTransform::new(ProfileField::Role)
    };
    let attributes: AttributeList<'_> = &[("department", &["Looms; Engines"])];
    let (ada, fallbacks) = transformed(vec![first, default], attributes).created();
    assert_eq!(ada.profile.text(ProfileField::Department), Some("Looms"));
    assert_eq!(ada.role.value, AccountRole::Guest);
    assert_eq!(ada.role.source, ValueSource::ConnectionDefault);
    assert_fallbacks(&fallbacks, &[]);
}

#[test]
fn roles_above_the_highest_are_lowered_and_recorded() {
    use AccountRole::{Admin, Guest, Responder, Stakeholder, User};
    for (highest, received, role) in [
        (Some(User), Admin, User),
        (Some(User), User, User),
        (Some(User), Guest, Guest),
        (Some(Stakeholder), Guest, Guest),
        (Some(Guest), Responder, Guest),
        (Some(Admin), Admin, Admin),
        (None, Admin, Admin),
    ] {
        let mut case = Case::with(&[("role", &[received.as_str()])]);
        case.policy.highest_role = highest;
        let (ada, fallbacks) = case.created();
        assert_eq!(ada.role.value, role, "{received} with {highest:?}");
        let lowered = ("role", received.as_str(), "ABOVE_HIGHEST_ROLE", Some(role.as_str()));
        let expected = if role == received { &[][..] } else { &[lowered][..] };
        assert_fallbacks(&fallbacks, expected);
    }
}

#[test]
fn team_roles_above_the_highest_are_lowered_but_not_below_the_account_role() {
    for (account, effective) in [("STAKEHOLDER", TeamRole::Responder), ("USER", TeamRole::User)] {
        let attributes: AttributeList<'_> =
            &[("role", &[account]), ("teamName", &["Ops"]), ("teamRole", &["ADMIN"])];
        let mut case = Case::with(attributes);
        case.policy.highest_team_role = Some(TeamRole::Responder);
        let (ada, fallbacks) = case.created();
        assert_eq!(ada.teams[0].requested, TeamRole::Responder);
        assert_eq!(ada.teams[0].role.value, effective);
        let used = Some(effective.as_str());
        assert_fallbacks(&fallbacks, &[("teamRole", "ADMIN", "ABOVE_HIGHEST_ROLE", used)]);
    }
}

#[test]
fn what_no_login_may_set_is_as_if_it_was_not_received() {
    let attributes: AttributeList<'_> = &[
        ("firstName", &["Augusta"]),
        ("department", &["Looms"]),
        ("role", &["ADMIN"]),
        ("mobileRegionCode", &["DE"]),
        ("mobileNumber", &["nonsense"]),
        ("teamName", &["Ops"]),
    ];
    let mut case = Case::with(attributes);
    case.policy.update_policies = crate::domain::update_policy::attributes_with_policy()
        .map(|name: AttributeName| (name, UpdatePolicy::Never))
        .collect();
    let (ada, fallbacks) = case.created();
    assert_eq!(ada.profile.first_name, "Ada", "parsed from the address");
    assert!(ada.profile.texts.is_empty() && ada.profile.mobile.is_none() && ada.teams.is_empty());
    assert_eq!(ada.role.value, AccountRole::Stakeholder);
    assert_fallbacks(&fallbacks, &[]);
}
