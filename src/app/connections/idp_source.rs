//! The identity provider of a connection, read from its metadata or from single
//! fields.

use std::collections::HashSet;

use crate::{
    app::Error,
    domain::{
        Timestamp,
        connection::IdentityProvider,
        field_error::{FieldError, Reason},
        ignored_certificate::IgnoredCertificate,
    },
    saml::{
        certificate_file::{self, CertificateFile},
        metadata::{self, MetadataError},
    },
};

/// The fields that [`IdentityProvider`] is made from.
pub(super) const FIELDS: [&str; 3] = ["idpEntityId", "ssoUrl", "certificates"];

/// All fields that are of the identity provider.
pub const IDP_FIELDS: [&str; 5] =
    ["metadata", "metadataEntityId", "idpEntityId", "ssoUrl", "certificates"];

/// Where the facts of an identity provider come from.
#[derive(Debug, Clone)]
pub enum IdpSource {
    /// Its metadata.
    Metadata {
        /// The XML.
        xml: String,
        /// Which entity is meant, where the metadata has several.
        entity_id: Option<String>,
    },
    /// Its facts, one by one.
    Fields {
        /// Its entity ID.
        entity_id: String,
        /// Where requests are sent.
        sso_url: String,
        /// Its signing certificates, each as PEM, DER, or base64 of DER.
        certificates: Vec<Vec<u8>>,
    },
    /// The fields of a request, which may be incomplete.
    Input(IdpFields),
}

/// The fields of an identity provider in a request: its metadata, or some fields.
#[derive(Debug, Clone, Default)]
pub struct IdpFields {
    /// Its metadata, XML.
    pub metadata: Option<String>,
    /// Which entity of the metadata is meant.
    pub metadata_entity_id: Option<String>,
    /// Its entity ID.
    pub entity_id: Option<String>,
    /// Where requests are sent.
    pub sso_url: Option<String>,
    /// Its signing certificates, each as PEM, DER, or base64 of DER.
    pub certificates: Option<Vec<Vec<u8>>>,
}

/// The changed fields of an identity provider.
#[derive(Debug, Clone, Default)]
pub(super) struct IdpChanges {
    entity_id: Option<String>,
    sso_url: Option<String>,
    certificates: Option<CertificateFile>,
    /// The metadata that they were read from. `Some(None)`: there is none any
    /// more.
    pub(super) metadata: Option<Option<String>>,
}

/// Reads the facts of an identity provider.
///
/// # Errors
/// [`Error::Invalid`] with every fault, if they can't be used.
pub fn read_idp(source: IdpSource, now: Timestamp) -> Result<IdentityProvider, Error> {
    match source {
        IdpSource::Metadata { xml, entity_id } => {
            read_metadata(&xml, entity_id.as_deref(), now).map_err(Error::from)
        }
        IdpSource::Fields { entity_id, sso_url, certificates } => {
            let read = read_certificates(&certificates, "certificates").map_err(Error::Invalid)?;
            let CertificateFile { certificates, ignored } = read;
            Ok(IdentityProvider { entity_id, sso_url, certificates, ignored })
        }
        IdpSource::Input(facts) => read_idp(facts.to_source()?, now),
    }
}

/// Returns the identity provider; or an empty one with the errors, so that they
/// are reported together with all others.
pub(super) fn split_errors(
    result: Result<IdentityProvider, Error>,
) -> Result<(IdentityProvider, Vec<FieldError>), Error> {
    match result {
        Ok(idp) => Ok((idp, Vec::new())),
        Err(Error::Invalid(faults)) => {
            let (entity_id, sso_url) = (String::new(), String::new());
            let (certificates, ignored) = Default::default();
            Ok((IdentityProvider { entity_id, sso_url, certificates, ignored }, faults))
        }
        Err(other) => Err(other),
    }
}

impl IdpSource {
    /// The metadata, as it is stored.
    pub(super) fn metadata(&self) -> Option<String> {
        let xml = match self {
            Self::Metadata { xml, entity_id: _ } => Some(xml),
            Self::Input(facts) => facts.metadata.as_ref(),
            Self::Fields { .. } => None,
        };
        xml.map(|xml| metadata::declare_utf8(xml).into_owned())
    }
}

