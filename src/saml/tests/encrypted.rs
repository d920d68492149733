//! Encrypted assertions: what is decrypted, and what a failure tells.

use crate::domain::check::CheckId;
use openssl::hash::MessageDigest;

use super::kit::{
    AES128_CBC, AES128_GCM, AES256_CBC, AES256_GCM, Encryption, IDP_KEY, Message, NO_CHECKS,
    OAEP11, OTHER_KEY, SP_KEY, Setting, Sign, actual, failed, verify,
};
use crate::saml::keys::{DecryptionKey, fingerprint};

fn message(what: Sign, encryption: &Encryption) -> String {
    let message = Message::new();
    let inner = message.assertion(matches!(what, Sign::Assertion | Sign::Both), &IDP_KEY);
    let encrypted = encryption.encrypt(&inner, &SP_KEY);
    message.around(&encrypted, matches!(what, Sign::Response | Sign::Both), &IDP_KEY)
}

#[test]
fn aes_gcm_in_signed_and_unsigned_responses_is_read() {
    for cipher in [AES128_GCM, AES256_GCM] {
        for what in [Sign::Response, Sign::Assertion, Sign::Both] {
            let verdict = verify(&message(what, &Encryption::new(cipher)));
            assert_eq!(failed(&verdict), NO_CHECKS, "{cipher} {what:?} {:#?}", verdict.checks);
            let assertion = verdict.assertion.unwrap();
            assert_eq!(assertion.subject.name_id, "ada@example.com");
            assert_eq!(assertion.certificate_fingerprint, fingerprint(&IDP_KEY.certificate));
        }
    }
}

#[test]
fn every_oaep_hash_is_supported_and_the_key_may_be_a_sibling() {
    let digest = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>";
    let both = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/><e:MGF xmlns:e=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/>";
    let named = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/>";
    let plain = Encryption::new(AES256_GCM);
    for encryption in [
        Encryption { oaep: named, ..plain.clone() },
        Encryption { oaep: digest, digest: MessageDigest::sha256(), ..plain.clone() },
        Encryption { transport: OAEP11, ..plain.clone() },
        Encryption {
            transport: OAEP11,
            oaep: both,
            digest: MessageDigest::sha512(),
            mask: MessageDigest::sha256(),
            ..plain.clone()
        },
        Encryption { beside: true, ..plain.clone() },
    ] {
        let verdict = verify(&message(Sign::Assertion, &encryption));
        assert_eq!(failed(&verdict), NO_CHECKS, "{} {}", encryption.transport, encryption.oaep);
    }
}

#[test]
fn signature_beside_the_encrypted_data_is_rejected() {
    let whole = Message::new();
    let signed = whole.signed(Sign::Assertion, &IDP_KEY);
    let from = signed.find("<ds:Signature ").unwrap();
    let to = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let encrypted = Encryption::new(AES256_GCM).encrypt(&whole.assertion(true, &IDP_KEY), &SP_KEY);
    let (open, inside) = encrypted.split_once("><xenc:EncryptedData").unwrap();
    let beside = format!("{open}>{}<xenc:EncryptedData{inside}", &signed[from..to]);
    let only = format!("{open}>{}</saml:EncryptedAssertion>", &signed[from..to]);
    for xml in [beside, only] {
        let verdict = verify(&whole.around(&xml, false, &IDP_KEY));
        assert_eq!(failed(&verdict), [CheckId::AssertionDecryption], "{:#?}", verdict.checks);
    }
}

#[test]
fn any_decryption_key_of_a_rollover_serves() {
    let other = DecryptionKey::from_der(&OTHER_KEY.private.private_key_to_der().unwrap()).unwrap();
    let mut setting = Setting::new();
    setting.keys.insert(0, other);
    let message = message(Sign::Response, &Encryption::new(AES128_GCM));
    assert_eq!(failed(&setting.verify(&message)), NO_CHECKS);
}

#[test]
fn namespace_prefixes_around_encrypted_data_apply_inside_it() {
    let whole = Message::new();
    let inner = whole.assertion(false, &IDP_KEY);
    let xs = " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"";
    let saml = " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let bare = inner.replacen(xs, "", 1).replacen(saml, "", 1);
    assert_ne!(inner.len(), bare.len());
    let encryption = Encryption::new(AES256_GCM);
    let encrypted = encryption.encrypt(&bare, &SP_KEY);
    let around = whole.clone().with(" xmlns:samlp=", &format!("{xs} xmlns:samlp="));
    let verdict = verify(&around.around(&encrypted, true, &IDP_KEY));
    assert_eq!(failed(&verdict), NO_CHECKS, "{:#?}", verdict.checks);
}

