//! Which certificates of a chain sign responses.
//!
//! A chain may come in any order. The certificates of its authorities must
//! never be trusted: an authority could sign assertions about every user.

use std::{cmp::Ordering, fmt};

use openssl::x509::X509;

use super::keys::{CertificateInfo, KeyError, fingerprint};
use crate::domain::check::excerpt;

/// The maximum number of certificates of one chain.
const MAX_CERTIFICATES: usize = 20;

/// How many candidates an error lists.
const MAX_LISTED: usize = 5;

/// A chain, sorted by use. Both lists have DER.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SortedChain {
    /// The certificates that did not issue another one.
    pub signers: Vec<Vec<u8>>,
    /// The certificates that issued another one.
    pub issuers: Vec<Vec<u8>>,
}

/// The reason why the signing certificate is ambiguous.
#[derive(Debug)]
pub(super) enum ChainError {
    /// One of several certificates can't be read, and it may be the signer.
    Unreadable,
    /// More than [`MAX_CERTIFICATES`].
    TooMany,
    /// Not exactly one certificate has issued no other one: the candidates, DER.
    Ambiguous(Vec<Vec<u8>>),
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => {
                f.write_str("one of its certificates can't be read, and may be the one that signs")
            }
            Self::TooMany => write!(f, "it has more than {MAX_CERTIFICATES} certificates"),
            Self::Ambiguous(candidates) => {
                let names = candidates.iter().take(MAX_LISTED).map(|der| describe_certificate(der));
                let names = names.collect::<Vec<_>>().join("; ");
                write!(
                    f,
                    "it has several certificates, but exactly one must not have issued another. Candidates: {names}"
                )
            }
        }
    }
}

/// A certificate by its subject, its serial number and its fingerprint.
fn describe_certificate(der: &[u8]) -> String {
    let serial = X509::from_der(der)
        .and_then(|certificate| certificate.serial_number().to_bn())
        .and_then(|serial| serial.to_hex_str().map(|hex| hex.to_string()));
    let subject = CertificateInfo::parse(der).map(|info| info.subject).unwrap_or_default();
    format!(
        "{} (serial {}, SHA-256 {})",
        excerpt(&subject),
        serial.unwrap_or_else(|_| "unknown".to_owned()),
        fingerprint(der)
    )
}

/// Finds the signers of the chains in one `KeyInfo`, each in an `X509Data` of its own, or
/// of the only chain of a file.
///
/// Every chain has one signing key at most. A chain that has none holds the
/// authorities of another chain.
///
/// # Errors
/// Returns an error if a chain has several signing keys, or if no chain has one.
pub(super) fn sort_chains(chains: &[Vec<Vec<u8>>]) -> Result<SortedChain, ChainError> {
    let certificates = remove_duplicates(chains.iter().flatten());
    if certificates.len() > MAX_CERTIFICATES {
        return Err(ChainError::TooMany);
    }
    // A certificate by itself needs no issuer. Its key is checked later.
    if let [only] = certificates.as_slice() {
        return Ok(SortedChain { signers: vec![only.clone()], issuers: Vec::new() });
    }
    let parsed = certificates.iter().map(ChainMember::read).collect::<Result<Vec<_>, _>>();
    let members = parsed.map_err(|_| ChainError::Unreadable)?;
    let (issuers, signers): (Vec<_>, Vec<_>) =
        members.iter().partition(|member| members.iter().any(|other| member.has_issued(other)));
    let is_unique = chains.iter().all(|chain| {
        let mut keys = signers.iter().filter(|signer| chain.contains(signer.der)).map(|s| &s.key);
        let first = keys.next();
        keys.all(|key| Some(key) == first)
    });
    if signers.is_empty() || !is_unique {
        let candidates = if signers.is_empty() { &issuers } else { &signers };
        return Err(ChainError::Ambiguous(candidates.iter().map(|one| one.der.clone()).collect()));
    }
    let ders =
        |members: Vec<&ChainMember<'_>>| members.into_iter().map(|one| one.der.clone()).collect();
    Ok(SortedChain { signers: ders(signers), issuers: ders(issuers) })
}

/// The certificates that issued another one among several single certificates. They are of
/// authorities, even if the metadata names them as signing keys.
///
/// Does not check more than [`MAX_CERTIFICATES`], or unreadable ones: they are rejected
/// elsewhere.
pub(super) fn find_issuers(certificates: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let parsed = certificates.iter().map(ChainMember::read).collect::<Result<Vec<_>, _>>();
    let members = parsed.ok().filter(|members| members.len() <= MAX_CERTIFICATES);
    let members = members.unwrap_or_default();
    let is_issuer = |one: &&ChainMember<'_>| members.iter().any(|other| one.has_issued(other));
    members.iter().filter(is_issuer).map(|one| one.der.clone()).collect()
}

fn remove_duplicates<'a>(certificates: impl Iterator<Item = &'a Vec<u8>>) -> Vec<Vec<u8>> {
    let mut distinct: Vec<Vec<u8>> = Vec::new();
    for der in certificates {
        if !distinct.contains(der) {
            distinct.push(der.clone());
        }
    }
    distinct
}

/// A certificate among others.
struct ChainMember<'a> {
    der: &'a Vec<u8>,
    certificate: X509,
    /// The public key, DER: two certificates of one key are one signer.
    key: Vec<u8>,
}

impl<'a> ChainMember<'a> {
    fn read(der: &'a Vec<u8>) -> Result<Self, KeyError> {
        let certificate = X509::from_der(der).map_err(|_| KeyError::NotACertificate)?;
        // A key of an unknown kind is identified by its certificate.
        let key = certificate.public_key().and_then(|key| key.public_key_to_der());
        let key = key.unwrap_or_else(|_| der.clone());
        Ok(Self { der, certificate, key })
    }

    /// Whether this certificate's key signed the other one, which has another key. The names
    /// are not sufficient, because several keys may have the same name.
    fn has_issued(&self, other: &Self) -> bool {
        let (issuer, name) = (self.certificate.subject_name(), other.certificate.issuer_name());
        self.key != other.key
            && matches!(issuer.try_cmp(name), Ok(Ordering::Equal))
            && self
                .certificate
                .public_key()
                .and_then(|key| other.certificate.verify(&key))
                .unwrap_or(false)
    }
}
