//! Keeping the key, so that a demonstration that is started again is the same
//! identity provider, and the connection to it goes on.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use openssl::{pkey::PKey, x509::X509};

use super::{TestIdp, TestIdpError};
use crate::domain::Timestamp;

/// The identity provider whose key is kept in a file (PEM, readable by its
/// owner alone); a new one, kept from now on, if there is no file.
///
/// Its SSO URL is its entity ID.
///
/// # Errors
/// When the file can't be read or written, or does not hold a key and its
/// certificate.
pub fn load_or_generate(
    file: &Path,
    entity_id: &str,
    now: Timestamp,
) -> Result<TestIdp, TestIdpError> {
    if file.exists() {
        let pem = fs::read(file)?;
        let key = PKey::private_key_from_pem(&pem)?.private_key_to_pkcs8()?;
        let certificate = X509::from_pem(&pem)?.to_der()?;
        return TestIdp::from_der(entity_id, entity_id, &key, &certificate);
    }
    let idp = TestIdp::generate(entity_id, entity_id, now)?;
    let key = PKey::private_key_from_der(&idp.private_key_der()?)?.private_key_to_pem_pkcs8()?;
    let certificate = X509::from_der(idp.certificate_der())?.to_pem()?;
    let mut key_file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    key_file.write_all(&[key, certificate].concat())?;
    Ok(idp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_provider_is_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test-idp.key");
        let now = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        let first = load_or_generate(&file, "http://localhost:8080/test-idp", now).unwrap();
        let again = load_or_generate(&file, "http://localhost:8080/test-idp", now).unwrap();
        assert_eq!(first.certificate_der(), again.certificate_der());
        assert_eq!(first.private_key_der().unwrap(), again.private_key_der().unwrap());
    }
}
