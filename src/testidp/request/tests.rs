use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};
use openssl::{pkey::PKey, sign::Signer};
use url::form_urlencoded::byte_serialize;

use super::*;
use crate::{domain::Timestamp, testidp::TestIdp};

const XML: &str = r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
    xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_q" Version="2.0"
    IssueInstant="2027-01-15T08:00:00Z" Destination="https://idp.example/sso"
    AssertionConsumerServiceURL="https://sp.example/acs?a=1&amp;b=2"
    ><saml:Issuer> https://sp.example/?a&amp;b </saml:Issuer></samlp:AuthnRequest>"#;

fn encoded(xml: &[u8]) -> String {
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(xml).unwrap();
    byte_serialize(STANDARD.encode(deflated.finish().unwrap()).as_bytes()).collect()
}

fn read(xml: &[u8]) -> Result<Option<AuthnRequest>, AuthnRequestError> {
    Query::parse(&format!("SAMLRequest={}", encoded(xml)))?.parse_request()
}

#[test]
fn a_request_is_read() {
    let request = read(XML.as_bytes()).unwrap().unwrap();
    assert_eq!(request.id, "_q");
    assert_eq!(request.issuer, "https://sp.example/?a&b");
    assert_eq!(request.acs_url.as_deref(), Some("https://sp.example/acs?a=1&b=2"));
    assert_eq!(request.destination.as_deref(), Some("https://idp.example/sso"));
}

#[test]
fn response_without_a_request_is_unsolicited() {
    assert_eq!(Query::parse("RelayState=x").unwrap().parse_request(), Ok(None));
    assert_eq!(Query::parse("").unwrap().parse_request(), Ok(None));
}

#[test]
fn malformed_request_is_rejected() {
    let changed = |from: &str, to: &str| read(XML.replace(from, to).as_bytes());
    for (from, to) in [
        ("AuthnRequest", "LogoutRequest"),
        ("SAML:2.0:protocol", "SAML:1.0:protocol"),
        ("Version=\"2.0\"", "Version=\"1.1\""),
        (" ID=\"_q\"", ""),
        (" https://sp.example/?a&amp;b ", ""),
        ("</samlp:AuthnRequest>", ""),
        ("<samlp:AuthnRequest", "<!DOCTYPE a><samlp:AuthnRequest"),
    ] {
        let result = changed(from, to);
        assert!(matches!(result, Err(AuthnRequestError::Xml(_))), "{from} -> {to}: {result:?}");
    }
}

#[test]
fn undeflatable_request_is_rejected() {
    for query in ["SAMLRequest=%21", "SAMLRequest=AAAA", "SAMLRequest=////"] {
        let result = Query::parse(query).unwrap().parse_request();
        assert_eq!(result, Err(AuthnRequestError::Encoding), "{query}");
    }
    assert_eq!(read(b"\xff\xfe"), Err(AuthnRequestError::Encoding));
}

#[test]
fn a_deflate_bomb_is_not_inflated_whole() {
    assert_eq!(read(&vec![b' '; 100_000_000]), Err(AuthnRequestError::Encoding));
}

#[test]
fn many_levels_do_not_overflow_the_stack() {
    let levels = 8_000;
    let xml = format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    assert!(matches!(read(xml.as_bytes()), Err(AuthnRequestError::Xml(_))));
}

#[test]
fn repeated_parameter_is_rejected() {
    let result = Query::parse("SAMLRequest=a&SAMLRequest=b");
    assert!(matches!(result, Err(AuthnRequestError::Query)));
}

const RSA_SHA256: &str = "http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256";

fn signed(idp: &TestIdp, query: &str) -> String {
    let key = PKey::private_key_from_der(&idp.private_key_der().unwrap()).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let signature = STANDARD.encode(signer.sign_oneshot_to_vec(query.as_bytes()).unwrap());
    byte_serialize(signature.as_bytes()).collect()
}

fn test_idp() -> TestIdp {
    TestIdp::generate("a", "b", Timestamp::from_timestamp(1_800_000_000, 0).unwrap()).unwrap()
}

#[test]
fn the_signature_covers_the_query_as_it_was_sent() {
    let sp = test_idp();
    // Escapes in lower case: encoding the values again gives other bytes.
    let covered = format!("SAMLRequest={}&RelayState=a%2fb&SigAlg={RSA_SHA256}", encoded(b"x"));
    let signature = signed(&sp, &covered);
    let verify = |query: &str, who: &TestIdp| Query::parse(query)?.verify(who.certificate_der());
    let whole = format!("{covered}&Signature={signature}&example=malformed");
    assert_eq!(verify(&whole, &sp), Ok(()));
    for wrong in [
        whole.replace("a%2fb", "a%2fc"),
        whole.replace("sha256", "sha1"),
        whole.replace("&Signature=", "&Other="),
        whole.replace("&SigAlg=", "&Other="),
    ] {
        assert!(matches!(verify(&wrong, &sp), Err(AuthnRequestError::Signature(_))), "{wrong}");
    }
    assert!(matches!(verify(&whole, &test_idp()), Err(AuthnRequestError::Signature(_))));
}
