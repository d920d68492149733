use samael::crypto::{CertificateDer, ReduceMode};

use super::*;
use crate::testidp::name_id::EMAIL_ADDRESS;

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn idp() -> TestIdp {
    TestIdp::generate("https://idp.example/", "https://idp.example/sso", now()).unwrap()
}

fn response_content(sign: SignedParts) -> ResponseContent {
    ResponseContent {
        response_id: "_r".into(),
        assertion_id: "_a".into(),
        in_response_to: Some("_q".into()),
        acs_url: "https://sp.example/acs?a=1&b=2".into(),
        audience: "https://sp.example/".into(),
        name_id: "ada@example.com".into(),
        name_id_format: EMAIL_ADDRESS.into(),
        attributes: vec![
            ("teamName".into(), vec!["A & <B>".into(), "\"C\"".into()]),
            ("empty".into(), vec![String::new()]),
        ],
        issued_at: now(),
        valid_for: TimeDelta::minutes(5),
        session_for: Some(TimeDelta::hours(8)),
        sign,
    }
}

/// What the signatures of a document cover, once each was verified.
fn covered(idp: &TestIdp, xml: &str) -> Result<String, samael::crypto::CryptoError> {
    let certificate = CertificateDer::from(idp.certificate_der().to_vec());
    Crypto::reduce_xml_to_signed(xml, &[certificate], ReduceMode::PreDigest)
}

#[test]
fn signature_covers_the_whole_assertion() {
    let idp = idp();
    let xml = idp.respond(&response_content(SignedParts::Assertion)).unwrap();
    let covered = covered(&idp, &xml).unwrap();
    assert!(covered.starts_with("<saml:Assertion "), "{covered}");
    assert!(covered.contains(">A &amp; &lt;B&gt;</saml:AttributeValue>"), "{covered}");
}

#[test]
fn signature_covers_the_whole_response() {
    let idp = idp();
    for sign in [SignedParts::Response, SignedParts::Both] {
        let xml = idp.respond(&response_content(sign)).unwrap();
        let signatures = if sign == SignedParts::Both { 2 } else { 1 };
        assert_eq!(xml.matches("<ds:SignatureValue>").count(), signatures);
        let covered = covered(&idp, &xml).unwrap();
        assert!(covered.starts_with("<samlp:Response "), "{covered}");
        assert!(covered.contains("ada@example.com"), "{covered}");
    }
}

#[test]
fn signature_of_another_identity_provider_does_not_verify() {
    let xml = idp().respond(&response_content(SignedParts::Assertion)).unwrap();
    assert!(covered(&idp(), &xml).is_err());
}

#[test]
fn changed_content_does_not_verify() {
    let idp = idp();
    let xml = idp.respond(&response_content(SignedParts::Both)).unwrap();
    assert!(covered(&idp, &xml.replace("ada@", "eve@")).is_err());
}

#[test]
fn identity_provider_is_restored_from_its_key() {
    let idp = idp();
    let key = idp.private_key_der().unwrap();
    let again = TestIdp::from_der("a", "b", &key, idp.certificate_der()).unwrap();
    let xml = again.respond(&response_content(SignedParts::Both)).unwrap();
    assert!(covered(&idp, &xml).is_ok());
    let other = super::super::TestIdp::generate("a", "b", now()).unwrap();
    assert!(TestIdp::from_der("a", "b", &key, other.certificate_der()).is_err());
}

#[test]
fn characters_that_xml_cannot_contain_are_rejected() {
    let mut answer = response_content(SignedParts::Assertion);
    answer.attributes.push(("nul".into(), vec!["a\0b".into()]));
    let error = idp().respond(&answer).unwrap_err();
    assert!(matches!(error, TestIdpError::NotXml { code: 0, .. }), "{error}");
}

#[test]
fn metadata_names_the_key_and_the_address() {
    let idp = idp();
    let xml = idp.metadata_xml().unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let element =
        |name: &str| document.descendants().find(|node| node.tag_name().name() == name).unwrap();
    assert_eq!(element("EntityDescriptor").attribute("entityID"), Some(idp.entity_id()));
    assert_eq!(element("SingleSignOnService").attribute("Location"), Some(idp.sso_url()));
    assert_eq!(element("X509Certificate").text(), Some(idp.certificate_base64().as_str()));
}
