//! Locked attributes of an existing user, which no login changes.

use super::*;

fn locked(attributes: &[&str]) -> ExistingRecord {
    let mut record = record();
    record.user.locks = names(attributes);
    record
}

#[test]
fn locked_attributes_stay_and_are_recorded() {
    let all: Vec<_> = attributes_with_policy()
        .map(|name| (name.built_in().unwrap(), UpdatePolicy::Always))
        .collect();
    let attributes: AttributeList<'_> =
        &[("department", &["Nobility"]), ("position", &["Countess"]), ("teamName", &["Ops"])];
    let case = login(locked(&["department", "teams"]), &all, attributes);
    assert_eq!(case.changes(), ["position: - -> Countess"]);
    assert_eq!(case.team_changes(), [""; 0]);
    assert_fallbacks(
        &case.updated().2,
        &[
            ("department", "Nobility", "LOCKED", Some("Engines")),
            ("teamName", "Ops", "LOCKED", None),
        ],
    );
    let same: AttributeList<'_> = &[("department", &["Engines"])];
    assert_eq!(
        login(locked(&["department"]), &all, same).updated().2,
        [],
        "the same value is no change"
    );
}

#[test]
fn lock_of_a_list_holds_for_its_main_value() {
    let policies = [("mobile", UpdatePolicy::Always), ("userProfileImage", UpdatePolicy::Always)];
    let attributes: AttributeList<'_> = &[
        ("mobileRegionCode", &["DE"]),
        ("mobileNumber", &["0221 123 123"]),
        ("userProfileImage", &["https://example.com/a.png"]),
    ];
    let (entry, update, fallbacks) =
        login(locked(&["phoneNumbers", "photos"]), &policies, attributes).updated();
    assert_eq!((entry.changes, update), (Vec::new(), None));
    let reasons: Vec<_> = fallbacks.iter().map(|fallback| fallback.reason.code()).collect();
    assert_eq!(reasons, ["LOCKED", "LOCKED"]);
}

#[test]
fn removal_of_a_locked_value_is_recorded() {
    let policies = [
        ("department", UpdatePolicy::Always),
        ("role", UpdatePolicy::Always),
        ("teams", UpdatePolicy::Always),
    ];
    let mut record = set_by(login_through(connection(1)), &["department", "role"]);
    record.teams = vec![membership(1, "Ops", true)];
    record.user.locks = names(&["department", "role", "teams"]);
    let case = login(record, &policies, &[]);
    assert_eq!(case.changes(), [""; 0]);
    assert_eq!(case.team_changes(), [""; 0]);
    assert_fallbacks(
        &case.updated().2,
        &[
            ("department", "", "LOCKED", Some("Engines")),
            ("role", "", "LOCKED", Some("USER")),
            ("teamName", "", "LOCKED", Some("Ops")),
        ],
    );
}