#[test]
fn encrypted_but_unsigned_response_is_rejected() {
    let verdict = verify(&message(Sign::Nothing, &Encryption::new(AES256_GCM)));
    assert_eq!(failed(&verdict), [CheckId::SignaturePresent]);
}

#[test]
fn every_signature_must_verify() {
    let whole = Message::new();
    let encryption = Encryption::new(AES256_GCM);
    let inner = encryption.encrypt(&whole.assertion(true, &OTHER_KEY), &SP_KEY);
    let right = encryption.encrypt(&whole.assertion(true, &IDP_KEY), &SP_KEY);
    let tampered = whole.assertion(true, &IDP_KEY).replace(">ada@", ">eve@");
    for (name, xml) in [
        ("inside by another", whole.around(&inner, false, &IDP_KEY)),
        ("outside right, inside by another", whole.around(&inner, true, &IDP_KEY)),
        ("outside by another, inside right", whole.around(&right, true, &OTHER_KEY)),
        ("changed inside", whole.around(&encryption.encrypt(&tampered, &SP_KEY), false, &IDP_KEY)),
    ] {
        assert_eq!(failed(&verify(&xml)), [CheckId::SignatureKey], "{name}");
    }
}

#[test]
fn replaced_ciphertext_breaks_the_signature_around_it() {
    let encryption = Encryption::new(AES256_GCM);
    let signed = message(Sign::Response, &encryption);
    let evil = Message::new().with(">ada@", ">eve@").assertion(false, &IDP_KEY);
    let evil = encryption.encrypt(&evil, &SP_KEY);
    let value = |text: &str| {
        let (_, rest) = text.rsplit_once("<xenc:CipherValue>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let swapped = signed.replace(&value(&signed), &value(&evil));
    assert_ne!(swapped, signed);
    assert_eq!(failed(&verify(&swapped)), [CheckId::SignatureKey]);
}

#[test]
fn cbc_is_accepted_only_in_a_signed_response_if_allowed() {
    for cipher in [AES128_CBC, AES256_CBC] {
        let encryption = Encryption::new(cipher);
        let mut setting = Setting::new();
        let signed = message(Sign::Response, &encryption);
        assert_eq!(failed(&setting.verify(&signed)), [CheckId::AssertionDecryption]);
        setting.policy.allow_cbc = true;
        assert_eq!(failed(&setting.verify(&signed)), NO_CHECKS);
        let unsigned = message(Sign::Assertion, &encryption);
        assert_eq!(failed(&setting.verify(&unsigned)), [CheckId::AssertionDecryption]);
    }
}

#[test]
fn weak_or_unknown_encryption_is_rejected_by_name() {
    let good = message(Sign::Assertion, &Encryption::new(AES256_GCM));
    for (from, to) in [
        ("xmlenc#rsa-oaep-mgf1p", "xmlenc#rsa-1_5"),
        ("xmlenc#rsa-oaep-mgf1p", "xmlenc#kw-aes128"),
        ("xmlenc11#aes256-gcm", "xmlenc#tripledes-cbc"),
        ("xmlenc11#aes256-gcm", "xmlenc11#aes192-gcm"),
    ] {
        let verdict = verify(&good.replace(from, to));
        assert_eq!(failed(&verdict), [CheckId::AssertionDecryption]);
        assert!(actual(&verdict, CheckId::AssertionDecryption).contains(to));
    }
}

#[test]
fn decryption_failures_are_indistinguishable() {
    let encryption = Encryption::new(AES256_GCM);
    let good = message(Sign::Assertion, &encryption);
    let around =
        |inner: &str| Message::new().around(&encryption.encrypt(inner, &SP_KEY), false, &IDP_KEY);
    let plain = Message::new().assertion(true, &IDP_KEY);
    let (start, rest) = good.rsplit_once("<xenc:CipherValue>").unwrap();
    let (_, end) = rest.split_once('<').unwrap();
    let cipher = |text: &str| format!("{start}<xenc:CipherValue>{text}<{end}");
    let for_another = {
        let encrypted = encryption.encrypt(&plain, &OTHER_KEY);
        Message::new().around(&encrypted, false, &IDP_KEY)
    };
    let wrapped = {
        let (start, rest) = good.split_once("<xenc:CipherValue>").unwrap();
        let (_, end) = rest.split_once('<').unwrap();
        format!("{start}<xenc:CipherValue>AAAA<{end}")
    };
    for (name, xml) in [
        ("for another", for_another),
        ("short key", wrapped),
        ("other cipher", good.replace("xmlenc11#aes256-gcm", "xmlenc11#aes128-gcm")),
        ("other digest", good.replace("<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\">", "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>")),
        ("empty", cipher("")),
        ("short", cipher("AAAA")),
        ("an input vector only", cipher("AAAAAAAAAAAAAAAA")),
        ("changed", cipher(&"AAAA".repeat(200))),
        ("no XML", around("hello")),
        ("not well-formed", around(&plain.replace("</saml:Subject>", ""))),
        ("DTD", around(&format!("<!DOCTYPE r>{plain}"))),
        ("closes around", around(&format!("</saml:EncryptedAssertion>{plain}<saml:EncryptedAssertion>"))),
        ("two", around(&plain.repeat(2))),
        ("another element", around("<saml:Advice/>")),
        ("encrypted again", around(&encryption.encrypt(&plain, &SP_KEY))),
        ("comment", around(&plain.replace(">ada@", ">ada<!-- -->@"))),
    ] {
        let verdict = verify(&xml);
        assert_eq!(failed(&verdict), [CheckId::AssertionDecryption], "{name}: {:#?}", verdict.checks);
        assert_eq!(actual(&verdict, CheckId::AssertionDecryption), "could not be decrypted", "{name}");
    }
    let mut setting = Setting::new();
    setting.keys = Vec::new();
    let verdict = setting.verify(&good);
    assert_eq!(actual(&verdict, CheckId::AssertionDecryption), "could not be decrypted");
}

#[test]
fn unsupported_encryption_structures_are_rejected() {
    let good = message(Sign::Assertion, &Encryption::new(AES256_GCM));
    let beside = Encryption { beside: true, ..Encryption::new(AES256_GCM) };
    let beside = message(Sign::Assertion, &beside);
    let key = {
        let from = good.find("<xenc:EncryptedKey ").unwrap();
        let to = good.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
        good[from..to].to_owned()
    };
    let reference = "<xenc:CipherReference URI=\"file:///dev/zero\"/>";
    let (start, rest) = good.rsplit_once("<xenc:CipherValue>").unwrap();
    let (_, end) = rest.split_once("</xenc:CipherValue>").unwrap();
    for (name, xml) in [
        ("reference", format!("{start}{reference}{end}")),
        ("no key", good.replace(&key, "")),
        (
            "five keys",
            good.replace(
                &key,
                &(0..5).map(|n| key.replace("_k1", &format!("_k{n}"))).collect::<String>(),
            ),
        ),
        ("key elsewhere", beside.replace("URI=\"#_k1\"", "URI=\"http://127.0.0.1:9/\"")),
        ("key nowhere", beside.replace("URI=\"#_k1\"", "URI=\"#_k2\"")),
        ("not base64", good.replace("<xenc:CipherValue>", "<xenc:CipherValue>*")),
        ("agreement", good.replace(&key, "<xenc:AgreementMethod Algorithm=\"urn:x\"/>")),
    ] {
        assert_ne!(xml, good, "{name}");
        let verdict = verify(&xml);
        assert_eq!(
            failed(&verdict),
            [CheckId::AssertionDecryption],
            "{name}: {:#?}",
            verdict.checks
        );
    }
    let twice = good.replace(
        "</saml:EncryptedAssertion>",
        "</saml:EncryptedAssertion><saml:EncryptedAssertion/>",
    );
    assert_eq!(failed(&verify(&twice)), [CheckId::SignaturePresent, CheckId::AssertionSingle]);
    let same = good.replace("Id=\"_k1\"", "Id=\"_r1\"");
    assert_eq!(failed(&verify(&same)), [CheckId::SignatureReference]);
    let root = good.replace("saml:EncryptedAssertion", "samlp:EncryptedAssertion");
    assert_eq!(failed(&verify(&root)), [CheckId::XmlSafe]);
}
