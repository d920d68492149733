//! Which certificates of metadata, and of certificate files, are trusted.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    asn1::{Asn1Integer, Asn1Time},
    bn::BigNum,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509NameBuilder},
};

use super::{
    kit::{EC_KEY, IDP, IDP_KEY, OTHER_KEY, certify, now},
    metadata::{entity_descriptor, parse_metadata},
};
use crate::{
    domain::ignored_certificate::IgnoredReason,
    saml::{
        certificate_file::CertificateFile,
        file_kind::FileKind,
        keys::{KeyError, fingerprint},
        metadata::MetadataError,
    },
};

type Der = Vec<u8>;

fn key() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

/// A certificate of `subject` with `key`, issued by `issuer`.
fn issued(
    (subject, key): (&str, &PKey<Private>),
    (issuer, issuing): (&str, &PKey<Private>),
    days: i64,
) -> Der {
    let name = |common: &str| {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", common).unwrap();
        name.build()
    };
    let at = |days: i64| Asn1Time::from_unix(now().timestamp() + days * 86_400).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(64, openssl::bn::MsbOption::ONE, false).unwrap();
    builder.set_serial_number(&Asn1Integer::from_bn(&serial).unwrap()).unwrap();
    builder.set_subject_name(&name(subject)).unwrap();
    builder.set_issuer_name(&name(issuer)).unwrap();
    builder.set_not_before(&at(days - 20)).unwrap();
    builder.set_not_after(&at(days)).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.sign(issuing, MessageDigest::sha256()).unwrap();
    builder.build().to_der().unwrap()
}

/// A root, an intermediate and a leaf.
struct Chain {
    root: Der,
    intermediate: Der,
    leaf: Der,
    root_key: PKey<Private>,
    leaf_key: PKey<Private>,
}

fn chain() -> Chain {
    let (root, intermediate, leaf) = (key(), key(), key());
    Chain {
        root: issued(("Root", &root), ("Root", &root), 9),
        intermediate: issued(("Intermediate", &intermediate), ("Root", &root), 9),
        leaf: issued(("Leaf", &leaf), ("Intermediate", &intermediate), 9),
        root_key: root,
        leaf_key: leaf,
    }
}

fn data(certificates: &[&Der]) -> String {
    let certificates = certificates
        .iter()
        .map(|der| format!("<ds:X509Certificate>{}</ds:X509Certificate>", STANDARD.encode(der)));
    format!("<ds:X509Data>{}</ds:X509Data>", certificates.collect::<String>())
}

fn descriptor(data: &str) -> String {
    format!("<md:KeyDescriptor><ds:KeyInfo>{data}</ds:KeyInfo></md:KeyDescriptor>")
}

fn pem(certificates: &[&Der]) -> Vec<u8> {
    certificates.iter().flat_map(|der| X509::from_der(der).unwrap().to_pem().unwrap()).collect()
}

/// Returns the trusted certificates of the chains of one `KeyInfo`.
fn trusted(chains: &[&[&Der]]) -> Result<Vec<Der>, MetadataError> {
    let chains = chains.iter().map(|chain| data(chain)).collect::<String>();
    parse_metadata(&entity_descriptor(IDP, &descriptor(&chains))).map(|idp| idp.certificates)
}

#[test]
fn only_the_leaf_of_a_chain_is_trusted_in_any_order() {
    let Chain { root, intermediate, leaf, .. } = chain();
    let (r, i, l) = (&root, &intermediate, &leaf);
    for order in [[r, i, l], [r, l, i], [i, r, l], [i, l, r], [l, r, i], [l, i, r]] {
        assert_eq!(trusted(&[&order]).unwrap(), std::slice::from_ref(&leaf));
        let file = CertificateFile::parse(&pem(&order)).unwrap();
        assert_eq!(file.certificates, std::slice::from_ref(&leaf));
        let reasons = file.ignored.iter().map(|one| one.reason).collect::<Vec<_>>();
        assert_eq!(reasons, [IgnoredReason::Issuer, IgnoredReason::Issuer]);
    }
    for chains in [
        // Without one of the authorities.
        &[&[i, l][..]][..],
        &[&[l, i]],
        // Each certificate twice.
        &[&[r, l, i, l, r, i]],
        // One after the other.
        &[&[r], &[i], &[l]],
        &[&[r, i], &[l]],
    ] {
        assert_eq!(trusted(chains).unwrap(), std::slice::from_ref(&leaf));
    }
    // A chain that ends at an authority.
    assert_eq!(trusted(&[&[r, i]]).unwrap(), std::slice::from_ref(&intermediate));
}

