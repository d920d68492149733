//! Attacks on signatures, by name. None lets anybody in, and each is stopped by the check
//! that is meant to stop it.

use crate::domain::check::CheckId;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{pkey::PKey, rsa::Rsa};

use super::kit::{
    EC_KEY, IDP_KEY, Message, NO_CHECKS, OTHER_KEY, RSA_SHA256, SHA256, SP_KEY, Setting, Sign,
    actual, certify, failed, verify,
};
use crate::domain::ignored_certificate::{IgnoredCertificate, IgnoredReason};

pub(super) fn signed_assertion() -> String {
    Message::new().signed(Sign::Assertion, &IDP_KEY)
}

/// The first element from a start tag to its end tag.
fn cut<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap();
    let to = text[from..].find(end).unwrap() + from + end.len();
    &text[from..to]
}

fn signature(text: &str) -> &str {
    cut(text, "<ds:Signature ", "</ds:Signature>")
}

pub(super) fn assertion(text: &str) -> &str {
    cut(text, "<saml:Assertion ", "</saml:Assertion>")
}

pub(super) fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in the message");
    text.replacen(from, to, 1)
}

#[track_caller]
pub(super) fn stopped(name: &str, xml: &str, by: &[CheckId]) {
    let verdict = verify(xml);
    assert_eq!(failed(&verdict), by, "{name}: {:#?}", verdict.checks);
}

#[test]
fn no_signature() {
    stopped("none", &Message::new().signed(Sign::Nothing, &IDP_KEY), &[CheckId::SignaturePresent]);
    let signed = signed_assertion();
    stopped("stripped", &swap(&signed, signature(&signed), ""), &[CheckId::SignaturePresent]);
}

#[test]
fn a_change_to_what_was_signed() {
    for what in [Sign::Response, Sign::Assertion, Sign::Both] {
        let signed = Message::new().signed(what, &IDP_KEY);
        stopped("changed", &swap(&signed, ">ada@", ">eve@"), &[CheckId::SignatureKey]);
        stopped("attribute", &swap(&signed, ">Ops<", ">Admins<"), &[CheckId::SignatureKey]);
    }
    let signed = Message::new().signed(Sign::Response, &IDP_KEY);
    stopped("name", &swap(&signed, "FriendlyName=\"team\"", ""), &[CheckId::SignatureKey]);
}

#[test]
fn another_key() {
    stopped("other", &Message::new().signed(Sign::Both, &OTHER_KEY), &[CheckId::SignatureKey]);
    stopped(
        "half",
        &{
            let message = Message::new();
            message.around(&message.assertion(true, &OTHER_KEY), true, &IDP_KEY)
        },
        &[CheckId::SignatureKey],
    );
}

#[test]
fn a_key_in_the_message() {
    let mut message = Message::new();
    message.key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        STANDARD.encode(&OTHER_KEY.certificate)
    );
    stopped("certificate", &message.signed(Sign::Both, &OTHER_KEY), &[CheckId::SignatureKey]);
    let rsa = OTHER_KEY.private.rsa().unwrap();
    message.key_info = format!(
        "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>{}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>",
        STANDARD.encode(rsa.n().to_vec()),
        STANDARD.encode(rsa.e().to_vec())
    );
    stopped("value", &message.signed(Sign::Assertion, &OTHER_KEY), &[CheckId::SignatureKey]);
}

#[test]
fn a_signature_of_an_ignored_certificate_is_refused_and_named() {
    let weak = certify(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap(), -1, 1);
    let expired = certify(OTHER_KEY.private.clone(), -9, -1);
    let mut setting = Setting::new();
    let ignored = |key: &super::kit::Key, reason, detail: &str| IgnoredCertificate {
        certificate: Some(key.certificate.clone()),
        subject: None,
        reason,
        detail: detail.to_owned(),
    };
    setting.ignored = vec![
        ignored(&weak, IgnoredReason::KeyTooShort, "RSA-1024"),
        ignored(&expired, IgnoredReason::Expired, "expired at 2026-11-22"),
    ];
    for (key, detail, remedy) in
        [(&weak, "RSA-1024", "at least 2048 bits"), (&expired, "expired at 2026-11-22", "Renew")]
    {
        for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
            let verdict = setting.verify(&Message::new().signed(sign, key));
            assert_eq!(failed(&verdict), [CheckId::SignatureKey]);
            let reported = actual(&verdict, CheckId::SignatureKey);
            for part in ["which is ignored", detail, remedy] {
                assert!(reported.contains(part), "{part}: {reported}");
            }
        }
    }
    let verdict = setting.verify(&Message::new().signed(Sign::Assertion, &SP_KEY));
    assert!(!actual(&verdict, CheckId::SignatureKey).contains("ignored"), "another key");
    assert_eq!(failed(&setting.verify(&Message::new().signed(Sign::Both, &IDP_KEY))), NO_CHECKS);
}

