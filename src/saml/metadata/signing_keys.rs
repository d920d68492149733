//! The signing certificates in the metadata of an identity provider.

use std::collections::HashSet;

use roxmltree::Node;

use super::MetadataError;
use crate::{
    domain::{
        Timestamp,
        check::excerpt,
        connection::MAX_CERTIFICATES,
        ignored_certificate::{IgnoredCertificate, IgnoredReason},
    },
    saml::{
        chain::{self, ChainError},
        ignored_certificates,
        keys::{self, CertificateError, CertificateInfo},
        names::{DS, METADATA},
        xml,
    },
};

/// How many certificates an error lists.
const MAX_LISTED: usize = 5;

/// The certificates of a role: those to verify signatures with, and those that
/// are ignored.
pub(super) struct SigningKeys {
    /// DER, each once.
    pub certificates: Vec<Vec<u8>>,
    pub ignored: Vec<IgnoredCertificate>,
}

/// Reads the certificates of a role.
///
/// # Errors
/// When a chain does not say which of its certificates signs, or none can be
/// used now.
pub(super) fn parse(role: Node<'_, '_>, now: Timestamp) -> Result<SigningKeys, MetadataError> {
    let mut keys = SigningKeys { certificates: Vec::new(), ignored: Vec::new() };
    for descriptor in xml::children(role, METADATA, "KeyDescriptor") {
        let is_signing = match descriptor.attribute("use") {
            None | Some("signing") => true,
            Some("encryption") => false,
            Some(other) => return Err(MetadataError::KeyUse(excerpt(other))),
        };
        let infos = xml::children(descriptor, DS, "KeyInfo").collect::<Vec<_>>();
        if infos.is_empty() && is_signing {
            keys.ignored
                .push(ignored_certificates::create_missing("a KeyDescriptor without a KeyInfo"));
        }
        for info in infos {
            keys.add_key_info(info, is_signing, now)?;
        }
    }
    keys.deduplicate();
    keys.ignore_issuers();
    if keys.certificates.len() > MAX_CERTIFICATES {
        return Err(MetadataError::TooManyCertificates(MAX_CERTIFICATES));
    }
    if keys.certificates.iter().any(|der| is_usable(der, now)) {
        return Ok(keys);
    }
    let (explanation, remedy) = keys.explain_no_certificate(now);
    Err(MetadataError::NoCertificate(explanation, remedy))
}

impl SigningKeys {
    /// Adds the certificates of a `KeyInfo`.
    fn add_key_info(
        &mut self,
        info: Node<'_, '_>,
        signs: bool,
        now: Timestamp,
    ) -> Result<(), MetadataError> {
        let mut chains = Vec::new();
        let mut unreadable = 0_usize;
        for data in xml::children(info, DS, "X509Data") {
            let mut chain = Vec::new();
            for certificate in xml::children(data, DS, "X509Certificate") {
                let text = xml::text_content(certificate).unwrap_or_default();
                match keys::parse_certificate(text.trim().as_bytes()) {
                    Ok(der) => chain.push(der),
                    Err(_) => unreadable += 1,
                }
            }
            chains.push(chain);
        }
        if chains.iter().all(Vec::is_empty) && unreadable == 0 && signs {
            self.ignored.push(ignored_certificates::create_missing(describe_missing(info)));
            return Ok(());
        }
        for _ in 0..unreadable.min(MAX_CERTIFICATES) {
            self.ignored.push(ignored_certificates::create_unreadable());
        }
        if chains.iter().all(Vec::is_empty) {
            return Ok(());
        }
        if !signs {
            let encryption_only = chains.into_iter().flatten().take(MAX_CERTIFICATES);
            self.ignored.extend(encryption_only.map(|der| {
                ignored_certificates::create(
                    der,
                    IgnoredReason::EncryptionOnly,
                    "is for encryption only",
                )
            }));
            return Ok(());
        }
        // The unreadable certificate may be the signing one.
        let sorted = match unreadable {
            0 => chain::sort_chains(&chains),
            _ => Err(ChainError::Unreadable),
        };
        let chain = sorted.map_err(|error| MetadataError::Chain(error.to_string()))?;
        self.ignored.extend(chain.issuers.into_iter().map(ignored_certificates::create_issuer));
        for der in chain.signers {
            self.add_signing_certificate(der, now);
        }
        Ok(())
    }

