//! Keys and certificates: generates our own, and checks those of identity providers.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta};
use openssl::{
    asn1::{Asn1Integer, Asn1Time, Asn1TimeRef},
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey, PKeyRef, Private, Public},
    rsa::Rsa,
    x509::{
        X509, X509NameBuilder, X509Ref,
        extension::{BasicConstraints, KeyUsage},
    },
};
use sha2::{Digest as _, Sha256};

use super::{base64_text, file_kind::FileKind, time};
use crate::domain::{Timestamp, connection::MAX_SKEW_SECONDS, ignored_certificate::IgnoredReason};

/// The number of bits of generated RSA keys.
const RSA_BITS: u32 = 2048;

/// The minimum number of bits of an accepted RSA key.
pub const MIN_RSA_BITS: u32 = 2048;

/// The maximum number of bits of an accepted RSA key: verifying with a giant key takes long.
pub const MAX_RSA_BITS: u32 = 8192;

/// The maximum number of bytes of a certificate.
pub(super) const MAX_CERTIFICATE: usize = 64 * 1024;

/// The maximum number of cached certificates.
const MAX_CACHED: usize = 1024;

/// Why a key or a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a private key in DER (PKCS#8 or PKCS#1).
    #[error("not a private key in DER")]
    NotAPrivateKey,
    /// The key is not an RSA key of the minimum length.
    #[error("not an RSA key of at least {MIN_RSA_BITS} bits")]
    NotRsa,
    /// The bytes are not an X.509 certificate in DER, PEM or base64.
    #[error("not an X.509 certificate in PEM, DER or base64")]
    NotACertificate,
    /// The file is of another kind.
    #[error("not a certificate but {}: {}", .0.name().unwrap_or("something else"), .0.certificate_remedy())]
    WrongKind(FileKind),
    /// The signing certificate of a chain is ambiguous.
    #[error(
        "not a chain of certificates with one that signs: {0}. Provide each certificate in a file of its own"
    )]
    Chain(String),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed: {0}")]
    Library(#[from] ErrorStack),
}

/// A new private key with a self-signed certificate that carries its public
/// half. Secret: has no `Debug` and no `Display`.
pub struct KeyPair {
    /// The private key, PKCS#8 DER.
    pub private_der: Vec<u8>,
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
}

/// Generates an RSA-2048 key and a self-signed certificate. It is valid for `valid_for`, from a
/// day before `now`, because clocks differ.
///
/// # Errors
/// When the cryptographic library fails, or `common_name` is not 1 to 64
/// characters.
pub fn generate(
    common_name: &str,
    now: Timestamp,
    valid_for: TimeDelta,
) -> Result<KeyPair, KeyError> {
    let key = PKey::from_rsa(Rsa::generate(RSA_BITS)?)?;
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;

    let mut certificate = X509::builder()?;
    certificate.set_version(2)?;
    certificate.set_serial_number(&*Asn1Integer::from_bn(&serial)?)?;
    certificate.set_subject_name(&name)?;
    certificate.set_issuer_name(&name)?;
    certificate.set_pubkey(&key)?;
    let from = time::subtract_saturating(now, TimeDelta::days(1)).timestamp();
    let until = time::add_saturating(now, valid_for).timestamp();
    certificate.set_not_before(&*Asn1Time::from_unix(from)?)?;
    certificate.set_not_after(&*Asn1Time::from_unix(until)?)?;
    certificate.append_extension(BasicConstraints::new().critical().build()?)?;
    let usage = KeyUsage::new().critical().digital_signature().key_encipherment().build()?;
    certificate.append_extension(usage)?;
    certificate.sign(&key, MessageDigest::sha256())?;
    Ok(KeyPair {
        private_der: key.private_key_to_pkcs8()?,
        certificate_der: certificate.build().to_der()?,
    })
}

/// The private key that signs our requests: RSA of at least 2048 bits.
#[derive(Clone)]
pub struct SigningKey(pub(super) PKey<Private>);

