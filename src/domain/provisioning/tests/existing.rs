//! Users who are there already: found by identity or e-mail, staged, active,
//! disabled. Nothing of them changes.

use super::*;
use crate::domain::provisioning::{ExistingUserLogin, FoundBy};

/// The other attributes of an existing user: all of them, and some malformed.
const CHANGED: AttributeList<'_> = &[
    ("firstName", &["Augusta", "Ada"]),
    ("lastName", &["King"]),
    ("position", &["Countess"]),
    ("department", &["Nobility"]),
    ("role", &["EMPRESS"]),
    ("mobileNumber", &["0221 123 123"]),
    ("userProfileImage", &["javascript:alert(1)"]),
    ("teamName", &["Engines", "engines"]),
    ("teamRole", &["ADMIN"]),
];

fn entry(found_by: FoundBy, link: Option<&str>) -> ExistingUserLogin {
    ExistingUserLogin::new(user_id(1), found_by, link.map(key))
}

fn by_identity(status: UserStatus) -> ExistingRecords {
    let user = known_user(1, status, Some("ada.lovelace@example.com"));
    ExistingRecords { by_identity: Some(user), ..ExistingRecords::default() }
}

fn by_email(status: UserStatus, subject: Option<&str>) -> ExistingRecords {
    ExistingRecords { by_email: Some(known_user(1, status, subject)), ..ExistingRecords::default() }
}

#[test]
fn a_user_found_by_identity_signs_in() {
    let case = Case { known: by_identity(UserStatus::Active), ..Case::default() };
    assert_eq!(case.decision(), Decision::SignIn(entry(FoundBy::Identity, None)));
}

