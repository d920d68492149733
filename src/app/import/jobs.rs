//! Import jobs: imports of large files in the background.
//!
//! The file is stored in the database, sealed, until the import has ended. So any
//! replica can run the job, or resume it if another replica stopped. A lease
//! ensures that only one replica runs it. Results are written in the same
//! transaction as the users, so no row is imported twice.

use std::io::{self, Read};

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;

use super::{ImportRows, RowResult, RowSource, limits::MAX_UNFINISHED_IMPORTS};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        listing::{self, ListPage, ListQuery},
        random,
        rejection::Rejection,
    },
    domain::{
        api_key::Scope,
        etag::{ETag, IfMatch},
        id::ImportId,
        import::{ImportCounts, ImportJob, ImportOptions, JobState},
    },
};

/// The maximum duration of an upload.
const UPLOAD_TIMEOUT: TimeDelta = TimeDelta::minutes(15);

/// The retention of an import and its report.
pub(super) const JOB_RETENTION: TimeDelta = TimeDelta::days(7);

/// The format of files and results.
pub trait FileFormat {
    /// The rows of a file.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the file is not one of users.
    fn read_rows<'a>(
        &self,
        options: &ImportOptions,
        file: Box<dyn Read + 'a>,
    ) -> Result<ImportRows<'a>, Error>;

    /// Writes results for storage.
    ///
    /// # Errors
    /// If they can't be written.
    fn write(&self, results: Vec<RowResult>) -> Result<Vec<u8>, Error>;
}

/// The file of a job.
pub struct JobFile<'a> {
    /// The use cases' context.
    pub app: &'a App,
    /// How it is read.
    pub format: &'a dyn FileFormat,
    /// Which.
    pub job: ImportId,
    /// How it is imported.
    pub options: ImportOptions,
}

/// An import with the results of its rows.
pub struct JobReport {
    /// The import.
    pub job: ImportJob,
    /// The results, as [`FileFormat::write`] has written them. `None`: nothing
    /// is known yet.
    pub results: Option<Vec<Vec<u8>>>,
}

impl JobReport {
    /// The ETag of everything that the API returns of the import.
    #[must_use]
    pub fn etag(&self) -> ETag {
        etag(&self.job)
    }
}

/// The tag of an import.
#[must_use]
pub fn etag(job: &ImportJob) -> ETag {
    let (id, processed) = (job.id.to_string(), job.processed.to_string());
    ETag::from_parts([id.as_str(), job.state.as_str(), processed.as_str()])
}

/// Creates an import before its file is uploaded.
///
/// # Errors
/// [`Error::MissingScope`]; [`Error::Rejected`] if too many imports of the
/// account have not ended.
pub fn begin(app: &App, caller: &Caller, options: &ImportOptions) -> Result<ImportJob, Error> {
    if options.create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    let now = app.now();
    let job = ImportJob {
        id: random::generate_id(ImportId::new, now)?,
        author: caller.author.clone(),
        options: *options,
        state: JobState::Receiving,
        rows: 0,
        processed: 0,
        counts: ImportCounts::default(),
        failure: None,
        created_at: now,
        started_at: None,
        finished_at: None,
        expires_at: now + UPLOAD_TIMEOUT,
    };
    app.write_as(&caller.author, |tx| {
        if tx.unfinished_imports(job.author.account)? >= MAX_UNFINISHED_IMPORTS {
            return Err(Error::Rejected(Rejection::TooManyImports));
        }
        Ok(tx.insert_import(&job)?)
    })?;
    Ok(job)
}

/// Stores a part of a file.
///
/// # Errors
/// If the database fails, or the author is no longer authorized.
pub fn add_part(app: &App, job: &ImportJob, number: i64, bytes: &[u8]) -> Result<(), Error> {
    let sealed = app.sealer.seal(&part_seal_context(job.id, number), bytes)?;
    app.write_as(&job.author, |tx| Ok(tx.insert_import_part(job.id, number, &sealed)?))
}

/// Submits an import whose file is complete, with its number of rows.
///
/// # Errors
/// [`Error::NotFound`] if the upload took too long; if the database fails.
pub fn submit(app: &App, job: &ImportJob, rows: u64) -> Result<ImportJob, Error> {
    let (account, until) = (job.author.account, app.now() + JOB_RETENTION);
    app.write_as(&job.author, |tx| {
        if !tx.submit_import(account, job.id, rows, until)? {
            return Err(Error::not_found("import", job.id));
        }
        let submitted = tx.import_job(account, job.id)?;
        submitted.ok_or_else(|| Error::not_found("import", job.id))
    })
}

