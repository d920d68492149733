//! What a login changes of the memberships of an existing user.

use super::*;

#[test]
fn always_for_teams_touches_only_memberships_of_this_connection() {
    let policies = [("teams", UpdatePolicy::Always)];
    for (memberships, attributes, changes) in [
        (
            vec![],
            &[("teamName", &["Ops", "New"][..])][..],
            &["Ops: Add(Responder)", "New: Add(Responder)"][..],
        ),
        (
            vec![membership(1, "Ops", true)],
            &[("teamName", &["Looms"])],
            &["Looms: Add(Responder)", "Ops: Remove(User)"],
        ),
        (
            vec![membership(1, "Ops", false)],
            &[("teamName", &["Looms"])],
            &["Looms: Add(Responder)"],
        ),
        (vec![membership(1, "Ops", true)], &[], &["Ops: Remove(User)"]),
        (
            vec![membership(1, "Ops", true)],
            &[("teamName", &["ops"]), ("teamRole", &["ADMIN"])],
            &["Ops: Change { from: User, to: Admin }"],
        ),
        (
            vec![membership(1, "Ops", false)],
            &[("teamName", &["ops"]), ("teamRole", &["ADMIN"])],
            &[],
        ),
        (vec![membership(1, "Ops", true)], &[("teamName", &["ops"]), ("teamRole", &["USER"])], &[]),
    ] {
        let record = ExistingRecord { teams: memberships, ..record() };
        let case = login(record, &policies, attributes);
        assert_eq!(case.team_changes(), changes, "{attributes:?}");
        assert_eq!(case.updated().1.is_some(), !changes.is_empty());
    }
}

#[test]
fn unusable_team_values_take_nothing_away() {
    let policies = [("teams", UpdatePolicy::Always)];
    let admin = || ExistingMembership { requested: TeamRole::Admin, ..membership(1, "Ops", true) };
    for (attributes, encrypted, highest) in [
        (&[("teamName", &["Ops"][..]), ("teamRole", &["OWNER"])][..], 0, None),
        (&[("teamName", &["Ops"]), ("teamRole", &["OWNER", "BOSS"])], 0, None),
        (&[("teamName", &["Ops"])], 1, None),
        (&[("teamName", &["O\u{200b}ps"])], 0, None),
        (&[("teamName", &["Ops"]), ("teamRole", &["ADMIN"])], 0, Some(TeamRole::Responder)),
    ] {
        let record = ExistingRecord { teams: vec![admin()], ..record() };
        let mut case = login(record, &policies, attributes);
        case.policy.highest_team_role = highest;
        case.encrypted = encrypted;
        let (_, update, _) = case.updated();
        assert_eq!(update, None, "{attributes:?}");
    }
}

#[test]
fn higher_role_of_the_same_login_raises_the_team_roles() {
    let policies = [("teams", UpdatePolicy::Always), ("role", UpdatePolicy::Always)];
    let attributes: AttributeList<'_> = &[("role", &["ADMIN"]), ("teamName", &["Ops"])];
    let (entry, ..) = login(record(), &policies, attributes).updated();
    assert_eq!(entry.teams[0].assignment.role.value, TeamRole::Admin);
    assert_eq!(entry.teams[0].assignment.requested, TeamRole::Responder);
}