#[test]
fn authority_in_another_descriptor_is_not_trusted_beside_its_leaf() {
    let Chain { root, intermediate, leaf, .. } = chain();
    let apart = |all: &[&Der]| all.iter().map(|der| descriptor(&data(&[der]))).collect::<String>();
    for order in [
        &[&root, &intermediate, &leaf][..],
        &[&leaf, &intermediate, &root],
        &[&intermediate, &leaf],
        &[&leaf, &intermediate],
    ] {
        let idp = parse_metadata(&entity_descriptor(IDP, &apart(order))).unwrap();
        assert_eq!(idp.certificates, std::slice::from_ref(&leaf));
        let reasons = idp.ignored.iter().map(|one| one.reason).collect::<Vec<_>>();
        assert_eq!(reasons, vec![IgnoredReason::Issuer; order.len() - 1]);
    }
    // Two that have nothing to do with each other are a rollover.
    let idp = parse_metadata(&entity_descriptor(IDP, &apart(&[&root, &leaf]))).unwrap();
    assert_eq!(idp.certificates, [root, leaf]);
}

#[test]
fn ignored_certificates_of_metadata_are_reported_with_the_reason() {
    let Chain { root, intermediate, leaf, .. } = chain();
    let expired = certify(OTHER_KEY.private.clone(), -9, -1).certificate;
    let weak = certify(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap(), -1, 9).certificate;
    let edwards = certificate_of_ed25519();
    let encryption = descriptor(&data(&[&EC_KEY.certificate]))
        .replace("<md:KeyDescriptor>", "<md:KeyDescriptor use=\"encryption\">");
    let keys = [
        descriptor(&data(&[&root, &leaf, &intermediate])),
        descriptor(&data(&[&expired])),
        descriptor(&data(&[&weak])),
        descriptor(&data(&[&edwards])),
        descriptor("<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>"),
        descriptor("<ds:KeyName>k</ds:KeyName>"),
        descriptor("<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
        encryption,
    ];
    let idp = parse_metadata(&entity_descriptor(IDP, &keys.concat())).unwrap();
    assert_eq!(idp.certificates, [leaf]);
    let found = idp.ignored.iter().map(|one| (one.reason, one.certificate.as_ref()));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            (IgnoredReason::Issuer, Some(&root)),
            (IgnoredReason::Issuer, Some(&intermediate)),
            (IgnoredReason::Expired, Some(&expired)),
            (IgnoredReason::KeyTooShort, Some(&weak)),
            (IgnoredReason::UnsupportedKey, Some(&edwards)),
            (IgnoredReason::Unreadable, None),
            (IgnoredReason::NoCertificate, None),
            (IgnoredReason::NoCertificate, None),
            (IgnoredReason::EncryptionOnly, Some(&EC_KEY.certificate)),
        ]
    );
    let details = idp.ignored.iter().map(|one| one.detail.as_str()).collect::<Vec<_>>();
    assert!(details[2].starts_with("expired at 2026-"), "{details:?}");
    assert!(details[3].contains("RSA-1024"), "{details:?}");
    assert!(details[7].contains("KeyValue"), "{details:?}");
}

fn certificate_of_ed25519() -> Der {
    let key = PKey::generate_ed25519().unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
    builder.sign(&key, MessageDigest::null()).unwrap();
    builder.build().to_der().unwrap()
}

#[test]
fn a_certificate_that_is_used_is_not_ignored_as_well() {
    let Chain { intermediate, leaf, .. } = chain();
    let twice = [
        descriptor(&data(&[&leaf, &intermediate])),
        descriptor(&data(&[&leaf])),
        descriptor(&data(&[&leaf]))
            .replace("<md:KeyDescriptor>", "<md:KeyDescriptor use=\"encryption\">"),
    ];
    let idp = parse_metadata(&entity_descriptor(IDP, &twice.concat())).unwrap();
    assert_eq!(idp.certificates, [leaf]);
    assert_eq!(idp.ignored.len(), 1, "{:?}", idp.ignored);
}

#[test]
fn an_expired_leaf_is_not_replaced_by_its_authority() {
    let (root, leaf) = (key(), key());
    let authority = issued(("Root", &root), ("Root", &root), 9);
    let expired = issued(("Leaf", &leaf), ("Root", &root), -1);
    let error = trusted(&[&[&authority, &expired]]).unwrap_err();
    assert!(matches!(error, MetadataError::NoCertificate(..)), "{error}");
    assert!(error.to_string().contains("expired at"), "{error}");
}

