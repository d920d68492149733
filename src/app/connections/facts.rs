//! The facts of an identity provider: read from its metadata, or given one by
//! one.

use crate::{
    app::Error,
    domain::{Timestamp, connection::IdentityProvider, fault::Fault},
    saml::{keys, metadata},
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
    /// As a caller gives them, who may have left some out.
    Given(GivenFacts),
}

/// The facts of an identity provider as a caller gives them: its metadata, or
/// some of them.
#[derive(Debug, Clone, Default)]
pub struct GivenFacts {
    /// Its metadata, XML.
    pub metadata: Option<String>,
    /// Which entity of the metadata is meant.
    pub metadata_entity_id: Option<String>,
    /// Its entity ID.
    pub entity_id: Option<String>,
    /// Where requests are sent.
    pub sso_url: Option<String>,
    /// Its signing certificates, each as PEM or base64 of DER.
    pub certificates: Option<Vec<String>>,
}

/// Those facts that take the place of others.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    entity_id: Option<String>,
    sso_url: Option<String>,
    certificates: Option<Vec<Vec<u8>>>,
}

/// Reads the facts of an identity provider.
///
/// # Errors
/// [`Error::Invalid`] with every fault, if they can't be used.
pub fn read(source: IdpSource, now: Timestamp) -> Result<IdentityProvider, Error> {
    match source {
        IdpSource::Metadata { xml, entity_id } => {
            from_metadata(&xml, entity_id.as_deref(), now).map_err(Error::from)
        }
        IdpSource::Fields { entity_id, sso_url, certificates } => {
            let certificates = from_texts(&certificates).map_err(Error::Invalid)?;
            Ok(IdentityProvider { entity_id, sso_url, certificates })
        }
        IdpSource::Given(facts) => read(facts.source()?, now),
    }
}

/// What was read; or, if it could not be used, a stand-in beside the faults,
/// so that they are told together with all others.
pub(super) fn or_faults(
    read: Result<IdentityProvider, Error>,
) -> Result<(IdentityProvider, Vec<Fault>), Error> {
    match read {
        Ok(read) => Ok((read, Vec::new())),
        Err(Error::Invalid(faults)) => {
            let (entity_id, sso_url) = (String::new(), String::new());
            Ok((IdentityProvider { entity_id, sso_url, certificates: Vec::new() }, faults))
        }
        Err(other) => Err(other),
    }
}

impl GivenFacts {
    /// Everything that a connection needs.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not all there, or there twice.
    fn source(&self) -> Result<IdpSource, Error> {
        let faults = self.at_odds();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self.clone();
        match (metadata, entity_id, sso_url) {
            (Some(xml), ..) => Ok(IdpSource::Metadata { xml, entity_id: metadata_entity_id }),
            (None, Some(entity_id), Some(sso_url)) => {
                let texts = certificates.unwrap_or_default().into_iter();
                let certificates = texts.map(String::into_bytes).collect();
                Ok(IdpSource::Fields { entity_id, sso_url, certificates })
            }
            (None, entity_id, sso_url) => {
                let reason = "is missing: give the metadata, or idpEntityId, ssoUrl and \
                              certificates";
                let missing = [("idpEntityId", entity_id), ("ssoUrl", sso_url)].into_iter();
                let missing = missing.filter(|(_, given)| given.is_none());
                Err(Error::Invalid(
                    missing.map(|(field, _)| Fault::new(field, "", reason)).collect(),
                ))
            }
        }
    }

    /// Those that are given.
    ///
    /// # Errors
    /// Every fault.
    pub(super) fn read(&self, now: Timestamp) -> Result<Facts, Vec<Fault>> {
        let faults = self.at_odds();
        if !faults.is_empty() {
            return Err(faults);
        }
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self;
        if let Some(xml) = metadata {
            let read = from_metadata(xml, metadata_entity_id.as_deref(), now);
            return read.map(Facts::from).map_err(|fault| vec![fault]);
        }
        let certificates = certificates.as_deref().map(from_texts).transpose()?;
        Ok(Facts { entity_id: entity_id.clone(), sso_url: sso_url.clone(), certificates })
    }

    /// What can't be given together.
    fn at_odds(&self) -> Vec<Fault> {
        let Self { metadata, metadata_entity_id, entity_id, sso_url, certificates } = self;
        let given = [entity_id.is_some(), sso_url.is_some(), certificates.is_some()];
        if metadata.is_none() {
            let reason = "names an entity of the metadata, and there is no metadata";
            let fault = |id: &String| Fault::new("metadataEntityId", id, reason);
            return metadata_entity_id.iter().map(fault).collect();
        }
        let reason = "is in the metadata already: give one of the two";
        let twice = FIELDS.into_iter().zip(given).filter(|(_, given)| *given);
        twice.map(|(field, _)| Fault::new(field, "", reason)).collect()
    }
}

impl From<IdentityProvider> for Facts {
    fn from(idp: IdentityProvider) -> Self {
        let IdentityProvider { entity_id, sso_url, certificates } = idp;
        let (entity_id, sso_url) = (Some(entity_id), Some(sso_url));
        Self { entity_id, sso_url, certificates: Some(certificates) }
    }
}

impl Facts {
    /// Puts these in the place of what was known.
    pub(super) fn apply(&self, idp: &mut IdentityProvider) {
        let Self { entity_id, sso_url, certificates } = self;
        if let Some(entity_id) = entity_id {
            idp.entity_id.clone_from(entity_id);
        }
        if let Some(sso_url) = sso_url {
            idp.sso_url.clone_from(sso_url);
        }
        if let Some(certificates) = certificates {
            idp.certificates.clone_from(certificates);
        }
    }
}

fn from_metadata(
    xml: &str,
    entity_id: Option<&str>,
    now: Timestamp,
) -> Result<IdentityProvider, Fault> {
    metadata::identity_provider(xml, entity_id, now)
        .map_err(|error| Fault::new("metadata", "", error))
}

/// Reads certificates, each as PEM, DER, or base64 of DER: all, or every fault.
fn from_texts(texts: &[impl AsRef<[u8]>]) -> Result<Vec<Vec<u8>>, Vec<Fault>> {
    let (mut certificates, mut faults) = (Vec::new(), Vec::new());
    for (index, text) in texts.iter().enumerate() {
        match keys::certificate_from(text.as_ref()) {
            Ok(der) => certificates.push(der),
            Err(error) => {
                faults.push(Fault::new(format!("certificates/{index}"), "", format!("is {error}")));
            }
        }
    }
    if faults.is_empty() { Ok(certificates) } else { Err(faults) }
}
