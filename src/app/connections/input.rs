//! Requests to write a connection.

use super::{certificates::CertificateChanges, idp_source::IdpFields};
use crate::domain::{
    Timestamp,
    connection_patch::ConnectionPatch,
    field_error::{FieldError, Reason},
};

/// A change of a connection, or a new one.
#[derive(Debug, Clone, Default)]
pub struct ConnectionUpdate {
    /// The fields to change. Its identity provider is that of `idp`.
    pub patch: ConnectionPatch,
    /// The fields of the identity provider.
    pub idp: IdpFields,
    /// Certificates that are added to the others, or removed.
    pub certificates: CertificateChanges,
    /// Whether a certificate that verified one of the latest logins may be removed.
    pub force: bool,
}

/// A change whose identity provider is parsed.
#[derive(Debug, Clone)]
pub(super) struct ParsedUpdate {
    pub(super) patch: ConnectionPatch,
    /// The metadata to store. `Some(None)`: there is none any more.
    pub(super) metadata: Option<Option<String>>,
    /// The errors of values that could not be parsed, or are missing.
    pub(super) errors: Vec<FieldError>,
}

impl ConnectionUpdate {
    /// Parses the change of a connection that exists.
    pub(super) fn parse(&self, now: Timestamp) -> ParsedUpdate {
        self.parse_as(false, now)
    }

    /// Parses a new connection, or all that replaces a connection.
    pub(super) fn parse_whole(&self, now: Timestamp) -> ParsedUpdate {
        let ParsedUpdate { patch, metadata, mut errors } = self.parse_as(true, now);
        if patch.name.is_none() {
            let reason = Reason::required("a value", "Add the field.");
            errors.push(FieldError::new("name", "", reason));
        }
        let metadata = Some(metadata.flatten());
        ParsedUpdate { patch: patch.into_replacement(), metadata, errors }
    }

    fn parse_as(&self, is_whole: bool, now: Timestamp) -> ParsedUpdate {
        let patch = self.patch.clone();
        match self.idp.parse(is_whole, now) {
            Ok((idp, xml)) => ParsedUpdate {
                patch: ConnectionPatch { idp, ..patch },
                metadata: xml.map(Some),
                errors: Vec::new(),
            },
            Err(errors) => ParsedUpdate { patch, metadata: None, errors },
        }
    }
}
