//! The address and the unique values of an existing user.

use super::*;

/// A later login with another address, by its identity.
fn renamed(record: ExistingRecord, policy: UpdatePolicy) -> Case {
    let attributes: AttributeList<'_> = &[("mail", &["ada@example.org"])];
    let mut case = login(record, &[("email", policy)], attributes);
    case.policy.email_attribute = Some("mail".into());
    case
}

#[test]
fn address_changes_under_always_alone() {
    let case = renamed(record(), UpdatePolicy::FirstLogin);
    assert_eq!((case.changes(), case.updated().2), (Vec::new(), Vec::new()));
    let case = renamed(record(), UpdatePolicy::Always);
    assert_eq!(case.changes(), ["email: ada.lovelace@example.com -> ada@example.org"]);
    let after = case.updated().1.unwrap().after;
    assert_eq!(after.email.as_str(), "ada@example.org");
    assert_eq!(after.profile.first_name, "Ada");
}

#[test]
fn address_of_another_user_is_not_taken() {
    let mut taken = renamed(record(), UpdatePolicy::Always);
    taken.known.taken.is_email_taken = true;
    let used = Some("ada.lovelace@example.com");
    assert_eq!(taken.changes(), [""; 0]);
    assert_fallbacks(&taken.updated().2, &[("mail", "ada@example.org", "ALREADY_USED", used)]);
    for lock in ["email", "emails", "userName"] {
        let mut locked = record();
        locked.user.locks = names(&[lock]);
        let case = renamed(locked, UpdatePolicy::Always);
        assert_eq!(case.changes(), [""; 0]);
        assert_fallbacks(&case.updated().2, &[("mail", "ada@example.org", "LOCKED", used)]);
    }
}

#[test]
fn address_that_is_not_certain_changes_nothing() {
    let encrypted = Case { encrypted: 1, ..renamed(record(), UpdatePolicy::Always) };
    assert_eq!(encrypted.changes(), [""; 0]);
    let mut case = login(record(), &[("email", UpdatePolicy::Always)], &[]);
    case.subject = subject("other@example.com", Some(PERSISTENT));
    assert_eq!(case.changes(), [""; 0]);
}

fn mapped(record: ExistingRecord, attributes: AttributeList<'_>) -> Case {
    let policies = ["externalId", "userName"].map(|name| (name, UpdatePolicy::Always));
    let mut case = login(record, &policies, attributes);
    let target = |name: &str| (MappingTarget::find(name).unwrap(), name.to_owned());
    case.policy.mapping = ["externalId", "userName"].map(target).into();
    case
}

#[test]
fn unique_values_follow_their_policy() {
    let both: AttributeList<'_> = &[("externalId", &["4711"]), ("userName", &["ada"])];
    let case = mapped(record(), both);
    assert_eq!(case.changes(), ["externalId: - -> 4711", "userName: - -> ada"]);

    let mut taken = mapped(record(), both);
    taken.known.taken =
        TakenValues { is_email_taken: false, is_external_id_taken: true, is_user_name_taken: true };
    assert_eq!(taken.changes(), [""; 0]);
    assert_fallbacks(
        &taken.updated().2,
        &[("externalId", "4711", "ALREADY_USED", None), ("userName", "ada", "ALREADY_USED", None)],
    );

    let own = || {
        let mut record = set_by(login_through(connection(1)), &["externalId", "userName"]);
        record.user.external_id = Some("1".into());
        record.user.user_name = Some("countess".parse().unwrap());
        record
    };
    assert_eq!(mapped(own(), &[]).changes(), ["externalId: 1 -> -"], "the user name stays");
    let mut unmapped = mapped(own(), &[]);
    unmapped.policy.mapping.clear();
    assert_eq!(unmapped.changes(), [""; 0]);
    let mut mapped_address = mapped(
        record(),
        &[("userName", &["ada.lovelace@example.com"]), ("mail", &["ada@example.org"])],
    );
    mapped_address.policy.update_policies.insert(name("email"), UpdatePolicy::Always);
    mapped_address.policy.email_attribute = Some("mail".into());
    let expected = [
        "email: ada.lovelace@example.com -> ada@example.org",
        "userName: - -> ada.lovelace@example.com",
    ];
    assert_eq!(mapped_address.changes(), expected, "the user name does not follow the address");
    let malformed = mapped(own(), &[("userName", &["a\u{7}"])]);
    assert_eq!(
        (malformed.changes(), malformed.updated().2.len()),
        (vec!["externalId: 1 -> -".to_owned()], 1)
    );
    let address: AttributeList<'_> = &[("userName", &["ADA.lovelace@example.com"])];
    assert_eq!(mapped(record(), address).changes(), [""; 0], "the address is the user name");
}
