//! The flags that describe an identity provider, and the files that they name.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use crate::{
    app::connections::{CertificateChanges, IdpFields},
    domain::Timestamp,
    saml::{
        certificate_file::CertificateFile,
        file_kind::FileKind,
        metadata::{self, MAX_BYTES},
    },
};

/// The flags that describe the identity provider.
#[derive(Debug, Args)]
#[command(next_help_heading = "The identity provider")]
pub(super) struct IdentityProviderArgs {
    /// Its metadata: a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["idp_entity_id", "sso_url", "certificate"])]
    metadata: Option<PathBuf>,
    /// The entity ID to select, if the metadata describes several entities
    #[arg(long, value_name = "ENTITY_ID", requires = "metadata")]
    metadata_entity_id: Option<String>,
    /// Its entity ID
    #[arg(long, value_name = "ENTITY_ID")]
    idp_entity_id: Option<String>,
    /// The URL to which login requests are sent (Redirect binding)
    #[arg(long, value_name = "URL")]
    sso_url: Option<String>,
    /// Its signing certificate, PEM or DER: a file; several during a rollover. Replaces all
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
}

/// The certificates to add and to remove.
#[derive(Debug, Args)]
#[command(next_help_heading = "Certificates")]
pub(super) struct CertificateArgs {
    /// A signing certificate to add: a file, PEM or DER; repeat the flag for several
    #[arg(long, value_name = "FILE", conflicts_with_all = ["metadata", "certificate"])]
    add_certificate: Vec<PathBuf>,
    /// A signing certificate to remove, by its SHA-256 fingerprint or the beginning of it;
    /// repeat the flag for several
    #[arg(long, value_name = "FINGERPRINT", conflicts_with_all = ["metadata", "certificate"])]
    remove_certificate: Vec<String>,
    /// Also replace or remove a certificate that verified one of the latest logins
    #[arg(long)]
    force: bool,
}

impl IdentityProviderArgs {
    /// Returns the fields of the flags, and the error of each file that can't be used. Each
    /// file is also parsed here, so that the error can name it.
    pub(super) fn read(self, now: Timestamp) -> (IdpFields, Vec<CliError>) {
        let Self { metadata, metadata_entity_id, idp_entity_id, sso_url, certificate } = self;
        let mut errors = Vec::new();
        let metadata = metadata.and_then(|path| {
            let xml = read_metadata(&path, metadata_entity_id.as_deref(), now);
            xml.map_err(|error| errors.push(error)).ok()
        });
        let certificates = read_certificates(&certificate, &mut errors);
        let fields = IdpFields {
            metadata,
            metadata_entity_id,
            entity_id: idp_entity_id,
            sso_url,
            certificates: (!certificates.is_empty()).then_some(certificates),
        };
        (fields, errors)
    }
}

impl CertificateArgs {
    /// Returns the changes, whether they are forced, and the error of each file that can't
    /// be used.
    pub(super) fn read(self) -> (CertificateChanges, bool, Vec<CliError>) {
        let Self { add_certificate, remove_certificate, force } = self;
        let mut errors = Vec::new();
        let add = read_certificates(&add_certificate, &mut errors);
        (CertificateChanges { add, remove: remove_certificate }, force, errors)
    }
}

/// Reads certificate files. Appends the error of each that can't be used.
fn read_certificates(paths: &[PathBuf], errors: &mut Vec<CliError>) -> Vec<Vec<u8>> {
    let read = paths.iter().map(|path| read_certificate(path));
    read.filter_map(|read| read.map_err(|error| errors.push(error)).ok()).collect()
}

/// Reads a metadata file, in the encoding that it names.
fn read_metadata(path: &Path, entity_id: Option<&str>, now: Timestamp) -> Result<String, CliError> {
    let bytes = read_file(path, MAX_BYTES)?;
    let with_path = |error| CliError::Other(format!("{}: {error}", path.display()));
    let xml = metadata::decode(&bytes).map_err(with_path)?;
    metadata::parse_identity_provider(&xml, entity_id, now).map_err(with_path)?;
    Ok(xml)
}

/// Reads a certificate file: its bytes, which hold a certificate.
fn read_certificate(path: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = read_file(path, MAX_BYTES)?;
    match CertificateFile::parse(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(CliError::Other(format!("{}: {error}", path.display()))),
    }
}

/// Reads a file of at most so many bytes, and one more.
fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, CliError> {
    use std::io::Read as _;

    let name = path.display().to_string();
    if FileKind::detect(name.as_bytes()) == FileKind::Url {
        return Err(CliError::Other(format!(
            "{name} is a URL, but a file is expected. Download it first: curl --fail --location --output FILE '{name}'"
        )));
    }
    if path.is_dir() {
        return Err(CliError::Other(format!("{name} is a folder, but a file is expected")));
    }
    let file = std::fs::File::open(path).map_err(CliError::io(&name))?;
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(CliError::io(&name))?;
    Ok(bytes)
}
