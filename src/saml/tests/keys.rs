//! Generated keys, and checks of certificates.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use openssl::{ec::EcGroup, ec::EcKey, nid::Nid, pkey::PKey, rsa::Rsa, x509::X509};

use super::kit::{EC_KEY, IDP_KEY, certify, now};
use crate::saml::keys::{
    CertificateError, CertificateInfo, DecryptionKey, KeyError, KeyKind, SigningKey, fingerprint,
    generate, parse_certificate,
};

#[test]
fn new_key_has_its_own_certificate() {
    let pair = generate("usher.example.com", now(), TimeDelta::days(3650)).unwrap();
    let facts = CertificateInfo::parse(&pair.certificate_der).unwrap();
    assert_eq!(facts.subject, "CN=usher.example.com");
    assert_eq!(facts.key, KeyKind::Rsa(2048));
    assert_eq!(facts.not_before, now() - TimeDelta::days(1));
    assert_eq!(facts.not_after, now() + TimeDelta::days(3650));
    assert_eq!(facts.check_usable(now()), Ok(()));
    let private = PKey::private_key_from_der(&pair.private_der).unwrap();
    let certificate = X509::from_der(&pair.certificate_der).unwrap();
    assert!(certificate.public_key().unwrap().public_eq(&private));
    assert!(certificate.verify(&private).unwrap());
    assert!(SigningKey::from_der(&pair.private_der).is_ok());
    assert!(DecryptionKey::from_der(&pair.private_der).is_ok());
    let other = generate("usher.example.com", now(), TimeDelta::days(1)).unwrap();
    let serial = |der: &[u8]| X509::from_der(der).unwrap().serial_number().to_bn().unwrap();
    assert_ne!(serial(&pair.certificate_der), serial(&other.certificate_der));
}

#[test]
fn keys_other_than_rsa_of_2048_bits_are_rejected() {
    let weak = Rsa::generate(1024).unwrap().private_key_to_der().unwrap();
    let ec = EC_KEY.private.private_key_to_der().unwrap();
    for der in [&weak, &ec] {
        assert!(matches!(SigningKey::from_der(der), Err(KeyError::NotRsa)));
        assert!(matches!(DecryptionKey::from_der(der), Err(KeyError::NotRsa)));
    }
    assert!(matches!(SigningKey::from_der(b"no key"), Err(KeyError::NotAPrivateKey)));
}

#[test]
fn certificate_is_read_in_pem_der_and_base64() {
    let der = &IDP_KEY.certificate;
    let pem = X509::from_der(der).unwrap().to_pem().unwrap();
    let bare = STANDARD.encode(der);
    let lines = String::from_utf8(pem.clone()).unwrap();
    let lines = lines.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>();
    for form in [&der[..], &pem, bare.as_bytes(), lines.join("\r\n").as_bytes()] {
        assert_eq!(&parse_certificate(form).unwrap(), der);
    }
    let large = vec![0x30; 100_000];
    for form in [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----", &[0x30, 0x82], &large] {
        assert!(matches!(parse_certificate(form), Err(KeyError::NotACertificate)));
    }
}

#[test]
fn usable_keys_are_distinguished_from_unusable_ones() {
    let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
    let curve = |name| {
        let group = EcGroup::from_curve_name(name).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    };
    let edwards = || {
        let mut builder = openssl::x509::X509::builder().unwrap();
        let key = PKey::generate_ed25519().unwrap();
        builder.set_pubkey(&key).unwrap();
        let at = |time: i64| openssl::asn1::Asn1Time::from_unix(time).unwrap();
        builder.set_not_before(&at(0)).unwrap();
        builder.set_not_after(&at(4_000_000_000)).unwrap();
        builder.sign(&key, openssl::hash::MessageDigest::null()).unwrap();
        builder.build().to_der().unwrap()
    };
    let day = TimeDelta::days(1);
    for (certificate, expected) in [
        (certify(rsa(2048), -1, 1).certificate, Ok(())),
        (certify(rsa(1024), -1, 1).certificate, Err(CertificateError::Key(KeyKind::Rsa(1024)))),
        (certify(curve(Nid::SECP384R1), -1, 1).certificate, Ok(())),
        (certify(curve(Nid::SECP521R1), -1, 1).certificate, Ok(())),
        (
            certify(curve(Nid::SECP256K1), -1, 1).certificate,
            Err(CertificateError::Key(KeyKind::Other)),
        ),
        (edwards(), Err(CertificateError::Key(KeyKind::Other))),
        (
            certify(IDP_KEY.private.clone(), -2, -1).certificate,
            Err(CertificateError::Expired(now() - day)),
        ),
        (
            certify(IDP_KEY.private.clone(), 1, 2).certificate,
            Err(CertificateError::NotYetValid(now() + day)),
        ),
    ] {
        let facts = CertificateInfo::parse(&certificate).unwrap();
        assert_eq!(facts.check_usable(now()), expected);
        assert_eq!(facts.fingerprint, fingerprint(&certificate));
        assert_eq!(facts.fingerprint.len(), 64);
    }
    assert!(matches!(CertificateInfo::parse(b"none"), Err(KeyError::NotACertificate)));
}
