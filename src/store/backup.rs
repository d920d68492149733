//! Backup and restore of a SQLite database.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::Text};
use tempfile::TempPath;

use super::{
    address::{AddressKind, DatabaseAddress},
    error::StoreError,
    migrations, sqlite,
    sqlite_file::{self, COMPANION_SUFFIXES, UseLock},
};

/// The time to wait for another process.
const WAIT: Duration = Duration::from_secs(5);

/// The error of a backup or a restore. The database is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has tools of its own.
    #[error("the database is PostgreSQL. Use pg_dump and pg_restore")]
    NotSqlite,
    /// A file with this name exists.
    #[error("{} exists already. Choose another name, or replace it with --force", .0.display())]
    Exists(PathBuf),
    /// The file is, or belongs to, the database itself.
    #[error("{} belongs to the database itself. Choose another file", .0.display())]
    Itself(PathBuf),
    /// The file is not a backup.
    #[error("{} is not a backup that can be restored: {reason}", path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A process uses the database.
    #[error("{} is in use. Stop `usher serve`, and every other program that has it open, and restore again", .0.display())]
    InUse(PathBuf),
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    fn file(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// The migrations that it lacks, because an older version created it.
    pub pending: Vec<String>,
}

/// Writes a copy of a SQLite database to a file that only its owner can read,
/// while others read and write. Every write that was acknowledged before is in
/// it. The copy is checked before it gets its name.
///
/// # Errors
/// [`BackupError`]. Then no file is created, and an existing file stays.
pub fn back_up(address: &DatabaseAddress, target: &Path, replace: bool) -> Result<(), BackupError> {
    let database = resolve_existing(address)?;
    let target = resolve_target(target)?;
    check_not_own_file(&database, &target)?;
    match fs::symlink_metadata(&target) {
        Ok(_) if !replace => return Err(BackupError::Exists(target)),
        Ok(metadata) if !metadata.is_file() => {
            let source = io::Error::other("is not a file");
            return Err(BackupError::File { path: target, source });
        }
        _ => {}
    }
    let _lock = UseLock::shared(&database)?;
    let copy = empty_file_beside(&target)?;
    let name = copy
        .to_str()
        .ok_or_else(|| BackupError::file(&target)(io::Error::other("the path is not UTF-8")))?;
    let mut conn = sqlite::connect(&database, WAIT)?;
    let result = sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(&mut conn);
    result.map_err(|error| match StoreError::from(error) {
        // It says nothing of which of the two files it is; the database was read.
        StoreError::Unavailable(why) => {
            let why = format!("the copy can't be written: {why}. Is there room on the disk?");
            BackupError::file(&target)(io::Error::other(why))
        }
        error => error.into(),
    })?;
    drop(conn);
    sqlite::integrity_check(&mut sqlite::connect(&copy, WAIT)?)?;
    File::open(&copy).and_then(|file| file.sync_all()).map_err(BackupError::file(&copy))?;
    let persisted = match replace {
        true => copy.persist(&target),
        // Fails if another program has created it meanwhile.
        false => copy.persist_noclobber(&target),
    };
    persisted.map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(target.clone()),
        _ => BackupError::file(&target)(failed.error),
    })?;
    sqlite_file::sync_folder(&target).map_err(BackupError::file(&target))
}

/// Replaces a SQLite database that is not in use with a backup. The backup is copied, checked,
/// and then replaces the database at once; the files beside it (`-wal`, `-shm`, `-journal`) are
/// removed, because SQLite would replay them onto the backup.
///
/// # Errors
/// [`BackupError`]; then the database is as it was.
pub fn restore(address: &DatabaseAddress, backup: &Path) -> Result<RestoreReport, BackupError> {
    let AddressKind::Sqlite(path) = address.kind() else { return Err(BackupError::NotSqlite) };
    let database = sqlite_file::resolve(path)?;
    let backup = fs::canonicalize(backup).map_err(BackupError::file(backup))?;
    check_not_own_file(&database, &backup)?;
    check_complete(&backup)?;
    let in_use = || BackupError::InUse(database.clone());
    let _lock = UseLock::exclusive(&database)?.ok_or_else(in_use)?;
    let copy = empty_file_beside(&database)?;
    // Copy the content without the permissions of the backup.
    let copied =
        File::open(&backup).and_then(|mut from| io::copy(&mut from, &mut File::create(&copy)?));
    copied.map_err(BackupError::file(&backup))?;
    copy_owner(&copy, &database)?;
    let pending = check_copy(&copy, &backup)?;
    File::open(&copy).and_then(|file| file.sync_all()).map_err(BackupError::file(&copy))?;
    if database.exists() && is_open_elsewhere(&database) {
        return Err(in_use());
    }
    for suffix in COMPANION_SUFFIXES {
        let path = sqlite_file::companion_path(&database, suffix);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::file(&path)(error));
            }
            _ => {}
        }
    }
    let synced = |()| sqlite_file::sync_folder(&database).map_err(BackupError::file(&database));
    synced(())?;
    copy.persist(&database).map_err(|failed| BackupError::file(&database)(failed.error))?;
    synced(())?;
    Ok(RestoreReport { pending })
}

