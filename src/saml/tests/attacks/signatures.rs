//! Attacks on signatures: none, another's, a weak one.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{pkey::PKey, rsa::Rsa};

use super::{
    super::kit::{
        EC_KEY, IDP_KEY, Key, Message, NO_CHECKS, OTHER_KEY, RSA_SHA256, SHA256, SP_KEY, Setting,
        Sign, actual, certify, failed,
    },
    *,
};
use crate::domain::ignored_certificate::{IgnoredCertificate, IgnoredReason};

#[test]
fn unsigned_response_is_rejected() {
    assert_stopped(
        "none",
        &Message::new().signed(Sign::Nothing, &IDP_KEY),
        &[CheckId::SignaturePresent],
    );
    let signed = signed_assertion();
    assert_stopped(
        "stripped",
        &replace_once(&signed, signature(&signed), ""),
        &[CheckId::SignaturePresent],
    );
}

#[test]
fn changed_signed_content_is_rejected() {
    for what in [Sign::Response, Sign::Assertion, Sign::Both] {
        let signed = Message::new().signed(what, &IDP_KEY);
        assert_stopped(
            "changed",
            &replace_once(&signed, ">ada@", ">eve@"),
            &[CheckId::SignatureKey],
        );
        assert_stopped(
            "attribute",
            &replace_once(&signed, ">Ops<", ">Admins<"),
            &[CheckId::SignatureKey],
        );
    }
    let signed = Message::new().signed(Sign::Response, &IDP_KEY);
    assert_stopped(
        "name",
        &replace_once(&signed, "FriendlyName=\"team\"", ""),
        &[CheckId::SignatureKey],
    );
}

#[test]
fn signature_of_another_key_is_rejected() {
    assert_stopped(
        "other",
        &Message::new().signed(Sign::Both, &OTHER_KEY),
        &[CheckId::SignatureKey],
    );
    assert_stopped(
        "half",
        &{
            let message = Message::new();
            message.around(&message.assertion(true, &OTHER_KEY), true, &IDP_KEY)
        },
        &[CheckId::SignatureKey],
    );
}

#[test]
fn key_in_the_message_is_not_trusted() {
    let mut message = Message::new();
    message.key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        STANDARD.encode(&OTHER_KEY.certificate)
    );
    assert_stopped(
        "certificate",
        &message.signed(Sign::Both, &OTHER_KEY),
        &[CheckId::SignatureKey],
    );
    let rsa = OTHER_KEY.private.rsa().unwrap();
    message.key_info = format!(
        "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>{}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>",
        STANDARD.encode(rsa.n().to_vec()),
        STANDARD.encode(rsa.e().to_vec())
    );
    assert_stopped("value", &message.signed(Sign::Assertion, &OTHER_KEY), &[CheckId::SignatureKey]);
}

#[test]
fn a_signature_of_an_ignored_certificate_is_rejected_and_named() {
    let weak = certify(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap(), -1, 1);
    let expired = certify(OTHER_KEY.private.clone(), -9, -1);
    let mut setting = Setting::new();
    let ignored = |key: &Key, reason, detail: &str| IgnoredCertificate {
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
fn weak_expired_or_missing_certificate_is_rejected() {
    let message = |key: &Key| Message::new().signed(Sign::Assertion, key);
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
fn weak_or_confused_algorithms_are_rejected() {
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
        let xml = replace_once(&signed_assertion(), RSA_SHA256, method);
        assert_stopped(method, &xml, &[CheckId::SignatureAlgorithm]);
    }
    for digest in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
    ] {
        assert_stopped(
            digest,
            &replace_once(&signed_assertion(), SHA256, digest),
            &[CheckId::SignatureAlgorithm],
        );
    }
    let confused = replace_once(&signed_assertion(), "rsa-sha256", "ecdsa-sha256");
    assert_stopped("another kind of key", &confused, &[CheckId::SignatureKey]);
}

#[test]
fn sha_1_is_accepted_until_the_date_of_the_connection() {
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
