//! A response and its assertion that two certificates of the connection signed
//! (saml2int SDP-SP37): let in if both are the connection's, and never if one of
//! them is not.

use openssl::nid::Nid;
use usher::{
    domain::check::{CheckId, Checks},
    saml::keys::fingerprint,
};

use crate::{
    direct::{DirectVerifier, failed_checks, now},
    forge::{Algorithm, Assertion, Cipher, Hash, Key, Transport, encrypt::encrypted},
    scene::{ForgedMessage, SELF, VICTIM, replaced},
};

const RSA: Algorithm = Algorithm::Rsa(Hash::Sha256);
const EC: Algorithm = Algorithm::Ecdsa(Hash::Sha256);

/// A key, and what it signs with.
type Signer<'a> = (&'a Key, Algorithm);

fn message(
    direct: &DirectVerifier,
    assertion: &Assertion,
    inner: Signer<'_>,
    outer: Signer<'_>,
) -> String {
    let signed = assertion.xml(&assertion.signature(inner.0, inner.1).xml());
    let response = direct.scene.response(signed);
    response.xml(&response.signature(outer.0, outer.1).xml())
}

/// A connection with the certificates of the identity provider and of these.
fn connection(others: &[&Key]) -> DirectVerifier {
    let mut direct = DirectVerifier::new();
    direct.certificates.extend(others.iter().map(|key| key.der()));
    direct
}

fn outcome(checks: &Checks) -> String {
    checks.iter().find(|check| check.id == CheckId::SignatureKey).unwrap().actual.clone()
}

#[test]
fn each_signature_may_have_a_certificate_of_its_own() {
    let second = Key::service_provider(now());
    let long = Key::rsa(3072, now());
    let ec = Key::ec(Nid::SECP384R1, now());
    let direct = connection(&[&second, &long, &ec]);
    let idp = &direct.scene.idp;
    let all: [Signer<'_>; 4] = [(idp, RSA), (&second, RSA), (&long, RSA), (&ec, EC)];
    for inner in all {
        for outer in all {
            let xml = message(&direct, &direct.scene.assertion(), inner, outer);
            let verdict = direct.examine(&ForgedMessage::from(xml));
            assert_eq!(failed_checks(&verdict.checks), [""; 0], "{:#?}", verdict.checks);
            let text = outcome(&verdict.checks);
            let of = |place: &str, key: &Key| {
                format!("signature of the {place}: certificate {}", fingerprint(&key.der()))
            };
            assert!(text.contains(&of("response", outer.0)), "{text}");
            assert!(text.contains(&of("assertion", inner.0)), "{text}");
            let assertion = verdict.assertion.unwrap();
            assert_eq!(assertion.subject.name_id, SELF);
            assert_eq!(assertion.certificate_fingerprint, fingerprint(&inner.0.der()));
        }
    }
}

#[test]
fn an_encrypted_assertion_may_have_a_certificate_of_its_own() {
    let second = Key::service_provider(now());
    let direct = connection(&[&second]);
    let scene = &direct.scene;
    let encrypted =
        |plain: &str| encrypted(plain, &scene.encryption, Cipher::Aes256Gcm, Transport::Oaep);
    let response = scene.response(encrypted(&scene.assertion().signed(&second)));
    let verdict = direct.examine(&ForgedMessage::from(response.signed(&scene.idp)));
    assert_eq!(failed_checks(&verdict.checks), [""; 0], "{:#?}", verdict.checks);
    let message = outcome(&verdict.checks);
    for key in [&second, &scene.idp] {
        assert!(message.contains(&fingerprint(&key.der())), "{message}");
    }
    let response = scene.response(encrypted(&scene.unsigned_assertion().signed(&scene.attacker())));
    let verdict = direct.examine(&ForgedMessage::from(response.signed(&scene.idp)));
    assert_eq!(failed_checks(&verdict.checks), ["signature.key"]);
}

#[test]
fn foreign_certificate_is_rejected_on_either_signature() {
    let second = Key::service_provider(now());
    let direct = connection(&[&second]);
    let scene = &direct.scene;
    let attacker = scene.attacker();
    for (inner, outer) in [
        (&attacker, &scene.idp),
        (&attacker, &second),
        (&scene.idp, &attacker),
        (&second, &attacker),
        (&attacker, &attacker),
    ] {
        let xml = message(&direct, &scene.unsigned_assertion(), (inner, RSA), (outer, RSA));
        let verdict = direct.examine(&ForgedMessage::from(xml));
        assert_eq!(verdict.assertion, None);
        assert_eq!(failed_checks(&verdict.checks), ["signature.key"]);
    }
}

#[test]
fn changed_content_under_two_certificates_is_rejected() {
    let second = Key::service_provider(now());
    let direct = connection(&[&second]);
    let scene = &direct.scene;
    let xml = message(&direct, &scene.assertion(), (&second, RSA), (&scene.idp, RSA));
    for (from, to) in [
        (SELF, VICTIM),
        (">USER<", ">ADMIN<"),
        ("Name=\"role\"", "Name=\"rule\""),
        ("<samlp:Status>", "<samlp:Extensions></samlp:Extensions><samlp:Status>"),
        (" Destination=", " Consent=\"x\" Destination="),
    ] {
        let verdict = direct.examine(&ForgedMessage::from(replaced(&xml, from, to)));
        assert_eq!(verdict.assertion, None, "{from}");
        assert_eq!(failed_checks(&verdict.checks), ["signature.key"], "{from}");
        let text = outcome(&verdict.checks);
        assert!(text.contains("was changed after it was signed"), "{from}: {text}");
    }
}

#[test]
fn genuine_assertion_in_a_contradicting_response_is_rejected() {
    let second = Key::service_provider(now());
    let direct = connection(&[&second]);
    let scene = &direct.scene;
    // A response to another person, whose assertion is exchanged for a genuine one.
    let other = message(&direct, &scene.unsigned_assertion(), (&second, RSA), (&scene.idp, RSA));
    let evil = crate::scene::find_element(&other, "saml:Assertion").to_owned();
    let xml = replaced(&other, &evil, &scene.assertion().signed(&second));
    let verdict = direct.examine(&ForgedMessage::from(xml));
    assert_eq!(verdict.assertion, None);
    assert_eq!(failed_checks(&verdict.checks), ["signature.key"]);
}

#[test]
fn tried_certificates_are_reported_for_each_signature() {
    let second = Key::service_provider(now());
    let ec = Key::ec(Nid::X9_62_PRIME256V1, now());
    let direct = connection(&[&second, &ec]);
    let scene = &direct.scene;
    let xml = message(&direct, &scene.assertion(), (&second, RSA), (&scene.attacker(), RSA));
    let text = outcome(&direct.examine(&ForgedMessage::from(xml)).checks);
    let (outer, inner) = text.split_once("; signature of the assertion: ").unwrap();
    let named = |key: &Key| {
        let print = fingerprint(&key.der());
        format!("CN=An identity provider of a test ({})", &print[..16])
    };
    for (key, outcome) in [
        (&scene.idp, ": does not verify"),
        (&second, ": does not verify"),
        (&ec, ": EC P-256 is not the kind of the signature"),
    ] {
        assert!(outer.contains(&format!("{}{outcome}", named(key))), "{outer}");
    }
    assert_eq!(inner, format!("{} verifies", named(&second)));
}
