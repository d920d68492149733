//! Responses of real identity providers are accepted.

use super::kit::{
    EC_KEY, IDP_KEY, Message, NO_CHECKS, OTHER_KEY, SHA256, Setting, Sign, failed, now, verify,
};
use crate::domain::check::CheckId;
use crate::{
    domain::attributes::NameMatch,
    saml::{
        keys::fingerprint,
        response::{RequestState, decode},
    },
};

#[test]
fn a_signed_assertion_is_read() {
    let verdict = verify(&Message::new().signed(Sign::Assertion, &IDP_KEY));
    assert_eq!(failed(&verdict), NO_CHECKS);
    let ids: Vec<_> = verdict.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids, CheckId::ALL);
    let assertion = verdict.assertion.unwrap();
    assert_eq!(assertion.id, "_a1");
    assert_eq!(assertion.subject.name_id, "ada@example.com");
    assert_eq!(
        assertion.subject.format.as_deref(),
        Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
    );
    let teams: Vec<_> = assertion.attributes.values("teamName", NameMatch::Name).collect();
    assert_eq!(teams, ["Ops", "Night & Day"]);
    let departments: Vec<_> = assertion.attributes.values("department", NameMatch::Name).collect();
    assert_eq!(departments, [""]);
    assert_eq!(assertion.certificate_fingerprint, fingerprint(&IDP_KEY.certificate));
    let ends = assertion.session_not_on_or_after.unwrap();
    assert_eq!(ends - now(), chrono::TimeDelta::hours(8));
    assert_eq!(assertion.remember_until - now(), chrono::TimeDelta::minutes(11));
}

#[test]
fn response_assertion_or_both_may_be_signed() {
    for what in [Sign::Response, Sign::Assertion, Sign::Both] {
        let verdict = verify(&Message::new().signed(what, &IDP_KEY));
        assert_eq!(failed(&verdict), NO_CHECKS, "{what:?}");
        assert_eq!(verdict.assertion.unwrap().subject.name_id, "ada@example.com", "{what:?}");
    }
}

#[test]
fn rsa_and_ecdsa_with_each_hash_are_accepted() {
    let sha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";
    let sha512 = "http://www.w3.org/2001/04/xmlenc#sha512";
    let methods = [
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", sha512),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", sha384),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", sha512),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", SHA256),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", sha384),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", sha512),
    ];
    // Both kinds of certificate at once, as in a change from one to the other.
    let mut setting = Setting::new();
    setting.certificates = vec![EC_KEY.certificate.clone(), IDP_KEY.certificate.clone()];
    for (method, digest) in methods {
        let key = if method.contains("ecdsa") { &EC_KEY } else { &IDP_KEY };
        let message = Message::new().algorithms(method, digest).signed(Sign::Both, key);
        let verdict = setting.verify(&message);
        assert_eq!(failed(&verdict), NO_CHECKS, "{method}");
        let print = verdict.assertion.unwrap().certificate_fingerprint;
        assert_eq!(print, fingerprint(&key.certificate), "{method}");
    }
}

#[test]
fn any_certificate_of_a_rollover_verifies() {
    let mut setting = Setting::new();
    setting.certificates.insert(0, OTHER_KEY.certificate.clone());
    for key in [&IDP_KEY, &OTHER_KEY] {
        let verdict = setting.verify(&Message::new().signed(Sign::Assertion, key));
        let print = verdict.assertion.unwrap().certificate_fingerprint;
        assert_eq!(print, fingerprint(&key.certificate));
    }
}

#[test]
fn base64_may_be_broken_into_lines() {
    let field = samael::crypto::mime_encode_x509_cert(
        &Message::new().signed(Sign::Response, &IDP_KEY).into_bytes().into(),
    );
    assert!(field.contains('\n'));
    assert_eq!(failed(&Setting::new().verify_field(&field)), NO_CHECKS);
}

#[test]
fn xml_declaration_byte_order_mark_and_white_space_are_accepted() {
    let message = Message::new().with("<saml:Subject>", "\r\n  <saml:Subject>\n");
    let message = message.with(">ASSERTION<", ">\n\tASSERTION\r\n<");
    let signed = message.signed(Sign::Both, &IDP_KEY);
    for start in [
        "",
        "\u{feff}",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='UTF-8'?>\n",
        " ",
        "\r\n\t \n",
        "\u{feff}\n",
        "\u{feff}<?xml version=\"1.0\"?>\r\n\r\n",
    ] {
        assert_eq!(failed(&verify(&format!("{start}{signed}\n"))), NO_CHECKS, "{start:?}");
    }
}

