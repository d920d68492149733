//! Certificates as people have them: a file, or a text, with one certificate
//! or a chain of them.

use openssl::x509::X509;

use super::{
    base64_text, chain,
    file_kind::FileKind,
    ignored,
    keys::{self, KeyError, MAX_CERTIFICATE},
};
use crate::domain::ignored_certificate::IgnoredCertificate;

/// The most bytes of a file with certificates.
const MAX_FILE: usize = 4 * MAX_CERTIFICATE;

/// What a file with certificates holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFile {
    /// The certificates to verify signatures with, DER. Several only if they
    /// have one key.
    pub certificates: Vec<Vec<u8>>,
    /// The certificates of the authorities.
    pub ignored: Vec<IgnoredCertificate>,
}

impl CertificateFile {
    /// Reads a certificate, or a chain in any order: PEM, DER, or the base64 of
    /// metadata without its armour.
    ///
    /// # Errors
    /// When it is something else, or a chain does not say which of its
    /// certificates signs.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        let chain = read_all(bytes)?;
        let sorted = chain::sort(&[chain]);
        let sorted = sorted.map_err(|error| KeyError::Chain(error.to_string()))?;
        let chain::Chain { signers, issuers } = sorted;
        let ignored = issuers.into_iter().map(ignored::issuer).collect();
        Ok(Self { certificates: signers, ignored })
    }
}

/// The certificates of authorities among certificates that were given one by one,
/// DER: those that issued another one.
#[must_use]
pub fn issuers(certificates: &[Vec<u8>]) -> Vec<Vec<u8>> {
    chain::issuers(certificates)
}

/// An authority's certificate, as one that is ignored.
#[must_use]
pub fn ignored_issuer(der: Vec<u8>) -> IgnoredCertificate {
    ignored::issuer(der)
}

/// Every certificate of a file, DER.
fn read_all(bytes: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    if bytes.len() > MAX_FILE {
        return Err(KeyError::NotACertificate);
    }
    if bytes.starts_with(&[0x30]) {
        return keys::certificate_from(bytes).map(|der| vec![der]).map_err(|_| mistaken(bytes));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| mistaken(bytes))?;
    if text.contains("-----BEGIN") {
        let all = X509::stack_from_pem(bytes).map_err(|_| mistaken(bytes))?;
        // OpenSSL passes over what it does not know.
        let named = text.matches("-----BEGIN CERTIFICATE-----").count()
            + text.matches("-----BEGIN X509 CERTIFICATE-----").count()
            + text.matches("-----BEGIN TRUSTED CERTIFICATE-----").count();
        if all.is_empty() || all.len() != named {
            return Err(mistaken(bytes));
        }
        return all.iter().map(|certificate| Ok(certificate.to_der()?)).collect();
    }
    let der = base64_text::decode(text).ok_or_else(|| mistaken(bytes))?;
    keys::certificate_from(&der).map(|der| vec![der]).map_err(|_| mistaken(&der))
}

fn mistaken(bytes: &[u8]) -> KeyError {
    match FileKind::of(bytes) {
        FileKind::Certificate | FileKind::Unknown => KeyError::NotACertificate,
        content => KeyError::Mistaken(content),
    }
}
