//! "Who is it?": the subject, the e-mail address, and whom they find.

use super::*;
use crate::domain::{
    provisioning::{ExistingUserLogin, FoundBy},
    subject::SubjectComparison,
};

fn resolved_subject(subject: Subject, attributes: AttributeList<'_>) -> ResolvedSubject {
    Case { subject, ..Case::with(attributes) }.resolve().unwrap()
}

fn subject_of(who: &ResolvedSubject) -> Option<&str> {
    who.subject.as_ref().map(|key| key.text.as_str())
}

fn email_of(who: &ResolvedSubject) -> Option<(&str, &ValueSource)> {
    who.email.as_ref().map(|email| (email.value.as_str(), &email.source))
}

#[test]
fn the_subject_is_the_name_id_trimmed() {
    for (name_id, expected) in
        [("00u1abcdEFGH", "00u1abcdEFGH"), (" 00u1abcdEFGH\n", "00u1abcdEFGH"), ("a b", "a b")]
    {
        let who = resolved_subject(subject(name_id, Some(PERSISTENT)), &[]);
        assert_eq!(who.subject, Some(SubjectKey::exact(expected)), "{name_id:?}");
    }
}

#[test]
fn name_id_is_compared_by_its_format() {
    use SubjectComparison::{Address, Exact};
    const KERBEROS: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos";
    for (name_id, format, text, comparison) in [
        ("Vic@X.com", Some(EMAIL_FORMAT), "vic@x.com", Address),
        ("Vic@X.com", Some(UNSPECIFIED), "vic@x.com", Address),
        ("Vic@X.com", None, "vic@x.com", Address),
        ("Vic@X.com", Some(PERSISTENT), "Vic@X.com", Exact),
        ("vic@x.com", Some(PERSISTENT), "vic@x.com", Exact),
        ("Vic@X.com", Some(KERBEROS), "Vic@X.com", Exact),
        ("Vic@X.com", Some("urn:example:own"), "Vic@X.com", Exact),
        ("Vic@X.com", Some(""), "Vic@X.com", Exact),
        ("E-4711", Some(EMAIL_FORMAT), "E-4711", Exact),
        ("E-4711", Some(UNSPECIFIED), "E-4711", Exact),
    ] {
        let who = resolved_subject(subject(name_id, format), &[]);
        let expected = SubjectKey { text: text.to_owned(), comparison };
        assert_eq!(who.subject, Some(expected), "{name_id} {format:?}");
        let address = name_id.contains('@').then_some("vic@x.com");
        assert_eq!(who.email_key().map(|email| email.as_str()), address, "{name_id} {format:?}");
    }
}

#[test]
fn same_text_in_another_format_is_a_conflict_and_not_a_login() {
    let formats = [PERSISTENT, EMAIL_FORMAT];
    for (format, other) in [(formats[0], formats[1]), (formats[1], formats[0])] {
        let stored = resolved_subject(subject("vic@x.com", Some(format)), &[]).subject;
        let known = ExistingUser { subject: stored, ..known_user(1, UserStatus::Active, None) };
        let case = Case {
            subject: subject("vic@x.com", Some(other)),
            known: ExistingRecords { by_email: Some(known), ..ExistingRecords::default() },
            ..Case::default()
        };
        assert_eq!(case.decision(), Decision::Deny(Denial::IdentityConflict(user_id(1))));
    }
}

#[test]
fn look_alike_name_id_is_not_an_address() {
    for name_id in ["mi\u{212a}e@example.com", "ｍike@example.com", "mike\u{200b}@example.com"] {
        for format in [Some(EMAIL_FORMAT), Some(UNSPECIFIED), Some(PERSISTENT), None] {
            let who = resolved_subject(subject(name_id, format), &[]);
            assert_eq!(who.subject, Some(SubjectKey::exact(name_id)), "{format:?}");
            assert_eq!(who.email, None, "{format:?}");
        }
    }
}