#[test]
fn extensions_of_a_response_are_ignored() {
    for inside in [
        "",
        "text",
        "<x xmlns=\"urn:x\" ID=\"_x1\"><samlp:Status/><saml:Subject/></x>",
        "<samlp:Response/><saml:Issuer>https://evil.example</saml:Issuer>",
        "<saml:NameID>eve@example.com</saml:NameID><saml:AttributeStatement/>",
        "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"/>",
    ] {
        let extensions = format!("<samlp:Extensions>{inside}</samlp:Extensions><samlp:Status>");
        let message = Message::new().with("<samlp:Status>", &extensions);
        for what in [Sign::Response, Sign::Assertion, Sign::Both] {
            let verdict = verify(&message.signed(what, &IDP_KEY));
            assert_eq!(failed(&verdict), NO_CHECKS, "{what:?} {inside} {:#?}", verdict.checks);
            assert_eq!(verdict.assertion.unwrap().subject.name_id, "ada@example.com");
        }
    }
}

const NAME_ID: &str = r#"<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@example.com</saml:NameID>"#;

#[test]
fn white_space_around_a_name_id_is_trimmed() {
    for space in
        [" ", "\n\t", "&#10;", "&#13;&#10;", "\u{a0}", "\u{85}", "\u{2003}\u{3000}", "\u{2028}"]
    {
        let name = format!(">{space}ada@example.com{space}<");
        let message = Message::new().with(">ada@example.com<", &name);
        let verdict = verify(&message.signed(Sign::Both, &IDP_KEY));
        assert_eq!(failed(&verdict), NO_CHECKS, "{space:?}");
        assert_eq!(verdict.assertion.unwrap().subject.name_id, "ada@example.com", "{space:?}");
    }
}

#[test]
fn a_name_id_is_not_needed_beside_a_subject_attribute() {
    let setting = Setting { subject_attribute: Some("uid"), ..Setting::new() };
    let named = |text: &str| format!("<saml:NameID>{text}</saml:NameID>");
    let overlong = "x".repeat(257);
    let transient = r#"<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">_1</saml:NameID>"#;
    for (name, name_id, expected) in [
        ("absent", String::new(), ""),
        ("empty", named(""), ""),
        ("blank", named("\u{a0}\n"), ""),
        ("overlong", named(&overlong), &overlong),
        ("with a control character", named("a&#10;b"), "a\nb"),
        ("of elements", named("<saml:Issuer>eve</saml:Issuer>"), ""),
        ("encrypted", "<saml:EncryptedID/>".to_owned(), ""),
        ("base ID", "<saml:BaseID/>".to_owned(), ""),
        ("transient", transient.to_owned(), "_1"),
        ("good", NAME_ID.to_owned(), "ada@example.com"),
    ] {
        let message = Message::new().with(NAME_ID, &name_id).signed(Sign::Assertion, &IDP_KEY);
        let verdict = setting.verify(&message);
        assert_eq!(failed(&verdict), NO_CHECKS, "{name}: {:#?}", verdict.checks);
        assert_eq!(verdict.assertion.unwrap().subject.name_id, expected, "{name}");
    }
}

#[test]
fn in_response_to_is_extracted_before_verification() {
    let message = Message::new().signed(Sign::Nothing, &IDP_KEY);
    let field = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, message);
    assert_eq!(decode(Some(&field)).unwrap().in_response_to(), Some("_request1"));
}

#[test]
fn unsolicited_response_is_accepted_if_enabled() {
    let message = Message::new().with(" InResponseTo=\"_request1\"", "");
    let signed = message.signed(Sign::Assertion, &IDP_KEY);
    let mut setting = Setting::new();
    setting.request = RequestState::Unsolicited;
    assert_eq!(failed(&setting.verify(&signed)), [CheckId::ResponseInResponseTo]);
    setting.policy.idp_initiated = true;
    assert_eq!(failed(&setting.verify(&signed)), NO_CHECKS);
}

#[test]
fn cdata_and_character_references_in_a_signed_name_are_decoded() {
    let message = Message::new().with(">ada@example.com<", "><![CDATA[a<b]]>&#38;&amp;&#xe9;<");
    let verdict = verify(&message.signed(Sign::Assertion, &IDP_KEY));
    assert_eq!(verdict.assertion.unwrap().subject.name_id, "a<b&&é");
}

#[test]
fn a_value_that_is_one_element_has_its_text() {
    let inner = "<saml:NameID>target-1</saml:NameID>";
    let message = Message::new().with(
        "<saml:AttributeValue/>",
        &format!("<saml:AttributeValue>{inner}</saml:AttributeValue>"),
    );
    let assertion = verify(&message.signed(Sign::Assertion, &IDP_KEY)).assertion.unwrap();
    let values: Vec<_> = assertion.attributes.values("department", NameMatch::Name).collect();
    assert_eq!(values, ["target-1"]);
}

#[test]
fn signatures_are_verified_on_many_threads_at_once() {
    let good = Message::new().signed(Sign::Both, &IDP_KEY);
    let bad = Message::new().signed(Sign::Both, &OTHER_KEY);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert!(verify(&good).assertion.is_some());
                    assert!(verify(&bad).assertion.is_none());
                }
            });
        }
    });
}