#[test]
fn user_found_by_identity_signs_in_with_any_address() {
    let cases: [(&str, AttributeList<'_>, Option<ExistingUser>); 3] = [
        ("no address", &[], None),
        ("an unusable address", &[("email", &["nobody"])], None),
        (
            "somebody else's address",
            &[("email", &["charles@example.com"])],
            Some(known_user(2, UserStatus::Active, Some("charles"))),
        ),
    ];
    for (name, attributes, by_email) in cases {
        let case = Case {
            subject: subject("00u1", Some(PERSISTENT)),
            known: ExistingRecords { by_email, ..by_identity(UserStatus::Active) },
            ..Case::with(attributes)
        };
        assert_eq!(case.decision(), Decision::SignIn(entry(FoundBy::Identity, None)), "{name}");
    }
}

#[test]
fn a_user_found_by_address_is_linked_once() {
    let case = Case { known: by_email(UserStatus::Active, None), ..Case::default() };
    let link = Some("ada.lovelace@example.com");
    assert_eq!(case.decision(), Decision::SignIn(entry(FoundBy::Email, link)));
}

#[test]
fn a_staged_user_is_claimed_and_linked() {
    let case = Case { known: by_email(UserStatus::Staged, None), ..Case::default() };
    let link = Some("ada.lovelace@example.com");
    assert_eq!(case.decision(), Decision::Claim(entry(FoundBy::Email, link)));
}

#[test]
fn a_staged_user_who_has_an_identity_already_is_claimed() {
    let case = Case { known: by_identity(UserStatus::Staged), ..Case::default() };
    assert_eq!(case.decision(), Decision::Claim(entry(FoundBy::Identity, None)));
}

#[test]
fn a_user_with_another_identity_on_this_connection_is_not_linked_again() {
    for status in [UserStatus::Active, UserStatus::Staged] {
        let case = Case { known: by_email(status, Some("00u1")), ..Case::default() };
        let denial = Denial::IdentityConflict(user_id(1));
        assert_eq!(case.decision(), Decision::Deny(denial), "{status:?}");
    }
}

#[test]
fn user_with_the_same_identity_is_not_a_conflict() {
    let known = by_email(UserStatus::Active, Some("ada.lovelace@example.com"));
    let case = Case { known, ..Case::default() };
    assert_eq!(case.decision(), Decision::SignIn(entry(FoundBy::Email, None)));
}

#[test]
fn a_transient_subject_finds_by_address_and_links_nothing() {
    for own in [None, Some("00u1")] {
        let case = Case {
            subject: subject("_7f3a", Some(TRANSIENT)),
            known: by_email(UserStatus::Active, own),
            ..Case::with(&[("email", &["ada@example.com"])])
        };
        assert_eq!(case.decision(), Decision::SignIn(entry(FoundBy::Email, None)), "{own:?}");
    }
}

#[test]
fn disabled_user_cannot_sign_in() {
    for (name, known) in [
        ("by identity", by_identity(UserStatus::Disabled)),
        ("by address", by_email(UserStatus::Disabled, None)),
        ("by address, with another identity", by_email(UserStatus::Disabled, Some("00u1"))),
    ] {
        let case = Case { known, ..Case::with(CHANGED) };
        let denial = Denial::UserDisabled(user_id(1));
        assert_eq!(case.decision(), Decision::Deny(denial), "{name}");
    }
}

#[test]
fn existing_user_is_unchanged_without_fallbacks() {
    for (name, known) in [
        ("active, by identity", by_identity(UserStatus::Active)),
        ("active, by address", by_email(UserStatus::Active, None)),
        ("staged, by address", by_email(UserStatus::Staged, None)),
        ("disabled", by_identity(UserStatus::Disabled)),
    ] {
        let plain = Case { known: known.clone(), ..Case::default() }.plan();
        let changed = Case { known, ..Case::with(CHANGED) }.plan();
        assert_eq!(changed, plain, "{name}: the attributes make no difference");
        assert_eq!(changed.fallbacks, [], "{name}");
    }
}

#[test]
fn denied_login_has_no_fallbacks() {
    let mut case = Case::with(CHANGED);
    case.policy.check_provision_attribute = Some("provision".to_owned());
    assert_eq!(case.plan().fallbacks, []);
}

fn deleted(may_return: bool) -> ExistingRecords {
    let deleted = Some(DeletedUserMatch { id: user_id(2), may_return });
    ExistingRecords { deleted, ..ExistingRecords::default() }
}

#[test]
fn deleted_user_is_not_recreated_unless_the_account_allows_it() {
    let denied = Decision::Deny(Denial::UserDeleted(user_id(2)));
    let case = Case { known: deleted(false), ..Case::with(CHANGED) };
    assert_eq!((case.decision(), case.plan().fallbacks), (denied, Vec::new()));
    let case = Case { known: deleted(true), ..Case::default() };
    assert!(matches!(case.decision(), Decision::Create(_)));
}

#[test]
fn deletion_is_reported_before_other_denials() {
    let denied = Decision::Deny(Denial::UserDeleted(user_id(2)));
    let mut guarded = Case { known: deleted(false), ..Case::default() };
    guarded.policy.check_provision_attribute = Some("provision".to_owned());
    assert_eq!(guarded.decision(), denied);
    let subject = || subject("00u1", Some(PERSISTENT));
    let without = Case { subject: subject(), known: deleted(false), ..Case::default() };
    assert_eq!(without.decision(), denied, "there is no address");
    let without = Case { subject: subject(), known: deleted(true), ..Case::default() };
    assert_eq!(without.decision(), Decision::Deny(Denial::EmailUnusable));
}

#[test]
fn restaged_user_signs_in_despite_a_tombstone() {
    let known =
        ExistingRecords { deleted: deleted(false).deleted, ..by_email(UserStatus::Staged, None) };
    let case = Case { known, ..Case::default() };
    assert!(matches!(case.decision(), Decision::Claim(_)));
    let known =
        ExistingRecords { deleted: deleted(false).deleted, ..by_identity(UserStatus::Active) };
    assert!(matches!(Case { known, ..Case::default() }.decision(), Decision::SignIn(_)));
}
