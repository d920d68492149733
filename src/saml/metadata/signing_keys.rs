//! The signing certificates of an identity provider, as its metadata has them.

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
        ignored,
        keys::{self, CertificateInfo, Unusable},
        names::{DS, METADATA},
        xml,
    },
};

/// How many certificates an error lists.
const LISTED: usize = 5;

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
pub(super) fn read(role: Node<'_, '_>, now: Timestamp) -> Result<SigningKeys, MetadataError> {
    let mut found = SigningKeys { certificates: Vec::new(), ignored: Vec::new() };
    for descriptor in xml::children(role, METADATA, "KeyDescriptor") {
        let signs = match descriptor.attribute("use") {
            None | Some("signing") => true,
            Some("encryption") => false,
            Some(other) => return Err(MetadataError::KeyUse(excerpt(other))),
        };
        let infos = xml::children(descriptor, DS, "KeyInfo").collect::<Vec<_>>();
        if infos.is_empty() && signs {
            found.ignored.push(ignored::missing("a KeyDescriptor without a KeyInfo"));
        }
        for info in infos {
            found.add(info, signs, now)?;
        }
    }
    found.deduplicate();
    found.ignore_issuers();
    if found.certificates.len() > MAX_CERTIFICATES {
        return Err(MetadataError::TooManyCertificates(MAX_CERTIFICATES));
    }
    if found.certificates.iter().any(|der| is_usable(der, now)) {
        return Ok(found);
    }
    Err(MetadataError::NoCertificate(found.why_none(now)))
}

impl SigningKeys {
    /// Adds the certificates of a `KeyInfo`.
    fn add(
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
                let text = xml::text(certificate).unwrap_or_default();
                match keys::certificate_from(text.trim().as_bytes()) {
                    Ok(der) => chain.push(der),
                    Err(_) => unreadable += 1,
                }
            }
            chains.push(chain);
        }
        if chains.iter().all(Vec::is_empty) && unreadable == 0 && signs {
            self.ignored.push(ignored::missing(without_certificate(info)));
            return Ok(());
        }
        for _ in 0..unreadable.min(MAX_CERTIFICATES) {
            self.ignored.push(ignored::unreadable());
        }
        if chains.iter().all(Vec::is_empty) {
            return Ok(());
        }
        if !signs {
            let all = chains.into_iter().flatten().take(MAX_CERTIFICATES);
            self.ignored.extend(all.map(|der| {
                ignored::certificate(der, IgnoredReason::EncryptionOnly, "is for encryption only")
            }));
            return Ok(());
        }
        // The one that can't be read may be the one that signs.
        let sorted = match unreadable {
            0 => chain::sort(&chains),
            _ => Err(ChainError::Unreadable),
        };
        let chain = sorted.map_err(|error| MetadataError::Chain(error.to_string()))?;
        self.ignored.extend(chain.issuers.into_iter().map(ignored::issuer));
        for der in chain.signers {
            self.read_certificate(der, now);
        }
        Ok(())
    }

    /// Adds a certificate that signs, or says why it is ignored.
    fn read_certificate(&mut self, der: Vec<u8>, now: Timestamp) {
        let Ok(facts) = CertificateInfo::of(&der) else {
            self.ignored.push(ignored::unreadable());
            return;
        };
        match facts.usable(now) {
            // One that is not valid yet is used from then on, beside one that can
            // be used now.
            Ok(()) | Err(Unusable::NotYetValid(_)) => self.certificates.push(der),
            Err(why) => {
                self.ignored.push(ignored::certificate(der, why.reason(), why.to_string()));
            }
        }
    }

    /// Ignores authorities that stand in a `KeyDescriptor` of their own, beside
    /// the certificate that they issued.
    fn ignore_issuers(&mut self) {
        let issuers = chain::issuers(&self.certificates);
        self.certificates.retain(|der| !issuers.contains(der));
        self.ignored.extend(issuers.into_iter().map(ignored::issuer));
    }

    /// Names each certificate once, and ignores none that is used.
    fn deduplicate(&mut self) {
        let mut seen = HashSet::new();
        self.certificates.retain(|der| seen.insert(der.clone()));
        self.ignored.retain(|ignored| {
            ignored.certificate.as_ref().is_none_or(|der| seen.insert(der.clone()))
        });
        self.ignored.truncate(MAX_CERTIFICATES);
    }

    /// Why there is no certificate that can be used now, each with its remedy.
    fn why_none(&self, now: Timestamp) -> String {
        let later = self.certificates.iter().filter_map(|der| {
            let why = CertificateInfo::of(der).ok()?.usable(now).err()?;
            Some(ignored::certificate(der.clone(), why.reason(), why.to_string()))
        });
        let all = later.chain(self.ignored.iter().cloned()).collect::<Vec<_>>();
        let signing = all.iter().any(|one| one.reason != IgnoredReason::EncryptionOnly);
        let mut why = all.iter().take(LISTED).map(describe).collect::<Vec<_>>();
        if !signing {
            why.push(
                "There is no certificate for signing. Turn on signing at the identity provider, and export its metadata again"
                    .to_owned(),
            );
        }
        why.join("; ")
    }
}

fn is_usable(der: &[u8], now: Timestamp) -> bool {
    CertificateInfo::of(der).is_ok_and(|facts| facts.usable(now).is_ok())
}

/// An ignored certificate, with the remedy.
fn describe(ignored: &IgnoredCertificate) -> String {
    let IgnoredCertificate { certificate: _, subject, reason, detail } = ignored;
    let subject = subject.as_deref().map_or_else(|| "a key".to_owned(), excerpt);
    let remedy = reason.remedy().trim_end_matches('.');
    format!("{subject}: {detail}. {remedy}")
}

fn without_certificate(info: Node<'_, '_>) -> String {
    let names = info.children().filter(Node::is_element).map(|node| node.tag_name().name());
    let names = names.take(3).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        return "a KeyInfo that is empty".to_owned();
    }
    format!("a KeyInfo with {} and no X509Certificate", excerpt(&names))
}
