//! Keys with certificates that they sign themselves.

use std::{fs, io::ErrorKind, path::Path};

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509NameBuilder},
};
use usher::domain::Timestamp;

/// A private key and the certificate of it.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) private: PKey<Private>,
    pub(crate) certificate: X509,
}

impl Key {
    /// The identity provider's: RSA-2048.
    pub(crate) fn identity_provider(now: Timestamp) -> Self {
        Self::stored_key("identity-provider", now)
    }

    /// The attacker's: RSA-2048.
    pub(crate) fn attacker(now: Timestamp) -> Self {
        Self::stored_key("attacker", now)
    }

    /// A service provider's: RSA-2048.
    pub(crate) fn service_provider(now: Timestamp) -> Self {
        Self::stored_key("service-provider", now)
    }

    /// The RSA-2048 key of this name: made by whichever test needs it first,
    /// and kept among the build's output, because making one takes longer than
    /// most tests, and each test is a process of its own.
    fn stored_key(name: &str, now: Timestamp) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys");
        let file = folder.join(name).with_extension("pem");
        if !file.exists() {
            fs::create_dir_all(&folder).unwrap();
            let made = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
            let thread = std::thread::current().id();
            let own = folder.join(format!("{name}.{}.{thread:?}", std::process::id()));
            fs::write(&own, made.private_key_to_pem_pkcs8().unwrap()).unwrap();
            // Linked and not renamed: a second process uses the file of the first.
            if let Err(error) = fs::hard_link(&own, &file) {
                assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
            }
            fs::remove_file(&own).unwrap();
        }
        Self::self_signed(PKey::private_key_from_pem(&fs::read(file).unwrap()).unwrap(), now)
    }

    /// A new RSA key.
    pub(crate) fn rsa(bits: u32, now: Timestamp) -> Self {
        Self::self_signed(PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap(), now)
    }

    /// A new key on this curve.
    pub(crate) fn ec(curve: Nid, now: Timestamp) -> Self {
        let group = EcGroup::from_curve_name(curve).unwrap();
        Self::self_signed(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap(), now)
    }

    /// The certificate, DER.
    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.to_der().unwrap()
    }

    fn self_signed(private: PKey<Private>, now: Timestamp) -> Self {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "An identity provider of a test").unwrap();
        let name = name.build();
        let mut serial = BigNum::new().unwrap();
        serial.rand(100, MsbOption::MAYBE_ZERO, false).unwrap();
        let day = |days: i64| Asn1Time::from_unix(now.timestamp() + days * 86_400).unwrap();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_not_before(&day(-1)).unwrap();
        builder.set_not_after(&day(365)).unwrap();
        builder.set_pubkey(&private).unwrap();
        builder.sign(&private, MessageDigest::sha256()).unwrap();
        Self { private, certificate: builder.build() }
    }
}
