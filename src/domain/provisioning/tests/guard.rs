//! The "Check provision attribute".

use super::*;

fn guarded(guard: &str, attributes: Vec<Attribute>) -> Case {
    let mut case = Case { attributes, ..Case::default() };
    case.policy.check_provision_attribute = Some(guard.to_owned());
    case
}

fn missing(guard: &str) -> Decision {
    Decision::Deny(Denial::GuardAttributeMissing { attribute: guard.to_owned() })
}

#[test]
fn by_default_nothing_is_checked() {
    assert_eq!(Case::default().policy.check_provision_attribute, None);
    Case::default().created();
}

#[test]
fn an_empty_guard_checks_nothing() {
    for guard in ["", "  "] {
        guarded(guard, Vec::new()).created();
    }
}

#[test]
fn guard_is_satisfied_by_any_value() {
    for (name, values) in [
        ("a role", &["USER"][..]),
        ("no role at all", &["nonsense"]),
        ("false", &["false"]),
        ("empty", &[""]),
        ("blank", &["  "]),
        ("several", &["", "x"]),
        ("no value element", &[]),
    ] {
        let case = guarded("role", vec![attribute("role", values)]);
        assert!(matches!(case.decision(), Decision::Create(_)), "{name}");
    }
}

#[test]
fn missing_guard_attribute_denies_creation_and_is_named() {
    assert_eq!(guarded("role", Vec::new()).decision(), missing("role"));
    let others = vec![attribute("firstName", &["Ada"]), attribute("teamName", &["Ops"])];
    let plan = guarded("role", others).plan();
    assert_eq!(plan.decision, missing("role"));
    assert_eq!(plan.fallbacks, []);
}

#[test]
fn guard_may_be_any_attribute_of_the_response() {
    let case = guarded("memberOf", vec![attribute("memberOf", &["cn=usher"])]);
    assert!(matches!(case.decision(), Decision::Create(_)));
}

#[test]
fn the_guard_is_trimmed_and_matched_exactly() {
    let role = || vec![attribute("role", &["USER"])];
    assert!(matches!(guarded(" role ", role()).decision(), Decision::Create(_)));
    assert_eq!(guarded("Role", role()).decision(), missing("Role"));
    assert_eq!(guarded("rol", role()).decision(), missing("rol"));
}

#[test]
fn guard_matches_response_attributes_and_not_mapped_fields() {
    let mut case = guarded("role", vec![attribute("urn:example:role", &["USER"])]);
    case.policy.mapping.insert(ProfileField::Role.into(), "urn:example:role".to_owned());
    assert_eq!(case.decision(), missing("role"));
}

#[test]
fn existing_and_staged_users_are_not_checked() {
    for status in [UserStatus::Active, UserStatus::Staged] {
        for by_identity in [true, false] {
            let user = Some(known_user(1, status, None));
            let known = if by_identity {
                ExistingRecords { by_identity: user, ..ExistingRecords::default() }
            } else {
                ExistingRecords { by_email: user, ..ExistingRecords::default() }
            };
            let case = Case { known, ..guarded("role", Vec::new()) };
            assert!(
                matches!(case.decision(), Decision::SignIn(_) | Decision::Claim(_)),
                "{status:?}"
            );
        }
    }
}