impl IdpFields {
    /// Converts the fields into a complete source.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a field is missing, or is given beside metadata.
    fn to_source(&self) -> Result<IdpSource, Error> {
        let faults = self.conflicting_fields();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self.clone();
        match (metadata, entity_id, sso_url) {
            (Some(xml), ..) => Ok(IdpSource::Metadata { xml, entity_id: metadata_entity_id }),
            (None, Some(entity_id), Some(sso_url)) => {
                let certificates = certificates.unwrap_or_default();
                Ok(IdpSource::Fields { entity_id, sso_url, certificates })
            }
            (None, entity_id, sso_url) => {
                let reason = || {
                    Reason::required(
                        "the metadata; or idpEntityId, ssoUrl and certificates",
                        "Add the metadata, or this field.",
                    )
                };
                let missing = [("idpEntityId", entity_id), ("ssoUrl", sso_url)].into_iter();
                let missing = missing.filter(|(_, input)| input.is_none());
                Err(Error::Invalid(
                    missing.map(|(field, _)| FieldError::new(field, "", reason())).collect(),
                ))
            }
        }
    }

    /// Parses the given fields.
    ///
    /// # Errors
    /// All errors.
    pub(super) fn resolve(&self, now: Timestamp) -> Result<IdpChanges, Vec<FieldError>> {
        let faults = self.conflicting_fields();
        if !faults.is_empty() {
            return Err(faults);
        }
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self;
        if let Some(xml) = metadata {
            let read = read_metadata(xml, metadata_entity_id.as_deref(), now);
            let stored = metadata::declare_utf8(xml).into_owned();
            return match read {
                Ok(idp) => Ok(IdpChanges::from(idp).with_metadata(Some(stored))),
                Err(fault) => Err(vec![fault]),
            };
        }
        let certificates = certificates.as_deref();
        let certificates =
            certificates.map(|all| read_certificates(all, "certificates")).transpose()?;
        let (entity_id, sso_url) = (entity_id.clone(), sso_url.clone());
        Ok(IdpChanges { entity_id, sso_url, certificates, metadata: None })
    }

    /// Returns an error for each field that can't be combined with the others.
    fn conflicting_fields(&self) -> Vec<FieldError> {
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self;
        let input = [entity_id.is_some(), sso_url.is_some(), certificates.is_some()];
        if metadata.is_none() {
            let reason = Reason::new(
                "names an entity of metadata, and there is no metadata",
                "no value without metadata",
                "Add the metadata, or leave the field out.",
            );
            let fault = |id: &String| FieldError::new("metadataEntityId", id, reason.clone());
            return metadata_entity_id.iter().map(fault).collect();
        }
        let reason = Reason::new(
            "is in the metadata already",
            "no value beside metadata",
            "Leave this field or the metadata out.",
        );
        let conflicting = FIELDS.into_iter().zip(input).filter(|(_, input)| *input);
        conflicting.map(|(field, _)| FieldError::new(field, "", reason.clone())).collect()
    }
}

impl From<IdentityProvider> for IdpChanges {
    fn from(idp: IdentityProvider) -> Self {
        let IdentityProvider { entity_id, sso_url, certificates, ignored } = idp;
        let (entity_id, sso_url) = (Some(entity_id), Some(sso_url));
        let certificates = Some(CertificateFile { certificates, ignored });
        Self { entity_id, sso_url, certificates, metadata: None }
    }
}

impl IdpChanges {
    /// With the metadata that they were read from, or without any.
    pub(super) fn with_metadata(self, metadata: Option<String>) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    /// Applies the changes to an identity provider.
    pub(super) fn apply(&self, idp: &mut IdentityProvider) {
        let Self { entity_id, sso_url, certificates, metadata: _ } = self;
        if let Some(entity_id) = entity_id {
            idp.entity_id.clone_from(entity_id);
        }
        if let Some(sso_url) = sso_url {
            idp.sso_url.clone_from(sso_url);
        }
        if let Some(CertificateFile { certificates, ignored }) = certificates {
            idp.certificates.clone_from(certificates);
            idp.ignored.clone_from(ignored);
        }
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

/// Reads certificates, each as PEM, DER, or base64 of DER: all, or every fault.
/// Each stands once in what is returned.
pub(super) fn read_certificates(
    texts: &[impl AsRef<[u8]>],
    field: &str,
) -> Result<CertificateFile, Vec<FieldError>> {
    let (mut certificates, mut ignored, mut faults) = (Vec::new(), Vec::new(), Vec::new());
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
                faults.push(FieldError::new(format!("{field}/{index}"), "", reason));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut seen = HashSet::new();
    certificates.retain(|der| seen.insert(der.clone()));
    // The issuer of another certificate in the list signs no responses.
    let issuers = certificate_file::issuers(&certificates);
    certificates.retain(|der| !issuers.contains(der));
    ignored.retain(|certificate: &IgnoredCertificate| {
        certificate.certificate.as_ref().is_none_or(|der| seen.insert(der.clone()))
    });
    ignored.extend(issuers.into_iter().map(certificate_file::to_ignored_issuer));
    Ok(CertificateFile { certificates, ignored })
}