fn resolve_existing(address: &DatabaseAddress) -> Result<PathBuf, BackupError> {
    let AddressKind::Sqlite(path) = address.kind() else { return Err(BackupError::NotSqlite) };
    let database = sqlite_file::resolve(path)?;
    match database.exists() {
        true => Ok(database),
        false => Err(StoreError::Missing(path.clone()).into()),
    }
}

/// The path of a new file, with the links of its folder resolved.
fn resolve_target(path: &Path) -> Result<PathBuf, BackupError> {
    let failed = BackupError::file(path);
    let absolute = std::path::absolute(path).map_err(&failed)?;
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Err(failed(io::Error::other("is not the name of a file")));
    };
    Ok(fs::canonicalize(folder).map_err(&failed)?.join(name))
}

fn check_not_own_file(database: &Path, file: &Path) -> Result<(), BackupError> {
    let own = COMPANION_SUFFIXES.iter().copied().chain(["", "-lock"]);
    let identity = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    let others = identity(file);
    let mut own = own.map(|suffix| sqlite_file::companion_path(database, suffix));
    if own.any(|path| path == file || (others.is_some() && identity(&path) == others)) {
        return Err(BackupError::Itself(file.to_owned()));
    }
    Ok(())
}

/// Rejects a copy of a database that was in use. A file beside it may or may not belong to it.
fn check_complete(backup: &Path) -> Result<(), BackupError> {
    let path = backup.to_owned();
    if !fs::metadata(backup).map_err(BackupError::file(backup))?.is_file() {
        return Err(BackupError::NotABackup { path, reason: "it is not a file".into() });
    }
    for suffix in ["-wal", "-journal"] {
        let log = sqlite_file::companion_path(backup, suffix);
        if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            let reason = format!(
                "{} lies beside it, so it is a copy of a database that was in use. Use a file that \
                 `usher backup` wrote",
                log.display()
            );
            return Err(BackupError::NotABackup { path, reason });
        }
    }
    Ok(())
}

/// An empty file for its owner alone, which goes unless it is given a name.
fn empty_file_beside(path: &Path) -> Result<TempPath, BackupError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let file = tempfile::Builder::new().prefix(".usher-").suffix(".partial").tempfile_in(folder);
    Ok(file.map_err(BackupError::file(folder))?.into_temp_path())
}

/// Gives a copy the owner of the database, or else of its folder, because the server
/// may run as another user.
fn copy_owner(copy: &Path, database: &Path) -> Result<(), BackupError> {
    let folder = database.parent().unwrap_or(database);
    let model = fs::metadata(database).or_else(|_| fs::metadata(folder));
    let model = model.map_err(BackupError::file(database))?;
    let own = fs::metadata(copy).map_err(BackupError::file(copy))?;
    if own.uid() == model.uid() || (own.uid() != 0 && !database.exists()) {
        return Ok(());
    }
    let owned = std::os::unix::fs::chown(copy, Some(model.uid()), Some(model.gid()));
    owned.map_err(BackupError::file(database))
}

/// Checks a copy of a backup; the migrations that it lacks.
fn check_copy(copy: &Path, backup: &Path) -> Result<Vec<String>, BackupError> {
    let rejected = |reason: String| BackupError::NotABackup { path: backup.to_owned(), reason };
    let check = || {
        let mut conn = sqlite::connect(copy, WAIT)?;
        // No files must remain beside it.
        conn.batch_execute("PRAGMA journal_mode = DELETE")?;
        sqlite::integrity_check(&mut conn)?;
        migrations::progress_of_sqlite(&mut conn)
    };
    match check() {
        Ok(progress) if progress.applied == 0 => Err(rejected("it has no tables of Usher".into())),
        Ok(progress) => Ok(progress.pending),
        Err(StoreError::Damaged(why)) => Err(rejected(format!("it is damaged: {why}"))),
        Err(error @ StoreError::Newer(_)) => {
            Err(rejected(format!("{error}. Restore it with the version that made it")))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a program without our lock has the database open. If not, the log is
/// written back, so that the database file is complete until it is replaced.
fn is_open_elsewhere(database: &Path) -> bool {
    let result = sqlite::connect(database, Duration::from_millis(500))
        .and_then(|mut conn| Ok(conn.batch_execute("PRAGMA journal_mode = DELETE")?));
    // A database that can't be opened may be replaced.
    matches!(result, Err(StoreError::Locked(_)))
}