/// Deletes an import whose file can't be used.
///
/// # Errors
/// If the database fails.
pub fn abandon(app: &App, job: &ImportJob) -> Result<(), Error> {
    let (account, id) = (job.author.account, job.id);
    app.db.write(|tx| tx.delete_import(account, id).map(drop).map_err(Error::from))
}

/// Returns an import with its report.
///
/// # Errors
/// [`Error::NotFound`]; if the database fails.
pub fn get(app: &App, caller: &Caller, id: ImportId) -> Result<JobReport, Error> {
    let account = caller.author.account;
    let (job, sealed) = app.db.read(|tx| {
        let job = require_visible(tx.import_job(account, id)?, id)?;
        let sealed = if job.has_report() { Some(tx.import_results(id)?) } else { None };
        Ok::<_, Error>((job, sealed))
    })?;
    let open = |(number, sealed): (i64, Vec<u8>)| {
        let opened = app.sealer.open(&results_seal_context(id, number), &sealed)?;
        Ok::<_, Error>(opened.expose_secret().clone())
    };
    let results = sealed.map(|sealed| sealed.into_iter().map(open).collect::<Result<_, _>>());
    Ok(JobReport { job, results: results.transpose()? })
}

/// Lists the imports of the caller's account, without the results of their rows.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query; if the database fails.
pub fn list(app: &App, caller: &Caller, query: &ListQuery) -> Result<ListPage<ImportJob>, Error> {
    listing::list(query, |listing| {
        Ok(app.db.read(|tx| tx.list_imports(caller.author.account, listing))?)
    })
}

/// Cancels an import; deletes it, if it has ended.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if it ended just now; if the database
/// fails.
pub fn cancel(app: &App, caller: &Caller, id: ImportId, if_match: &IfMatch) -> Result<(), Error> {
    let (account, now) = (caller.author.account, app.now());
    app.write_as(&caller.author, |tx| {
        let job = require_visible(tx.import_job(account, id)?, id)?;
        Error::check_match(if_match, &etag(&job), "import", id)?;
        if job.state.has_ended() {
            return Ok(tx.delete_import(account, id).map(drop)?);
        }
        // A report that the caller has not seen is not deleted.
        let cancelled = tx.cancel_import(account, id, now, now + JOB_RETENTION)?;
        if cancelled { Ok(()) } else { Err(Error::precondition("import", id, if_match)) }
    })
}

/// Returns an import that is visible: one whose upload is complete.
fn require_visible(job: Option<ImportJob>, id: ImportId) -> Result<ImportJob, Error> {
    job.filter(|job| job.state != JobState::Receiving).ok_or_else(|| Error::not_found("import", id))
}

/// Ends the leases of a stopped process. Only for an embedded database, where no
/// other process can hold a lease.
///
/// # Errors
/// If the database fails.
pub fn release_stale_leases(app: &App) -> Result<(), Error> {
    if app.db.is_embedded() {
        let now = app.now();
        app.db.write(|tx| tx.end_import_leases(now).map(drop).map_err(Error::from))?;
    }
    Ok(())
}

impl RowSource for JobFile<'_> {
    fn rows(&self) -> Result<ImportRows<'_>, Error> {
        let parts = FileParts { file: self, number: 0, part: io::Cursor::default() };
        self.format.read_rows(&self.options, Box::new(parts))
    }
}

/// The parts of a file, one at a time.
struct FileParts<'a> {
    file: &'a JobFile<'a>,
    number: i64,
    part: io::Cursor<Vec<u8>>,
}

impl Read for FileParts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.part.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.file.load_part(self.number).map_err(io::Error::other)? {
                None => return Ok(0),
                Some(part) => self.part = io::Cursor::new(part),
            }
            self.number += 1;
        }
    }
}

impl JobFile<'_> {
    fn load_part(&self, number: i64) -> Result<Option<Vec<u8>>, Error> {
        let Self { app, job, .. } = *self;
        let sealed = app.db.query(|tx| tx.import_part(job, number).map_err(Error::from))?;
        let open = |sealed: Vec<u8>| app.sealer.open(&part_seal_context(job, number), &sealed);
        Ok(sealed.map(open).transpose()?.map(|part| part.expose_secret().clone()))
    }
}

fn part_seal_context(job: ImportId, number: i64) -> String {
    format!("import/{job}/part/{number}")
}

pub(super) fn results_seal_context(job: ImportId, number: i64) -> String {
    format!("import/{job}/results/{number}")
}