#[test]
fn a_weak_expired_or_missing_certificate() {
    let message = |key: &super::kit::Key| Message::new().signed(Sign::Assertion, key);
    let mut setting = Setting::new();
    let weak = certify(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap(), -1, 1);
    let expired = certify(IDP_KEY.private.clone(), -9, -1);
    let future = certify(IDP_KEY.private.clone(), 1, 9);
    for (key, why) in [(weak, "RSA-1024"), (expired, "expired"), (future, "not valid before")] {
        setting.certificates = vec![key.certificate.clone()];
        let verdict = setting.verify(&message(&key));
        assert_eq!(failed(&verdict), [CheckId::SignatureKey]);
        assert!(
            actual(&verdict, CheckId::SignatureKey).contains(why),
            "{}",
            actual(&verdict, CheckId::SignatureKey)
        );
    }
    setting.certificates = vec![EC_KEY.certificate.clone(), b"no certificate".to_vec()];
    assert_eq!(failed(&setting.verify(&message(&IDP_KEY))), [CheckId::SignatureKey]);
    setting.certificates = Vec::new();
    assert_eq!(failed(&setting.verify(&message(&IDP_KEY))), [CheckId::SignatureKey]);
}

#[test]
fn signature_wrapping_1_to_8() {
    let evil_of = |original: &str, id: &str| {
        let evil = swap(original, id, &id.replace("\"_", "\"_evil"));
        swap(&evil, ">ada@", ">eve@")
    };
    let whole = Message::new().signed(Sign::Response, &IDP_KEY);
    let sig = signature(&whole);
    let bare = swap(&whole, sig, "");
    let evil = evil_of(&bare, "ID=\"_r1\"").replace("ID=\"_a1\"", "ID=\"_a2\"");
    let after_issuer =
        |text: &str, what: &str| swap(text, "</saml:Issuer>", &format!("</saml:Issuer>{what}"));
    // 1: the original inside the signature; 2: beside it.
    let inside = swap(sig, "</ds:Signature>", &format!("{bare}</ds:Signature>"));
    stopped(
        "XSW1",
        &after_issuer(&evil, &inside),
        &[CheckId::SignatureReference, CheckId::AssertionSingle],
    );
    stopped("XSW2", &after_issuer(&evil, &format!("{bare}{sig}")), &[CheckId::XmlSafe]);

    let whole = signed_assertion();
    let original = assertion(&whole);
    let sig = signature(original);
    let bare = swap(original, sig, "");
    let evil = evil_of(&bare, "ID=\"_a1\"");
    let with = |assertions: &str| swap(&whole, original, assertions);
    let moved: &[CheckId] =
        &[CheckId::SignaturePresent, CheckId::SignatureReference, CheckId::AssertionSingle];
    // 3: an evil one before; 4: around; 5: after, with the signature in it;
    // 6: around, with the original in the signature.
    stopped("XSW3", &with(&format!("{evil}{original}")), moved);
    let around = swap(&evil, "</saml:Assertion>", &format!("{original}</saml:Assertion>"));
    stopped("XSW4", &with(&around), moved);
    let stolen = after_issuer(&evil, sig);
    stopped("XSW5", &with(&format!("{stolen}{bare}")), moved);
    let inside = swap(sig, "</ds:Signature>", &format!("{bare}</ds:Signature>"));
    stopped("XSW6", &with(&after_issuer(&evil, &inside)), moved);
    // 7: an evil one in Extensions; 8: the original in an Object.
    let extended = format!("<samlp:Extensions>{evil}</samlp:Extensions>{original}");
    stopped("XSW7", &with(&extended), moved);
    let object = format!("<ds:Object>{bare}</ds:Object></ds:Signature>");
    let object = swap(sig, "</ds:Signature>", &object);
    stopped("XSW8", &with(&after_issuer(&evil, &object)), moved);
    // And hidden where anything may stand.
    let advice = format!("<saml:Advice>{original}</saml:Advice><saml:AuthnStatement ");
    stopped("advice", &with(&swap(&evil, "<saml:AuthnStatement ", &advice)), moved);
    let value = format!("<saml:AttributeValue>{original}</saml:AttributeValue>");
    stopped("value", &with(&swap(&evil, "<saml:AttributeValue/>", &value)), moved);
}

