//! Changes of the certificates that a connection trusts.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::idp_source::read_certificates;
use crate::domain::Timestamp;
use crate::{
    app::{Error, Rejection},
    domain::{
        connection::{Connection, IdentityProvider},
        connection_patch::IdpPatch,
        field_error::{FieldError, Reason},
    },
    saml::{
        certificate_file::{self, CertificateFile},
        keys::{self, CertificateInfo},
    },
    store::Tx,
};

/// The minimum length of a fingerprint that identifies a certificate.
const MIN_FINGERPRINT: usize = 8;

/// Certificates to add to a connection, and to remove from it.
#[derive(Debug, Clone, Default)]
pub struct CertificateChanges {
    /// Each as PEM, DER, or base64 of DER.
    pub add: Vec<Vec<u8>>,
    /// Each by its SHA-256 fingerprint, or the beginning of it.
    pub remove: Vec<String>,
}

impl CertificateChanges {
    /// Changes the certificates of an identity provider. Returns the errors.
    pub(super) fn apply(&self, idp: &IdentityProvider, patch: &mut IdpPatch) -> Vec<FieldError> {
        let Self { add, remove } = self;
        if add.is_empty() && remove.is_empty() {
            return Vec::new();
        }
        let stored = || (idp.certificates.clone(), idp.ignored.clone());
        let (trusted, ignored) = patch.certificates.get_or_insert_with(stored);
        let mut errors = Vec::new();
        for (index, fingerprint) in remove.iter().enumerate() {
            match find_by_fingerprint(trusted, fingerprint) {
                Ok(at) => drop(trusted.remove(at)),
                Err(reason) => {
                    let field = format!("removeCertificates/{index}");
                    errors.push(FieldError::new(field, fingerprint, reason));
                }
            }
        }
        match read_certificates(add, "addCertificates") {
            Err(unread) => errors.extend(unread),
            Ok(CertificateFile { certificates, ignored: more }) => {
                let new: Vec<_> =
                    certificates.into_iter().filter(|der| !trusted.contains(der)).collect();
                // An authority that issued a certificate of the connection.
                let issuers = certificate_file::issuers(&[trusted.as_slice(), &new].concat());
                let (issuers, new): (Vec<_>, Vec<_>) =
                    new.into_iter().partition(|der| issuers.contains(der));
                trusted.extend(new);
                ignored.extend(more);
                ignored.extend(issuers.into_iter().map(certificate_file::to_ignored_issuer));
                let mut seen: HashSet<_> = trusted.iter().cloned().collect();
                ignored.retain(|ignored| {
                    ignored.certificate.as_ref().is_none_or(|der| seen.insert(der.clone()))
                });
            }
        }
        errors
    }
}

/// Finds a certificate by its fingerprint, in any case and with or without
/// colons.
fn find_by_fingerprint(certificates: &[Vec<u8>], fingerprint: &str) -> Result<usize, Reason> {
    let prefix: String = fingerprint
        .chars()
        .filter(|char| !matches!(char, ':' | ' '))
        .map(|char| char.to_ascii_lowercase())
        .collect();
    let all = certificates.iter().map(|der| keys::fingerprint(der)).collect::<Vec<_>>();
    let mut found =
        all.iter().enumerate().filter(|(_, fingerprint)| fingerprint.starts_with(&prefix));
    let first = found.next().filter(|_| prefix.len() >= MIN_FINGERPRINT);
    match (first, found.next()) {
        (Some((at, _)), None) => Ok(at),
        _ => Err(Reason::new(
            format!(
                "must be the SHA-256 fingerprint of one certificate of the connection, or its first {MIN_FINGERPRINT} or more characters"
            ),
            match all.is_empty() {
                true => "a fingerprint: the connection has no certificate".to_owned(),
                false => format!("one of {}", all.join(", ")),
            },
            "Use the fingerprintSha256 of a certificate of the connection.",
        )),
    }
}

/// The period before the latest login whose certificates count as used. An identity provider
/// with several machines may sign with several certificates.
const LATEST_LOGINS: TimeDelta = TimeDelta::hours(1);

/// Refuses to remove a usable certificate that verified one of the latest logins, unless
/// `force` is set.
pub(super) fn protect_latest(
    tx: &mut Tx<'_>,
    before: &Connection,
    after: &Connection,
    force: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let removed = before.idp.certificates.iter();
    let removed: Vec<_> = removed.filter(|der| !after.idp.certificates.contains(der)).collect();
    if removed.is_empty() {
        return Ok(());
    }
    let uses = tx.certificate_uses(before.account, before.id)?;
    let latest = uses.iter().map(|usage| usage.last_used_at).max();
    let is_latest = |at| latest.is_some_and(|latest| at >= latest - LATEST_LOGINS);
    for der in removed {
        let fingerprint = keys::fingerprint(der);
        let Some(used) = uses.iter().find(|one| one.fingerprint == fingerprint) else { continue };
        let is_usable =
            CertificateInfo::parse(der).is_ok_and(|facts| facts.check_usable(now).is_ok());
        if is_latest(used.last_used_at) && is_usable && !force {
            let last_used_at = used.last_used_at;
            return Err(Error::Rejected(Rejection::CertificateInUse { fingerprint, last_used_at }));
        }
        tx.forget_certificate_use(before.account, before.id, &fingerprint)?;
    }
    Ok(())
}
