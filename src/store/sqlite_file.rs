//! The file of a SQLite database: its creation, its use lock, and the check that it is
//! still the opened file.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
    sync::Mutex,
};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::error::StoreError;

/// The files beside a database that is in use: the write-ahead log and its index.
pub(super) const COMPANION_SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The lock file of a database. It is never removed. Only the lock on it counts, which the
/// kernel releases when a process ends.
const LOCK: &str = "-lock";

/// The path of a database's file with links resolved, because SQLite puts its other files
/// beside the real file.
pub(super) fn resolve(path: &str) -> Result<PathBuf, StoreError> {
    let failed = |error: io::Error| StoreError::Unavailable(format!("{path}: {error}"));
    let absolute = std::path::absolute(path).map_err(failed)?;
    match fs::canonicalize(&absolute) {
        Ok(resolved) => Ok(resolved),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
                return Err(failed(error));
            };
            Ok(fs::canonicalize(folder).map_err(failed)?.join(name))
        }
        Err(error) => Err(failed(error)),
    }
}

/// The path of a file beside another: its name with a suffix.
pub(super) fn companion_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Creates an empty file for its owner alone, unless it exists. An existing file is not opened:
/// closing it would release the locks that SQLite has on it in this process.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().append(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(file_error(path, &error)),
    }
}

/// Makes the changes of a folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// An error of a file, with its path.
pub(super) fn file_error(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// A lock on a database that this process uses, which is released on drop.
#[derive(Debug)]
pub(super) struct UseLock {
    _file: File,
}

impl UseLock {
    /// A shared lock.
    pub(super) fn shared(path: &Path) -> Result<Self, StoreError> {
        let file = Self::open(path)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(
                "it is being restored at this moment: wait until `usher restore` has ended".into(),
            )),
            Err(TryLockError::Error(error)) => Err(file_error(path, &error)),
        }
    }

    /// An exclusive lock; `None` if another process uses the database.
    pub(super) fn exclusive(path: &Path) -> Result<Option<Self>, StoreError> {
        let file = Self::open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(file_error(path, &error)),
        }
    }

    fn open(database: &Path) -> Result<File, StoreError> {
        let path = companion_path(database, LOCK);
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        let file = file.map_err(|error| file_error(&path, &error))?;
        // Of an administrator beside a server of another user. If it can't be
        // done, the owner of the folder may do as they like anyway.
        if let (Ok(database), Ok(lock)) = (fs::metadata(database), file.metadata())
            && database.uid() != lock.uid()
        {
            let _ = fchown(&file, Some(database.uid()), Some(database.gid()));
        }
        Ok(file)
    }
}

/// The identity of a file, independent of its name.
type FileIdentity = (u64, u64);

/// The opened file, to be compared with the file that has its name now.
#[derive(Debug)]
pub(super) struct OpenedFile {
    path: PathBuf,
    identity: FileIdentity,
    /// The write-ahead log's, once it was seen.
    log: Mutex<Option<FileIdentity>>,
}

impl OpenedFile {
    pub(super) fn new(path: PathBuf) -> Result<Self, StoreError> {
        let identity = read_identity(&path).map_err(|error| file_error(&path, &error))?;
        Ok(Self { path, identity, log: Mutex::default() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path still names the opened file. SQLite would continue to write to a
    /// removed file, and the writes would be lost.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.compare(&self.path, self.identity)
    }

    /// The same, and of the write-ahead log as well.
    pub(super) fn check_with_log(&self) -> Result<(), StoreError> {
        self.check()?;
        let path = companion_path(&self.path, "-wal");
        let mut log_identity = self.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match *log_identity {
            Some(identity) => self.compare(&path, identity),
            None => {
                *log_identity = read_identity(&path).ok();
                Ok(())
            }
        }
    }

    /// Whether this process may write the file, and its folder, where SQLite puts the log. An
    /// open connection could still write, but a new one could not. Opens no file, because
    /// closing it would release the locks that SQLite has on it in this process.
    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        let folder = self.path.parent();
        [Some(self.path.as_path()), folder].into_iter().flatten().try_for_each(check_writable)
    }

    fn compare(&self, path: &Path, expected: FileIdentity) -> Result<(), StoreError> {
        let what = match read_identity(path) {
            Ok(found) if found == expected => return Ok(()),
            Ok(_) => "was replaced",
            Err(error) if error.kind() == ErrorKind::NotFound => "was deleted",
            Err(error) => return Err(file_error(path, &error)),
        };
        Err(StoreError::Unavailable(format!(
            "{} {what} while it was in use: stop Usher, restore the database (`usher restore`), \
             and start Usher again",
            path.display()
        )))
    }
}

/// Whether this process may write a file or a folder.
pub(super) fn check_writable(path: &Path) -> Result<(), StoreError> {
    accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS).map_err(|error| {
        let error = io::Error::from(error);
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly(format!(
                    "{}: {error}. Let the user who runs Usher write the file and its folder",
                    path.display()
                ))
            }
            _ => file_error(path, &error),
        }
    })
}

fn read_identity(path: &Path) -> io::Result<FileIdentity> {
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}