#[test]
fn identity_of_an_earlier_release_gets_the_subject_and_its_comparison() {
    use SubjectComparison::{Address, Exact, Folded, Unknown};
    for (comparison, format, link) in [
        (Folded, PERSISTENT, Some(SubjectKey::exact("Ada@Example.com"))),
        (Unknown, PERSISTENT, Some(SubjectKey::exact("Ada@Example.com"))),
        (Folded, EMAIL_FORMAT, Some(key("ada@example.com"))),
        (Unknown, EMAIL_FORMAT, Some(key("ada@example.com"))),
        (Exact, PERSISTENT, None),
        (Address, EMAIL_FORMAT, None),
    ] {
        let stored = SubjectKey { text: "ada@example.com".to_owned(), comparison };
        let user =
            ExistingUser { subject: Some(stored), ..known_user(1, UserStatus::Active, None) };
        let case = Case {
            subject: subject("Ada@Example.com", Some(format)),
            known: ExistingRecords { by_identity: Some(user), ..ExistingRecords::default() },
            ..Case::default()
        };
        let entry = ExistingUserLogin::new(user_id(1), FoundBy::Identity, link);
        assert_eq!(case.decision(), Decision::SignIn(entry), "{comparison:?} {format}");
    }
}

#[test]
fn opaque_subject_is_compared_with_case() {
    assert_eq!(resolved_subject(subject("AbC", None), &[]).subject, Some(SubjectKey::exact("AbC")));
}

#[test]
fn a_transient_name_id_is_neither_subject_nor_address() {
    let who = resolved_subject(subject("ada@example.com", Some(TRANSIENT)), &[]);
    assert_eq!((who.subject, who.email), (None, None));
}

#[test]
fn a_transient_name_id_never_becomes_an_identity() {
    let case = Case {
        subject: subject("_7f3a", Some(TRANSIENT)),
        ..Case::with(&[("email", &["ada@example.com"])])
    };
    assert_eq!(case.created().0.link, None);
}

#[test]
fn a_transient_name_id_may_be_any_text() {
    let case = Case {
        subject: subject(&"\0".repeat(300), Some(TRANSIENT)),
        ..Case::with(&[("email", &["ada@example.com"])])
    };
    assert_eq!(case.created().0.link, None);
}

#[test]
fn a_subject_out_of_bounds_is_rejected() {
    let longest = "x".repeat(256);
    assert_eq!(subject_of(&resolved_subject(subject(&longest, None), &[])), Some(longest.as_str()));
    for name_id in ["", "  \n", "a\0b", "a\u{1b}[2Jb", "a\nb", &"x".repeat(257)] {
        let case = Case {
            subject: subject(name_id, None),
            ..Case::with(&[("email", &["ada@example.com"])])
        };
        assert_eq!(case.resolve(), Err(Denial::SubjectUnusable), "{name_id:?}");
        assert_eq!(case.decision(), Decision::Deny(Denial::SubjectUnusable), "{name_id:?}");
    }
}

fn with_subject_attribute(attributes: AttributeList<'_>) -> Case {
    let mut case = Case::with(attributes);
    case.policy.subject_attribute = Some(" employeeId ".to_owned());
    case
}

#[test]
fn subject_attribute_replaces_the_name_id() {
    for name_id in [subject("ada@example.com", Some(EMAIL_FORMAT)), subject("_1", Some(TRANSIENT))]
    {
        let case = Case {
            subject: name_id,
            ..with_subject_attribute(&[("employeeId", &["", " E-4711 ", "E-4711"])])
        };
        assert_eq!(case.resolve().unwrap().subject, Some(SubjectKey::exact("E-4711")));
    }
}

#[test]
fn subject_attribute_is_compared_exactly() {
    let case = with_subject_attribute(&[("employeeId", &["Ada@Example.com"])]);
    assert_eq!(case.resolve().unwrap().subject, Some(SubjectKey::exact("Ada@Example.com")));
}

