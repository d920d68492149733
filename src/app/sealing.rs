//! Sealing: private keys are encrypted before they reach the database.
//!
//! AES-256-GCM with the deployment's secret key. The associated data is the
//! purpose and ID of the sealed value, so that one can't replace another.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::{Error, opened_keys::OpenedKeys, random};

/// The first byte of every sealed value.
const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Seals and opens with the deployment's secret key.
pub struct Sealer {
    key: SecretBox<[u8; 32]>,
    /// The cache of opened keys.
    pub(super) opened: OpenedKeys,
}

/// Why there is no secret key to seal with.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// It is not base64 of 32 bytes.
    #[error("the secret key is not base64 of 32 bytes; create one with `openssl rand -base64 32`")]
    Malformed,
    /// Users other than the owner can read the file.
    #[error("{0} can be read by users other than its owner; run `chmod 600 {0}`")]
    Exposed(String),
    /// The file does not exist.
    #[error("the secret key file {0} does not exist")]
    Missing(String),
    /// The file can't be read or made.
    #[error("{0}: {1}")]
    File(String, #[source] io::Error),
    /// There are no random bytes.
    #[error("no random bytes")]
    Random,
}

impl Sealer {
    /// Takes the secret key: base64 of 32 bytes.
    ///
    /// # Errors
    /// If the text is something else.
    pub fn new(secret_key: &SecretString) -> Result<Self, SecretKeyError> {
        let bytes = BASE64_STANDARD.decode(secret_key.expose_secret().trim()).ok();
        let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = SecretBox::new(Box::new(key.ok_or(SecretKeyError::Malformed)?));
        Ok(Self { key, opened: OpenedKeys::default() })
    }

    /// Reads the secret key from a file. A missing file is created with a new key,
    /// readable only by its owner.
    ///
    /// # Errors
    /// If the file can't be read or created, or others can read it.
    pub fn from_file(path: &Path) -> Result<Self, SecretKeyError> {
        create_key_file(path)?;
        Self::from_existing_file(path)
    }

    /// Takes the secret key from a file that exists.
    ///
    /// # Errors
    /// [`SecretKeyError::Missing`]; or if the file can't be read, or others can
    /// read it.
    pub fn from_existing_file(path: &Path) -> Result<Self, SecretKeyError> {
        let name = path.display().to_string();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => SecretKeyError::Missing(name.clone()),
            _ => SecretKeyError::File(name.clone(), error),
        };
        let metadata = fs::metadata(path).map_err(failed)?;
        // For a folder, the read below reports the better error.
        if !metadata.is_dir() && metadata.permissions().mode() & 0o077 != 0 {
            return Err(SecretKeyError::Exposed(name));
        }
        Self::new(&fs::read_to_string(path).map_err(failed)?.into())
    }

    /// Seals a secret in a context, its associated data.
    ///
    /// # Errors
    /// If there are no random bytes.
    pub fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE] = random::generate_bytes()?;
        let mut tag = [0; TAG];
        let cipher = Cipher::aes_256_gcm();
        let sealed =
            encrypt_aead(cipher, self.key(), Some(&nonce), context.as_bytes(), secret, &mut tag)
                .map_err(|error| Error::internal("sealing", error))?;
        Ok([&[VERSION], &nonce[..], &tag[..], &sealed[..]].concat())
    }

    /// Opens a value that was sealed in this context.
    ///
    /// # Errors
    /// If it was sealed in another context or with another key, or has changed.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<SecretBox<Vec<u8>>, Error> {
        let parts = sealed
            .split_first()
            .filter(|(version, _)| **version == VERSION)
            .and_then(|(_, rest)| rest.split_at_checked(NONCE))
            .and_then(|(nonce, rest)| Some((nonce, rest.split_at_checked(TAG)?)));
        let opened = parts.and_then(|(nonce, (tag, text))| {
            decrypt_aead(
                Cipher::aes_256_gcm(),
                self.key(),
                Some(nonce),
                context.as_bytes(),
                text,
                tag,
            )
            .ok()
        });
        opened.map(|secret| SecretBox::new(Box::new(secret))).ok_or(Error::WrongSecretKey)
    }

    pub(super) fn key(&self) -> &[u8] {
        self.key.expose_secret()
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

/// Creates the file with a new key. Returns `false` if it already exists.
///
/// The key is written to a temporary file that is then linked to the path. So no
/// process finds the file incomplete, even after a crash.
fn create_key_file(path: &Path) -> Result<bool, SecretKeyError> {
    let failed = |error| SecretKeyError::File(path.display().to_string(), error);
    if path.exists() {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let key: [u8; 32] = random::generate_bytes().map_err(|_| SecretKeyError::Random)?;
    let name: [u8; 8] = random::generate_bytes().map_err(|_| SecretKeyError::Random)?;
    let temporary = path.with_added_extension(hex::encode(name));
    let linked = write_key(&temporary, &key).and_then(|()| match fs::hard_link(&temporary, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    });
    // Remove the temporary name even if the link failed.
    let removed = fs::remove_file(&temporary);
    let created = linked.map_err(failed)?;
    removed.map_err(failed)?;
    Ok(created)
}

fn write_key(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", BASE64_STANDARD.encode(key))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&BASE64_STANDARD.encode([byte; 32]).into()).unwrap()
    }

    #[test]
    fn sealed_value_opens_only_in_its_own_record() {
        let sealed = sealer(1).seal("key/1", b"secret").unwrap();
        assert_eq!(sealer(1).open("key/1", &sealed).unwrap().expose_secret(), b"secret");
        assert!(sealer(1).open("key/2", &sealed).is_err(), "another index");
        assert!(sealer(2).open("key/1", &sealed).is_err(), "another key");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(sealer(1).open("key/1", &changed).is_err(), "byte {index} changed");
            assert!(sealer(1).open("key/1", &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn key_file_is_created_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("usher.key");
        let sealed = Sealer::from_file(&path).unwrap().seal("x", b"secret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Sealer::from_file(&path).unwrap().open("x", &sealed).is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Sealer::from_file(&path), Err(SecretKeyError::Exposed(_))));
    }

    #[test]
    fn processes_that_start_simultaneously_share_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usher.key");
        let starts: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|_| scope.spawn(|| Sealer::from_file(&path))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
        });
        let sealed = starts[0].seal("x", b"secret").unwrap();
        assert!(starts.iter().all(|sealer| sealer.open("x", &sealed).is_ok()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn malformed_secret_key_is_rejected() {
        for text in
            ["", "x", "AAAA", &BASE64_STANDARD.encode([0; 31]), &BASE64_STANDARD.encode([0; 33])]
        {
            assert!(
                matches!(Sealer::new(&text.to_owned().into()), Err(SecretKeyError::Malformed)),
                "{text:?}"
            );
        }
    }
}