/// A private key that assertions are encrypted for: RSA of at least 2048 bits.
#[derive(Clone)]
pub struct DecryptionKey(pub(super) PKey<Private>);

impl SigningKey {
    /// Reads a private key in DER, PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// When the bytes are no such key, or it is not RSA or too short.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        rsa_from_der(der).map(Self)
    }
}

impl DecryptionKey {
    /// Reads a private key in DER, PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// When the bytes are no such key, or it is not RSA or too short.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        rsa_from_der(der).map(Self)
    }
}

fn rsa_from_der(der: &[u8]) -> Result<PKey<Private>, KeyError> {
    let key = PKey::private_key_from_der(der).map_err(|_| KeyError::NotAPrivateKey)?;
    if key.id() == Id::RSA && key.bits() >= MIN_RSA_BITS { Ok(key) } else { Err(KeyError::NotRsa) }
}

/// The readable fields of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateInfo {
    /// SHA-256 of the DER, in hexadecimal.
    pub fingerprint: String,
    /// The subject, e.g. `CN=idp.example.com, O=Example`.
    pub subject: String,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The kind of its key.
    pub key: KeyKind,
}

/// The kind of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA, with the number of bits.
    Rsa(u32),
    /// ECDSA, with the number of bits of the curve: P-256, P-384, P-521.
    Ec(u32),
    /// Anything else, which is never accepted.
    Other,
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA-{bits}"),
            Self::Ec(bits) => write!(f, "EC P-{bits}"),
            Self::Other => f.write_str("a key of an unknown kind"),
        }
    }
}

/// Why a certificate can't verify signatures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Its key is too short, too long, or of a kind that is not accepted.
    #[error(
        "{0}, where RSA of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits or EC P-256, P-384 or P-521 is accepted"
    )]
    Key(KeyKind),
    /// It is no longer valid.
    #[error("expired at {}", time::format(*.0))]
    Expired(Timestamp),
    /// It is not valid yet.
    #[error("not valid before {}", time::format(*.0))]
    NotYetValid(Timestamp),
}

impl CertificateError {
    /// The kind of the reason.
    #[must_use]
    pub fn reason(&self) -> IgnoredReason {
        match self {
            Self::Key(KeyKind::Rsa(bits)) if *bits < MIN_RSA_BITS => IgnoredReason::KeyTooShort,
            Self::Key(_) => IgnoredReason::UnsupportedKey,
            Self::Expired(_) => IgnoredReason::Expired,
            Self::NotYetValid(_) => IgnoredReason::NotYetValid,
        }
    }
}

impl CertificateInfo {
    /// Parses a certificate in DER.
    ///
    /// # Errors
    /// If the bytes are not a certificate.
    pub fn parse(der: &[u8]) -> Result<Self, KeyError> {
        ParsedCertificate::from_der(der).map(|parsed| parsed.info.clone())
    }

    fn new(
        certificate: &X509Ref,
        der: &[u8],
        key: Option<&PKeyRef<Public>>,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            fingerprint: fingerprint(der),
            subject: format_subject(certificate),
            not_before: to_timestamp(certificate.not_before())?,
            not_after: to_timestamp(certificate.not_after())?,
            key: key.map_or(KeyKind::Other, key_kind),
        })
    }

    /// Checks whether signatures may be verified with it now.
    ///
    /// # Errors
    /// Why not.
    pub fn check_usable(&self, now: Timestamp) -> Result<(), CertificateError> {
        let skew = TimeDelta::seconds(i64::from(MAX_SKEW_SECONDS));
        let is_supported = match self.key {
            KeyKind::Rsa(bits) => (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits),
            KeyKind::Ec(_) => true,
            KeyKind::Other => false,
        };
        if !is_supported {
            Err(CertificateError::Key(self.key))
        } else if self.not_after <= now {
            Err(CertificateError::Expired(self.not_after))
        } else if self.not_before > time::add_saturating(now, skew) {
            Err(CertificateError::NotYetValid(self.not_before))
        } else {
            Ok(())
        }
    }
}