#[test]
fn login_without_a_usable_subject_attribute_is_denied() {
    let long = "x".repeat(257);
    let cases: [(&str, AttributeList<'_>); 7] = [
        ("absent", &[]),
        ("no value", &[("employeeId", &[])]),
        ("blank", &[("employeeId", &["  "])]),
        ("in other case", &[("EmployeeID", &["E-4711"])]),
        ("too long", &[("employeeId", &[&long])]),
        ("control character", &[("employeeId", &["E\u{0}"])]),
        ("two different ones", &[("employeeId", &["E-4711", "E-4712"])]),
    ];
    for (name, attributes) in cases {
        let case = with_subject_attribute(attributes);
        assert_eq!(case.resolve(), Err(Denial::SubjectUnusable), "{name}");
    }
}

#[test]
fn blank_subject_attribute_in_the_policy_is_ignored() {
    let mut case = Case::default();
    case.policy.subject_attribute = Some("  ".to_owned());
    assert_eq!(case.resolve().unwrap().subject, Some(key("ada.lovelace@example.com")));
}

#[test]
fn a_name_id_is_an_address_by_its_format_or_by_its_shape() {
    for format in [Some(EMAIL_FORMAT), Some(UNSPECIFIED), Some("urn:example:other"), None] {
        let who = resolved_subject(
            subject("ada@example.com", format),
            &[("email", &["other@example.com"])],
        );
        assert_eq!(email_of(&who), Some(("ada@example.com", &ValueSource::NameId)), "{format:?}");
    }
}

#[test]
fn name_id_of_the_address_format_without_an_address_is_ignored() {
    let who =
        resolved_subject(subject("ada", Some(EMAIL_FORMAT)), &[("email", &["ada@example.com"])]);
    assert_eq!(email_of(&who), Some(("ada@example.com", &from_attribute("email"))));
}

#[test]
fn persistent_name_id_is_the_last_source_of_the_address() {
    let name_id = subject("k7f2@university.example", Some(PERSISTENT));
    let with_mail = resolved_subject(name_id.clone(), &[("mail", &["ada@university.example"])]);
    assert_eq!(email_of(&with_mail), Some(("ada@university.example", &from_attribute("mail"))));
    let alone = resolved_subject(name_id, &[]);
    assert_eq!(email_of(&alone), Some(("k7f2@university.example", &ValueSource::NameId)));
}

#[test]
fn the_address_is_looked_for_in_order() {
    /// What the case is, the attributes; the address and its attribute.
    type Row<'a> = (&'a str, AttributeList<'a>, Option<(&'a str, &'a str)>);
    let opaque = || subject("00u1", Some(UNSPECIFIED));
    let cases: [Row<'_>; 7] = [
        ("email", &[("email", &["a@x.io"])], Some(("a@x.io", "email"))),
        ("mail", &[("mail", &["a@x.io"])], Some(("a@x.io", "mail"))),
        (
            "email before mail",
            &[("mail", &["b@x.io"]), ("email", &["a@x.io"])],
            Some(("a@x.io", "email")),
        ),
        (
            "mail if email is unusable",
            &[("email", &["nobody"]), ("mail", &["b@x.io"])],
            Some(("b@x.io", "mail")),
        ),
        (
            "first usable value",
            &[("email", &["", "x", "a@x.io", "b@x.io"])],
            Some(("a@x.io", "email")),
        ),
        ("names are matched exactly", &[("Email", &["a@x.io"]), ("MAIL", &["a@x.io"])], None),
        ("none", &[], None),
    ];
    for (name, attributes, expected) in cases {
        let who = resolved_subject(opaque(), attributes);
        let expected = expected.map(|(address, attribute)| (address, from_attribute(attribute)));
        let expected = expected.as_ref().map(|(address, source)| (*address, source));
        assert_eq!(email_of(&who), expected, "{name}");
    }
}

#[test]
fn mapped_address_attribute_takes_precedence() {
    let choose = |attributes: AttributeList<'_>| {
        let mut case = Case::with(attributes);
        case.policy.email_attribute = Some(" urn:oid:0.9.2342.19200300.100.1.3 ".to_owned());
        let email = case.resolve().unwrap().email.unwrap();
        (email.value.to_string(), email.source)
    };
    let chosen = "urn:oid:0.9.2342.19200300.100.1.3";
    assert_eq!(
        choose(&[("email", &["a@x.io"]), (chosen, &["b@x.io"])]),
        ("b@x.io".to_owned(), from_attribute(chosen))
    );
    assert_eq!(
        choose(&[("email", &["a@x.io"]), (chosen, &["nobody"])]),
        ("ada.lovelace@example.com".to_owned(), ValueSource::NameId),
        "if it is unusable, the others are looked at"
    );
}

