//! Requests to write a connection.

use std::collections::BTreeSet;

use super::{
    certificates::CertificateChanges,
    idp_source::{IdpFields, ParsedIdp},
};
use crate::domain::{
    Timestamp,
    connection_patch::ConnectionPatch,
    field_error::{FieldError, Reason},
};

/// A change of a connection, or a new one.
#[derive(Debug, Clone, Default)]
pub struct ConnectionUpdate {
    /// The fields to change. `patch.idp` is ignored: `idp` has those fields.
    pub patch: ConnectionPatch,
    /// The fields of the identity provider.
    pub idp: IdpFields,
    /// Certificates that are added to the others, or removed.
    pub certificates: CertificateChanges,
    /// Whether a certificate that verified one of the latest logins may be removed.
    pub force: bool,
    /// The fields of a replacement that keep their values.
    pub unchanged: BTreeSet<String>,
}

/// A change whose identity provider is parsed.
#[derive(Debug, Clone)]
pub(super) struct ParsedUpdate {
    pub(super) patch: ConnectionPatch,
    /// The metadata to store. `Some(None)` removes it.
    pub(super) metadata: Option<Option<String>>,
    /// The errors of values that could not be parsed, or are missing.
    pub(super) errors: Vec<FieldError>,
}

impl ConnectionUpdate {
    /// Parses the change of a connection that exists.
    pub(super) fn parse(&self, now: Timestamp) -> ParsedUpdate {
        self.with_idp(self.idp.parse(now, None))
    }

    /// Parses a new connection, or the replacement of a connection.
    pub(super) fn parse_new_or_replacement(&self, now: Timestamp) -> ParsedUpdate {
        let idp = self.idp.parse(now, Some(&self.unchanged));
        let ParsedUpdate { patch, metadata, mut errors } = self.with_idp(idp);
        let is_unchanged = |field: &str| self.unchanged.contains(field);
        if patch.name.is_none() && !is_unchanged("name") {
            let reason = Reason::required("a value", "Add the field.");
            errors.push(FieldError::new("name", "", reason));
        }
        let metadata = Some(metadata.flatten());
        ParsedUpdate { patch: patch.into_replacement(is_unchanged), metadata, errors }
    }

    fn with_idp(&self, ParsedIdp { patch: idp, metadata, errors }: ParsedIdp) -> ParsedUpdate {
        let patch = ConnectionPatch { idp, ..self.patch.clone() };
        ParsedUpdate { patch, metadata: metadata.map(Some), errors }
    }
}
