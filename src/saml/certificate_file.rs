//! Certificate files: one certificate or a chain.

use openssl::x509::X509;

use super::{
    base64_text, chain,
    file_kind::FileKind,
    ignored_certificates,
    keys::{self, KeyError, MAX_CERTIFICATE},
};
use crate::domain::ignored_certificate::IgnoredCertificate;

/// The maximum number of bytes of a file with certificates.
const MAX_FILE: usize = 4 * MAX_CERTIFICATE;

/// The content of a certificate file.
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
    /// If it is something else, or if the signing certificate of a chain is ambiguous.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let chain = read_certificates(bytes)?;
        let chain_by_use = chain::sort_chains(&[chain]);
        let chain_by_use = chain_by_use.map_err(|error| KeyError::Chain(error.to_string()))?;
        let chain::SortedChain { signers, issuers } = chain_by_use;
        let ignored = issuers.into_iter().map(ignored_certificates::create_issuer).collect();
        Ok(Self { certificates: signers, ignored })
    }
}

/// The certificates of authorities among single certificates, DER: those that issued another
/// one.
#[must_use]
pub fn issuers(certificates: &[Vec<u8>]) -> Vec<Vec<u8>> {
    chain::find_issuers(certificates)
}

/// Converts the certificate of an authority into an ignored one.
#[must_use]
pub fn to_ignored_issuer(der: Vec<u8>) -> IgnoredCertificate {
    ignored_certificates::create_issuer(der)
}

/// Every certificate of a file, DER.
fn read_certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    if bytes.len() > MAX_FILE {
        return Err(KeyError::NotACertificate);
    }
    if bytes.starts_with(&[0x30]) {
        return keys::parse_certificate(bytes)
            .map(|der| vec![der])
            .map_err(|_| wrong_kind_error(bytes));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong_kind_error(bytes))?;
    if text.contains("-----BEGIN") {
        let certificates = X509::stack_from_pem(bytes).map_err(|_| wrong_kind_error(bytes))?;
        // OpenSSL passes over what it does not know.
        let block_count = text.matches("-----BEGIN CERTIFICATE-----").count()
            + text.matches("-----BEGIN X509 CERTIFICATE-----").count()
            + text.matches("-----BEGIN TRUSTED CERTIFICATE-----").count();
        if certificates.is_empty() || certificates.len() != block_count {
            return Err(wrong_kind_error(bytes));
        }
        return certificates.iter().map(|certificate| Ok(certificate.to_der()?)).collect();
    }
    let der = base64_text::decode(text).ok_or_else(|| wrong_kind_error(bytes))?;
    keys::parse_certificate(&der).map(|der| vec![der]).map_err(|_| wrong_kind_error(&der))
}

fn wrong_kind_error(bytes: &[u8]) -> KeyError {
    match FileKind::detect(bytes) {
        FileKind::Certificate | FileKind::Unknown => KeyError::NotACertificate,
        content => KeyError::WrongKind(content),
    }
}