#[test]
fn login_without_address_and_identity_is_denied() {
    for name_id in ["00u1", "ada@", "ada lovelace@example.com"] {
        let case = Case { subject: subject(name_id, None), ..Case::default() };
        assert_eq!(case.decision(), Decision::Deny(Denial::EmailUnusable), "{name_id}");
    }
}

#[test]
fn unusable_address_is_reported_before_the_guard() {
    let mut case = Case { subject: subject("00u1", None), ..Case::default() };
    case.policy.check_provision_attribute = Some("role".to_owned());
    assert_eq!(case.decision(), Decision::Deny(Denial::EmailUnusable));
}

#[test]
fn a_new_user_has_the_address_and_the_identity() {
    let (ada, fallbacks) = Case::default().created();
    assert_eq!(ada.link, Some(key("ada.lovelace@example.com")));
    assert_eq!(
        ada.email,
        ValueWithSource { value: parsed("ada.lovelace@example.com"), source: ValueSource::NameId }
    );
    assert_eq!(fallbacks, []);
}

#[test]
fn several_addresses_fall_back_to_the_one_that_was_used() {
    let case = Case {
        subject: subject("00u1", None),
        ..Case::with(&[("email", &["ada@example.com", "lovelace@example.com"])])
    };
    let (ada, fallbacks) = case.created();
    assert_eq!(ada.email.value.as_str(), "ada@example.com");
    let expected = ("email", "ada@example.com, lovelace@example.com", "SEVERAL_VALUES");
    assert_fallbacks(&fallbacks, &[(expected.0, expected.1, expected.2, Some("ada@example.com"))]);
}

#[test]
fn disabled_connection_denies_every_login() {
    for known in [None, Some(known_user(1, UserStatus::Active, None))] {
        let case = Case {
            enabled: false,
            known: ExistingRecords {
                by_identity: known.clone(),
                by_email: known,
                ..ExistingRecords::default()
            },
            ..Case::default()
        };
        assert_eq!(case.resolve(), Err(Denial::ConnectionDisabled));
        assert_eq!(case.decision(), Decision::Deny(Denial::ConnectionDisabled));
    }
}

#[test]
fn connection_disabled_during_the_login_denies_it() {
    let case = Case::default();
    let who = case.resolve().unwrap();
    let attributes = Attributes::default();
    let login = LoginInput { connection_enabled: false, ..case.login(&attributes) };
    let plan = plan(&login, &who, &ExistingRecords::default()).plan;
    assert_eq!(plan.decision, Decision::Deny(Denial::ConnectionDisabled));
}

#[test]
fn the_teams_to_look_up_are_each_named_once() {
    let case = Case::with(&[("teamName", &["Ops", " oPS ", "", "a\0b", "Dev"])]);
    let keys: Vec<_> = case.resolve().unwrap().teams;
    assert_eq!(keys.iter().map(|key| key.as_str()).collect::<Vec<_>>(), ["ops", "dev"]);
}
