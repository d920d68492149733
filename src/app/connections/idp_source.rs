//! The identity provider of a connection, read from its metadata or from single
//! fields.

use std::collections::{BTreeSet, HashSet};

use crate::{
    domain::{
        Timestamp,
        connection::IdentityProvider,
        connection_patch::IdpPatch,
        field_error::{FieldError, Reason},
        ignored_certificate::IgnoredCertificate,
    },
    saml::{
        certificate_file::{self, CertificateFile},
        metadata::{self, MetadataError},
    },
};

/// The fields that define an identity provider.
const FIELDS: [&str; 3] = ["idpEntityId", "ssoUrl", "certificates"];

/// The fields of an identity provider in a request: metadata, or single fields.
#[derive(Debug, Clone, Default)]
pub struct IdpFields {
    /// Its metadata, XML.
    pub metadata: Option<String>,
    /// The entity to select from the metadata.
    pub metadata_entity_id: Option<String>,
    /// Its entity ID.
    pub entity_id: Option<String>,
    /// The URL to which login requests are sent.
    pub sso_url: Option<String>,
    /// Its signing certificates, each as PEM, DER, or base64 of DER.
    pub certificates: Option<Vec<Vec<u8>>>,
}

/// The result of parsing the fields of an identity provider.
#[derive(Debug, Default)]
pub(super) struct ParsedIdp {
    /// The fields that can be used.
    pub(super) patch: IdpPatch,
    /// The metadata to store.
    pub(super) metadata: Option<String>,
    /// All errors.
    pub(super) errors: Vec<FieldError>,
}

impl IdpFields {
    /// Parses the fields. A new connection needs all of them, or metadata; a replacement
    /// can leave out those that are `unchanged`.
    pub(super) fn parse(&self, now: Timestamp, unchanged: Option<&BTreeSet<String>>) -> ParsedIdp {
        let mut parsed = ParsedIdp { errors: self.conflicting_fields(), ..ParsedIdp::default() };
        if let Some(unchanged) = unchanged {
            let missing = self.missing_fields().into_iter();
            parsed.errors.extend(missing.filter(|error| !unchanged.contains(&*error.field)));
        }
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self;
        if let Some(xml) = metadata {
            match read_metadata(xml, metadata_entity_id.as_deref(), now) {
                Ok(IdentityProvider { entity_id, sso_url, certificates, ignored }) => {
                    parsed.patch = IdpPatch {
                        entity_id: Some(entity_id),
                        sso_url: Some(sso_url),
                        certificates: Some((certificates, ignored)),
                    };
                    parsed.metadata = Some(metadata::normalize_declaration(xml).into_owned());
                }
                Err(error) => parsed.errors.push(error),
            }
            return parsed;
        }
        parsed.patch.entity_id.clone_from(entity_id);
        parsed.patch.sso_url.clone_from(sso_url);
        match certificates.as_deref().map(|all| read_certificates(all, "certificates")) {
            Some(Ok(CertificateFile { certificates, ignored })) => {
                parsed.patch.certificates = Some((certificates, ignored));
            }
            Some(Err(errors)) => parsed.errors.extend(errors),
            None => {}
        }
        parsed
    }

    /// Returns an error for each field that a new connection lacks.
    fn missing_fields(&self) -> Vec<FieldError> {
        let Self { metadata, entity_id, sso_url, .. } = self;
        let fields = [("idpEntityId", entity_id), ("ssoUrl", sso_url)].into_iter();
        let missing = fields.filter(|(_, input)| metadata.is_none() && input.is_none());
        let reason = Reason::required(
            "the metadata; or idpEntityId, ssoUrl and certificates",
            "Add the metadata, or this field.",
        );
        missing.map(|(field, _)| FieldError::new(field, "", reason.clone())).collect()
    }

    /// Returns an error for each field that can't be combined with the others.
    fn conflicting_fields(&self) -> Vec<FieldError> {
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self;
        let input = [entity_id.is_some(), sso_url.is_some(), certificates.is_some()];
        if metadata.is_none() {
            let reason = Reason::new(
                "is not supported without metadata",
                "no value without metadata",
                "Add the metadata, or leave the field out.",
            );
            let error = |id: &String| FieldError::new("metadataEntityId", id, reason.clone());
            return metadata_entity_id.iter().map(error).collect();
        }
        let reason = Reason::new(
            "is in the metadata already",
            "no value if metadata is present",
            "Leave this field or the metadata out.",
        );
        let conflicting = FIELDS.into_iter().zip(input).filter(|(_, input)| *input);
        conflicting.map(|(field, _)| FieldError::new(field, "", reason.clone())).collect()
    }
}

fn read_metadata(
    xml: &str,
    entity_id: Option<&str>,
    now: Timestamp,
) -> Result<IdentityProvider, FieldError> {
    metadata::parse_identity_provider(xml, entity_id, now)
        .map_err(|error| FieldError::new("metadata", "", unusable_metadata(&error)))
}

/// Why metadata can't be used.
fn unusable_metadata(error: &MetadataError) -> Reason {
    Reason::with_detail(error, "SAML metadata of one identity provider, in XML", error.remedy())
}

/// Parses certificates, each in PEM, DER, or Base64 of DER. Returns all of them, each once,
/// or every error.
pub(super) fn read_certificates(
    texts: &[impl AsRef<[u8]>],
    field: &str,
) -> Result<CertificateFile, Vec<FieldError>> {
    let (mut certificates, mut ignored, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (index, text) in texts.iter().enumerate() {
        match CertificateFile::parse(text.as_ref()) {
            Ok(file) => {
                certificates.extend(file.certificates);
                ignored.extend(file.ignored);
            }
            Err(error) => {
                let reason = Reason::new(
                    format!("is {error}"),
                    "an X.509 certificate in PEM, or the base64 of its DER",
                    "Send the signing certificate of the identity provider.",
                );
                errors.push(FieldError::new(format!("{field}/{index}"), "", reason));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut seen = HashSet::new();
    certificates.retain(|der| seen.insert(der.clone()));
    // A certificate that issued another one in the list does not sign responses.
    let issuers = certificate_file::issuers(&certificates);
    certificates.retain(|der| !issuers.contains(der));
    ignored.retain(|certificate: &IgnoredCertificate| {
        certificate.certificate.as_ref().is_none_or(|der| seen.insert(der.clone()))
    });
    ignored.extend(issuers.into_iter().map(certificate_file::to_ignored_issuer));
    Ok(CertificateFile { certificates, ignored })
}