#[test]
fn authorities_that_signed_each_other_are_not_trusted() {
    let (one, other, leaf) = (key(), key(), key());
    let first = issued(("One", &one), ("One", &one), 9);
    let crossed = issued(("One", &one), ("Other", &other), 9);
    let second = issued(("Other", &other), ("Other", &other), 9);
    let signer = issued(("Leaf", &leaf), ("One", &one), 9);
    assert_eq!(trusted(&[&[&first, &crossed, &second, &signer]]).unwrap(), [signer]);
    // Each of the two issued the other.
    let back = issued(("Other", &other), ("One", &one), 9);
    let error = trusted(&[&[&crossed, &back]]).unwrap_err();
    assert!(matches!(error, MetadataError::Chain(_)), "{error}");
}

#[test]
fn two_certificates_of_one_key_are_one_signer() {
    let own = key();
    let old = issued(("IdP", &own), ("IdP", &own), 3);
    let renewed = issued(("IdP", &own), ("IdP", &own), 9);
    assert_eq!(trusted(&[&[&old, &renewed]]).unwrap(), [old, renewed]);
}

#[test]
fn authority_is_recognized_by_its_key_and_not_by_its_name() {
    let Chain { leaf, root_key, leaf_key, .. } = chain();
    let impostor = issued(("Intermediate", &root_key), ("Intermediate", &root_key), 9);
    let error = trusted(&[&[&impostor, &leaf]]).unwrap_err();
    assert!(matches!(error, MetadataError::Chain(_)), "{error}");
    // Nor does the key without the name.
    let renamed = issued(("Another", &root_key), ("Another", &root_key), 9);
    let child = issued(("Leaf", &leaf_key), ("Root", &root_key), 9);
    assert!(trusted(&[&[&renamed, &child]]).is_err());
}

#[test]
fn a_chain_with_several_signers_is_rejected_with_its_candidates() {
    let Chain { root, intermediate, leaf, .. } = chain();
    let stranger = &IDP_KEY.certificate;
    for ambiguous in [vec![stranger, &leaf], vec![&root, stranger, &leaf, &intermediate]] {
        let serial = X509::from_der(&leaf).unwrap().serial_number().to_bn().unwrap();
        let serial = serial.to_hex_str().unwrap().to_string();
        let metadata = trusted(&[&ambiguous]).unwrap_err();
        assert!(matches!(metadata, MetadataError::Chain(_)), "{metadata}");
        let file = CertificateFile::parse(&pem(&ambiguous)).unwrap_err();
        assert!(matches!(file, KeyError::Chain(_)), "{file}");
        for error in [metadata.to_string(), file.to_string()] {
            for part in [
                "CN=Leaf",
                "CN=idp.example.com",
                &serial,
                &fingerprint(&leaf),
                &fingerprint(stranger),
            ] {
                assert!(error.contains(part), "{part}: {error}");
            }
            assert!(!error.contains("CN=Root"), "{error}");
        }
    }
    // Each in its own X509Data, or KeyDescriptor, they are two signers.
    let both = [stranger.clone(), leaf.clone()];
    assert_eq!(trusted(&[&[stranger], &[&leaf, &intermediate]]).unwrap(), both);
    let apart = [descriptor(&data(&[stranger])), descriptor(&data(&[&leaf, &root]))].concat();
    assert!(
        matches!(parse_metadata(&entity_descriptor(IDP, &apart)), Err(MetadataError::Chain(_))),
        "not its issuer"
    );
    let apart = [descriptor(&data(&[stranger])), descriptor(&data(&[&leaf]))].concat();
    assert_eq!(parse_metadata(&entity_descriptor(IDP, &apart)).unwrap().certificates, both);
}

#[test]
fn a_chain_with_a_certificate_that_cannot_be_read_is_rejected() {
    let Chain { root, .. } = chain();
    let broken = data(&[&root])
        .replace("</ds:X509Data>", "<ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>");
    let error = parse_metadata(&entity_descriptor(IDP, &descriptor(&broken))).unwrap_err();
    assert!(matches!(error, MetadataError::Chain(_)), "{error}");
    let pem =
        [pem(&[&root]), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec()];
    assert!(CertificateFile::parse(&pem.concat()).is_err());
}

#[test]
fn kind_of_a_file_that_is_not_a_certificate_is_reported() {
    let private = IDP_KEY.private.private_key_to_pem_pkcs8().unwrap();
    for (bytes, content) in [
        (private.as_slice(), FileKind::PrivateKey),
        (b"<md:EntityDescriptor/>", FileKind::Xml),
        (b"https://idp.example/certificate.pem", FileKind::Url),
        (b"<html></html>", FileKind::Html),
        (b"-----BEGIN PKCS7-----\nMII\n-----END PKCS7-----", FileKind::Pkcs7),
        (b"", FileKind::Empty),
    ] {
        let error = CertificateFile::parse(bytes).unwrap_err();
        assert!(matches!(error, KeyError::WrongKind(found) if found == content), "{error}");
    }
    assert!(matches!(CertificateFile::parse(b"rubbish"), Err(KeyError::NotACertificate)));
}
