//! The checks of the assertion.

use super::{
    super::kit::{
        ACS, IDP, IDP_KEY, Message, NO_CHECKS, REQUEST, SP, Setting, Sign, actual, failed, now,
        verify,
    },
    *,
};
use crate::saml::response::RequestState;

#[test]
fn invalid_assertions_fail_their_check() {
    let a1 = r#"ID="_a1" Version="2.0" IssueInstant="2026-11-23T10:00:00Z""#;
    let at = |time: &str| format!(r#"ID="_a1" Version="2.0" IssueInstant="{time}""#);
    let issuer = format!("<saml:Issuer>{IDP}</saml:Issuer>ASSERTION");
    let name = r#"<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@example.com</saml:NameID>"#;
    let named = |text: &str| format!("<saml:NameID>{text}</saml:NameID>");
    let (one, both) = (Sign::Assertion, Sign::Both);
    assert_defects_fail(vec![
        defect("version", a1, a1.replace("2.0", "1.1"), one, &[CheckId::ResponseVersion]),
        defect(
            "issuer",
            &issuer,
            "<saml:Issuer>https://evil.example</saml:Issuer>ASSERTION",
            one,
            &[CheckId::AssertionIssuer],
        ),
        defect("no issuer", &issuer, "ASSERTION", both, &[CheckId::AssertionIssuer]),
        defect("old", a1, at("2026-11-23T09:51:59Z"), one, &[CheckId::ResponseIssueInstant]),
        defect("future", a1, at("2026-11-23T10:03:01Z"), both, &[CheckId::ResponseIssueInstant]),
        defect("no name", name, "", one, &[CheckId::SubjectNameId]),
        defect("empty name", name, named(" "), one, &[CheckId::SubjectNameId]),
        defect("long name", name, named(&"x".repeat(257)), one, &[CheckId::SubjectNameId]),
        defect(
            "name with a line break",
            name,
            named("ada&#10;@example.com"),
            one,
            &[CheckId::SubjectNameId],
        ),
        defect(
            "name of elements",
            name,
            named("<saml:Issuer>ada</saml:Issuer>"),
            one,
            &[CheckId::SubjectNameId],
        ),
        defect("blank name", name, named("\u{a0}&#10;"), both, &[CheckId::SubjectNameId]),
        defect("base ID", name, "<saml:BaseID/>", one, &[CheckId::SubjectNameId]),
        defect("encrypted ID", name, "<saml:EncryptedID/>", one, &[CheckId::SubjectNameId]),
        defect(
            "no authentication",
            "saml:AuthnStatement",
            "saml:AuthzDecisionStatement",
            one,
            &[CheckId::AuthnStatement],
        ),
        defect("session ended", "18:00:00Z", "10:00:00Z", one, &[CheckId::AuthnSession]),
        defect(
            "session ends in words",
            "2026-11-23T18:00:00Z",
            "late",
            one,
            &[CheckId::AuthnSession],
        ),
    ]);
}

#[test]
fn encrypted_name_id_names_the_remedy() {
    let name = r#"<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@example.com</saml:NameID>"#;
    let message =
        Message::new().with(name, "<saml:EncryptedID/>").signed(Sign::Assertion, &IDP_KEY);
    let verdict = verify(&message);
    let text = actual(&verdict, CheckId::SubjectNameId);
    assert!(text.contains("at the identity provider"), "{text}");
    assert!(text.contains("encrypt the whole assertion"), "{text}");
}

#[test]
fn encrypted_attributes_are_counted_beside_the_others() {
    let statement = "<saml:AttributeStatement>";
    let encrypted = format!("{statement}<saml:EncryptedAttribute/><saml:EncryptedAttribute/>");
    let plain = verify(&Message::new().signed(Sign::Both, &IDP_KEY)).assertion.unwrap();
    let message = Message::new().with(statement, &encrypted).signed(Sign::Both, &IDP_KEY);
    let attributes = verify(&message).assertion.unwrap().attributes;
    assert_eq!((plain.attributes.encrypted_count(), attributes.encrypted_count()), (0, 2));
    assert!(attributes.iter().eq(plain.attributes.iter()));
}

#[test]
fn invalid_confirmations_fail_their_check() {
    let until = r#"NotOnOrAfter="2026-11-23T10:05:00Z""#;
    let recipient = format!(r#" Recipient="{ACS}""#);
    let answers = format!(r#"{recipient} InResponseTo="{REQUEST}""#);
    let bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
    let expected: &[CheckId] = &[CheckId::SubjectConfirmation];
    let one = Sign::Assertion;
    assert_defects_fail(vec![
        defect(
            "holder of key",
            bearer,
            "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
            one,
            expected,
        ),
        defect("recipient", &recipient, r#" Recipient="https://other.example/acs""#, one, expected),
        defect("no recipient", &recipient, "", one, expected),
        defect("expired", until, r#"NotOnOrAfter="2026-11-23T09:57:00Z""#, one, expected),
        defect("no end", until, "", one, expected),
        defect(
            "a start",
            until,
            format!(r#"{until} NotBefore="2026-11-23T09:00:00Z""#),
            one,
            expected,
        ),
        defect(
            "answers another",
            &answers,
            format!(r#"{recipient} InResponseTo="_o""#),
            one,
            expected,
        ),
        defect("answers none", &answers, &recipient, one, expected),
    ]);
}

#[test]
fn missing_subject_confirmation_is_rejected() {
    let message = Message::new();
    let start = message.assertion.find("<saml:SubjectConfirmation ").unwrap();
    let end = message.assertion.find("</saml:Subject>").unwrap();
    let all = message.assertion[start..end].to_owned();
    let verdict = verify(&message.with(&all, "").signed(Sign::Assertion, &IDP_KEY));
    assert_eq!(failed(&verdict), [CheckId::SubjectConfirmation]);
    assert_eq!(actual(&verdict, CheckId::SubjectConfirmation), "no bearer confirmation");
}

#[test]
fn one_good_confirmation_among_others_is_enough() {
    let other = r#"<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="https://other.example"/></saml:SubjectConfirmation>"#;
    let from = "<saml:SubjectConfirmation ";
    let message = Message::new().with(from, &format!("{other}{from}"));
    assert_eq!(failed(&verify(&message.signed(Sign::Assertion, &IDP_KEY))), NO_CHECKS);
}

#[test]
fn invalid_conditions_fail_their_check() {
    let restriction = format!(
        "<saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction>"
    );
    let other = restriction.replace(SP, "https://other.example");
    let (from, until) = ("09:59:00Z", "10:06:00Z");
    let audience: &[CheckId] = &[CheckId::ConditionsAudience];
    let one = Sign::Assertion;
    assert_defects_fail(vec![
        defect("expired", until, "09:57:00Z", one, &[CheckId::ConditionsTime]),
        defect("not yet valid", from, "10:03:01Z", one, &[CheckId::ConditionsTime]),
        defect("in words", from, "early", one, &[CheckId::ConditionsTime]),
        defect("other audience", &restriction, &other, one, audience),
        defect("no audience restriction", &restriction, "", one, audience),
        defect(
            "two restrictions, one of them for others",
            &restriction,
            format!("{restriction}{other}"),
            one,
            audience,
        ),
        defect(
            "unknown condition",
            &restriction,
            format!(r#"{restriction}<saml:Condition xsi:type="xs:string"/>"#),
            one,
            audience,
        ),
        defect(
            "condition of another namespace",
            &restriction,
            format!(r#"{restriction}<x xmlns="urn:x"/>"#),
            one,
            audience,
        ),
    ]);
    let message = Message::new();
    let start = message.assertion.find("<saml:Conditions").unwrap();
    let end = message.assertion.find("<saml:AuthnStatement").unwrap();
    let all = message.assertion[start..end].to_owned();
    let verdict = verify(&message.with(&all, "").signed(Sign::Response, &IDP_KEY));
    assert_eq!(failed(&verdict), [CheckId::ConditionsTime, CheckId::ConditionsAudience]);
}

#[test]
fn known_conditions_and_several_audiences_are_accepted() {
    let ours = format!("<saml:Audience>{SP}</saml:Audience>");
    let several = format!("<saml:Audience>https://other.example</saml:Audience>{ours}");
    let known = "<saml:OneTimeUse/><saml:ProxyRestriction Count=\"0\"/></saml:Conditions>";
    let message = Message::new().with(&ours, &several).with("</saml:Conditions>", known);
    assert_eq!(failed(&verify(&message.signed(Sign::Assertion, &IDP_KEY))), NO_CHECKS);
}

#[test]
fn clock_skew_of_the_connection_extends_each_bound() {
    let message = Message::new().signed(Sign::Assertion, &IDP_KEY);
    for (skew, later, expected) in [
        (0, 299, &[][..]),
        (0, 300, &[CheckId::SubjectConfirmation][..]),
        (180, 479, &[]),
        (300, 599, &[]),
        // No policy reaches further than five minutes.
        (u16::MAX, 601, &[CheckId::ResponseIssueInstant]),
    ] {
        let mut setting = Setting::new();
        setting.policy.skew_seconds = skew;
        setting.now += chrono::TimeDelta::seconds(later);
        let verdict = setting.verify(&message);
        let failed = failed(&verdict);
        if expected.is_empty() {
            assert_eq!(failed, expected, "{skew} {later}");
        } else {
            assert!(expected.iter().all(|id| failed.contains(id)), "{skew} {later} {failed:?}");
        }
    }
}

#[test]
fn any_date_of_an_identity_provider_is_handled() {
    let message = Message::new().with("2026-11-23T10:06:00Z", "9999-12-31T23:59:59Z");
    let assertion = verify(&message.signed(Sign::Assertion, &IDP_KEY)).assertion.unwrap();
    let stored = assertion.remember_until - now();
    assert_eq!(stored, chrono::TimeDelta::days(1) + chrono::TimeDelta::minutes(5));
}

#[test]
fn stolen_solicited_assertion_is_rejected_as_unsolicited() {
    // Only the assertion is signed, so the thief can strip the response.
    let stolen = Message::new().signed(Sign::Assertion, &IDP_KEY);
    let stripped = stolen.replacen(&format!(r#" InResponseTo="{REQUEST}""#), "", 1);
    let mut setting = Setting::new();
    setting.request = RequestState::Unsolicited;
    setting.policy.idp_initiated = true;
    assert_eq!(failed(&setting.verify(&stripped)), [CheckId::SubjectConfirmation]);
}