/// A certificate, decoded.
pub(super) struct ParsedCertificate {
    pub info: CertificateInfo,
    /// Absent if the key is of a kind that OpenSSL does not know.
    pub public_key: Option<PKey<Public>>,
}

impl ParsedCertificate {
    /// Decodes a certificate in DER. The result is cached, because decoding costs as much
    /// as several verifications. It depends on the bytes alone, so the cache never changes
    /// a result.
    ///
    /// # Errors
    /// If the bytes are not a certificate.
    pub(super) fn from_der(der: &[u8]) -> Result<Arc<Self>, KeyError> {
        static CACHE: LazyLock<Mutex<HashMap<Vec<u8>, Arc<ParsedCertificate>>>> =
            LazyLock::new(Mutex::default);
        let lock = || CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = lock().get(der) {
            return Ok(Arc::clone(cached));
        }
        let certificate = parse_der(der)?;
        let public_key = certificate.public_key().ok();
        let info = CertificateInfo::new(&certificate, der, public_key.as_deref())?;
        let parsed = Arc::new(Self { info, public_key });
        let mut cache = lock();
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(der.to_vec(), Arc::clone(&parsed));
        Ok(parsed)
    }
}

/// SHA-256 of a certificate's DER, in hexadecimal.
#[must_use]
pub fn fingerprint(der: &[u8]) -> String {
    hex::encode(Sha256::digest(der))
}

/// Parses a certificate in PEM, DER or base64 without armour. Returns DER.
///
/// # Errors
/// If it has another format.
pub fn parse_certificate(bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    if bytes.len() > MAX_CERTIFICATE {
        return Err(KeyError::NotACertificate);
    }
    if bytes.starts_with(&[0x30]) {
        return parse_der(bytes).and_then(|certificate| Ok(certificate.to_der()?));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| KeyError::NotACertificate)?;
    if text.contains("-----BEGIN") {
        let certificate = X509::from_pem(bytes).map_err(|_| KeyError::NotACertificate)?;
        return Ok(certificate.to_der()?);
    }
    let der = base64_text::decode(text).ok_or(KeyError::NotACertificate)?;
    parse_der(&der).and_then(|certificate| Ok(certificate.to_der()?))
}

/// The base64 of a certificate, as in metadata.
pub(super) fn certificate_text(der: &[u8]) -> String {
    STANDARD.encode(der)
}

fn parse_der(der: &[u8]) -> Result<X509, KeyError> {
    if der.len() > MAX_CERTIFICATE {
        return Err(KeyError::NotACertificate);
    }
    X509::from_der(der).map_err(|_| KeyError::NotACertificate)
}

fn key_kind(key: &PKeyRef<Public>) -> KeyKind {
    match key.id() {
        Id::RSA => KeyKind::Rsa(key.bits()),
        Id::EC => match key.ec_key().ok().and_then(|key| key.group().curve_name()) {
            Some(Nid::X9_62_PRIME256V1) => KeyKind::Ec(256),
            Some(Nid::SECP384R1) => KeyKind::Ec(384),
            Some(Nid::SECP521R1) => KeyKind::Ec(521),
            _ => KeyKind::Other,
        },
        _ => KeyKind::Other,
    }
}

fn format_subject(certificate: &X509Ref) -> String {
    let entries = certificate.subject_name().entries().map(|entry| {
        let name = entry.object().nid().short_name().unwrap_or("?");
        let value = entry.data().to_string();
        format!("{name}={}", value.unwrap_or_else(|_| "?".into()))
    });
    entries.collect::<Vec<_>>().join(", ")
}

fn to_timestamp(time: &Asn1TimeRef) -> Result<Timestamp, KeyError> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(since.days) * 86_400 + i64::from(since.secs);
    DateTime::from_timestamp(seconds, 0).ok_or(KeyError::NotACertificate)
}