    /// Adds a signing certificate, or an ignored one with the reason.
    fn add_signing_certificate(&mut self, der: Vec<u8>, now: Timestamp) {
        let Ok(info) = CertificateInfo::parse(&der) else {
            self.ignored.push(ignored_certificates::create_unreadable());
            return;
        };
        match info.check_usable(now) {
            // One that is not valid yet is used from then on, beside one that can
            // be used now.
            Ok(()) | Err(CertificateError::NotYetValid(_)) => self.certificates.push(der),
            Err(error) => {
                self.ignored.push(ignored_certificates::create(
                    der,
                    error.reason(),
                    error.to_string(),
                ));
            }
        }
    }

    /// Ignores authorities that have a `KeyDescriptor` of their own, beside the certificate
    /// that they issued.
    fn ignore_issuers(&mut self) {
        let issuers = chain::find_issuers(&self.certificates);
        self.certificates.retain(|der| !issuers.contains(der));
        self.ignored.extend(issuers.into_iter().map(ignored_certificates::create_issuer));
    }

    /// Names each certificate once, and ignores none that is used.
    fn deduplicate(&mut self) {
        let mut seen = HashSet::new();
        self.certificates.retain(|der| seen.insert(der.clone()));
        self.ignored.retain(|ignored| {
            ignored.certificate.as_ref().is_none_or(|der| seen.insert(der.clone()))
        });
        self.ignored = IgnoredCertificate::limit_list(std::mem::take(&mut self.ignored));
    }

    /// Why there is no certificate that can be used now, each with its remedy.
    fn explain_no_certificate(&self, now: Timestamp) -> (String, &'static str) {
        let not_yet_valid = self.certificates.iter().filter_map(|der| {
            let error = CertificateInfo::parse(der).ok()?.check_usable(now).err()?;
            Some(ignored_certificates::create(der.clone(), error.reason(), error.to_string()))
        });
        let all_ignored = not_yet_valid.chain(self.ignored.iter().cloned()).collect::<Vec<_>>();
        let has_signing = all_ignored.iter().any(|one| one.reason != IgnoredReason::EncryptionOnly);
        let mut explanations =
            all_ignored.iter().take(MAX_LISTED).map(describe_ignored).collect::<Vec<_>>();
        let omitted = all_ignored.len().saturating_sub(MAX_LISTED);
        explanations.extend((omitted > 0).then(|| format!("{omitted} more are not listed")));
        if !has_signing {
            let remedy = TURN_ON_SIGNING.trim_end_matches('.');
            explanations.push(format!("There is no certificate for signing. {remedy}"));
        }
        let mut signing = all_ignored.iter().filter(|one| {
            !matches!(one.reason, IgnoredReason::EncryptionOnly | IgnoredReason::Issuer)
        });
        let remedy = signing.next().map_or(TURN_ON_SIGNING, |one| one.reason.remedy());
        (explanations.join("; "), remedy)
    }
}

fn is_usable(der: &[u8], now: Timestamp) -> bool {
    CertificateInfo::parse(der).is_ok_and(|facts| facts.check_usable(now).is_ok())
}

/// The remedy of metadata without a certificate for signing.
const TURN_ON_SIGNING: &str =
    "Turn on signing at the identity provider, and export its metadata again.";

/// An ignored certificate, with the remedy.
fn describe_ignored(ignored: &IgnoredCertificate) -> String {
    let IgnoredCertificate { certificate: _, subject, reason, detail } = ignored;
    let subject = subject.as_deref().map_or_else(|| "a key".to_owned(), excerpt);
    let remedy = reason.remedy().trim_end_matches('.');
    format!("{subject}: {detail}. {remedy}")
}

fn describe_missing(info: Node<'_, '_>) -> String {
    let names = info.children().filter(Node::is_element).map(|node| node.tag_name().name());
    let names = names.take(3).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        return "a KeyInfo that is empty".to_owned();
    }
    format!("a KeyInfo with {} and no X509Certificate", excerpt(&names))
}