#[test]
fn a_second_assertion() {
    let signed = Message::new();
    let one = signed.assertion(false, &IDP_KEY);
    let two = swap(&one, "ID=\"_a1\"", "ID=\"_a2\"");
    let both = signed.around(&format!("{one}{two}"), true, &IDP_KEY);
    stopped("second", &both, &[CheckId::AssertionSingle]);
    stopped("none", &signed.around("", true, &IDP_KEY), &[CheckId::AssertionSingle]);
    let foreign = one
        .replace("saml:Assertion", "e:Assertion")
        .replace("<e:Assertion ", "<e:Assertion xmlns:e=\"urn:e\" ");
    stopped("foreign", &signed.around(&foreign, true, &IDP_KEY), &[CheckId::XmlSafe]);
}

#[test]
fn ids_that_are_repeated_or_no_names() {
    let with = |from: &str, to: &str| swap(&signed_assertion(), from, to);
    for (name, xml) in [
        ("twice", with("ID=\"_r1\"", "ID=\"_a1\"")),
        ("other case", with("<saml:Subject>", "<saml:Subject id=\"_a1\">")),
        ("xml:id", with("<saml:Subject>", "<saml:Subject xml:id=\"_x\">")),
        ("prefixed", with("ID=\"_r1\"", "saml:ID=\"_r0\" ID=\"_r1\"")),
        ("pointer", with("ID=\"_r1\"", "ID=\"element(/1/2)\"")),
        ("space", with("ID=\"_r1\"", "ID=\" _r1\"")),
        ("escaped", with("ID=\"_r1\"", "ID=\"_&#x1F600;\"")),
        ("empty", with("ID=\"_r1\"", "ID=\"\"")),
    ] {
        stopped(name, &xml, &[CheckId::SignatureReference]);
    }
    let without = Message::new().with("ID=\"_a1\"", "").signed(Sign::Response, &IDP_KEY);
    stopped("none", &without, &[CheckId::AssertionSingle]);
}

#[test]
fn references_to_elsewhere() {
    for uri in [
        "",
        "_a1",
        "#_r1",
        "#_a2",
        "#",
        "##_a1",
        "#xpointer(/)",
        "#xpointer(id('_a1'))",
        "http://127.0.0.1:9/x",
        "file:///etc/passwd",
        "file:///dev/zero",
        "ftp://example.com/",
        "cid:x",
        "#_a1 ",
        "https://usher.example.com/#_a1",
    ] {
        let xml = swap(&signed_assertion(), "URI=\"#_a1\"", &format!("URI=\"{uri}\""));
        stopped(uri, &xml, &[CheckId::SignatureReference]);
    }
    let none = swap(&signed_assertion(), "URI=\"#_a1\"", "");
    stopped("no URI", &none, &[CheckId::SignatureReference]);
    let prefixed = "xmlns:e=\"urn:e\" e:URI=\"file:///dev/zero\" URI=\"#_a1\"";
    let xml = swap(&signed_assertion(), "URI=\"#_a1\"", prefixed);
    stopped("prefixed", &xml, &[CheckId::SignatureReference]);
    let signed = signed_assertion();
    let one = cut(&signed, "<ds:Reference ", "</ds:Reference>");
    stopped("two", &swap(&signed, one, &one.repeat(2)), &[CheckId::SignatureReference]);
    stopped("thousand", &swap(&signed, one, &one.repeat(300)), &[CheckId::SignatureReference]);
    stopped("no reference", &swap(&signed, one, ""), &[CheckId::SignatureReference]);
}

#[test]
fn transforms_that_compute_or_select() {
    let c14n = cut(
        &signed_assertion(),
        "<ds:Transform Algorithm=\"http://www.w3.org/2001",
        "</ds:Transform>",
    )
    .to_owned();
    let enveloped =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let transform = |algorithm: &str, inside: &str| {
        format!("<ds:Transform Algorithm=\"{algorithm}\">{inside}</ds:Transform>")
    };
    let xpath = transform(
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "<ds:XPath>count(//*)</ds:XPath>",
    );
    let filter = transform("http://www.w3.org/2002/06/xmldsig-filter2", "<x xmlns=\"urn:x\"/>");
    let xslt = transform(
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/>",
    );
    let plain = transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "");
    let decode = transform("http://www.w3.org/2000/09/xmldsig#base64", "");
    // Each is looked up at each element: 4,000 of them cost 20 s of computing.
    let prefixes = format!("PrefixList=\"{}\"", "xs ".repeat(17));
    for (name, replacement) in [
        ("XPath", xpath.clone()),
        ("XPath after", format!("{c14n}{xpath}")),
        ("XPath filter", filter),
        ("XSLT", xslt),
        ("inclusive", plain),
        ("base64", decode),
        ("thousand", c14n.repeat(1_000)),
        ("twice", format!("{c14n}{c14n}")),
        ("enveloped twice", enveloped.to_owned()),
        ("prefixes", swap(&c14n, "PrefixList=\"xs\"", &prefixes)),
        ("stowaway", swap(&c14n, "</ds:Transform>", "<ds:XPath>1</ds:XPath></ds:Transform>")),
    ] {
        stopped(
            name,
            &swap(&signed_assertion(), &c14n, &replacement),
            &[CheckId::SignatureReference],
        );
    }
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    let list = cut(&c14n, "<ec:InclusiveNamespaces", "/>");
    let list = swap(list, "PrefixList=\"xs\"", &prefixes);
    let listed = format!("{method}>{list}</ds:CanonicalizationMethod>");
    let whole = cut(&signed_assertion(), method, "/>").to_owned();
    stopped("its own", &swap(&signed_assertion(), &whole, &listed), &[CheckId::SignatureReference]);
    let none = swap(&swap(&signed_assertion(), &c14n, ""), enveloped, "");
    stopped("none", &none, &[CheckId::SignatureReference]);
    let only = swap(&signed_assertion(), enveloped, "");
    stopped("not enveloped", &only, &[CheckId::SignatureReference]);
}

#[test]
fn parts_of_a_signature_that_have_no_place() {
    let signed = signed_assertion();
    let value = cut(&signed, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let info = cut(&signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let key_info = |inside: &str| format!("{value}<ds:KeyInfo>{inside}</ds:KeyInfo>");
    let c14n = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    for (name, from, to) in [
        ("object", value, format!("{value}<ds:Object/>")),
        ("manifest", value, format!("{value}<ds:Object><ds:Manifest/></ds:Object>")),
        ("retrieval", value, key_info("<ds:RetrievalMethod URI=\"file:///dev/zero\"/>")),
        (
            "key reference",
            value,
            key_info(
                "<k:KeyInfoReference xmlns:k=\"http://www.w3.org/2009/xmldsig11#\" URI=\"#x\"/>",
            ),
        ),
        (
            "encrypted key",
            value,
            key_info("<x:EncryptedKey xmlns:x=\"http://www.w3.org/2001/04/xmlenc#\"/>"),
        ),
        ("value twice", value, value.repeat(2)),
        ("no value", value, String::new()),
        ("info twice", info, info.repeat(2)),
        ("info last", signature(&signed), {
            let without = swap(signature(&signed), info, "");
            swap(&without, "</ds:Signature>", &format!("{info}</ds:Signature>"))
        }),
        ("text", value, format!("{value}text")),
        ("c14n", c14n, c14n.replace("2001/10/xml-exc-c14n#", "TR/2001/REC-xml-c14n-20010315")),
        (
            "HMAC length",
            "<ds:Reference ",
            "<ds:HMACOutputLength>1</ds:HMACOutputLength><ds:Reference ".to_owned(),
        ),
    ] {
        stopped(name, &swap(&signed, from, &to), &[CheckId::SignatureReference]);
    }
    let nested = swap(
        &signed,
        "<saml:AttributeValue/>",
        &format!("<saml:AttributeValue>{}</saml:AttributeValue>", signature(&signed)),
    );
    stopped("elsewhere", &nested, &[CheckId::SignatureReference]);
    stopped(
        "two",
        &swap(&signed, signature(&signed), &signature(&signed).repeat(2)),
        &[CheckId::XmlSafe],
    );
}

#[test]
fn algorithms_that_are_weak_or_confused() {
    for method in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        "",
    ] {
        let xml = swap(&signed_assertion(), RSA_SHA256, method);
        stopped(method, &xml, &[CheckId::SignatureAlgorithm]);
    }
    for digest in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
    ] {
        stopped(digest, &swap(&signed_assertion(), SHA256, digest), &[CheckId::SignatureAlgorithm]);
    }
    let confused = swap(&signed_assertion(), "rsa-sha256", "ecdsa-sha256");
    stopped("another kind of key", &confused, &[CheckId::SignatureKey]);
}

#[test]
fn sha_1_only_until_the_date_that_the_connection_sets() {
    let sha1 = "http://www.w3.org/2000/09/xmldsig#";
    let message = Message::new().algorithms(
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#sha1",
    );
    assert!(message.method.starts_with(sha1));
    let signed = message.signed(Sign::Both, &IDP_KEY);
    let mut setting = Setting::new();
    assert_eq!(failed(&setting.verify(&signed)), [CheckId::SignatureAlgorithm]);
    setting.policy.sha1_until = Some(setting.now);
    assert_eq!(failed(&setting.verify(&signed)), [CheckId::SignatureAlgorithm]);
    setting.policy.sha1_until = Some(setting.now + chrono::TimeDelta::seconds(1));
    assert_eq!(failed(&setting.verify(&signed)), NO_CHECKS);
}
