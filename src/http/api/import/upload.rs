//! The body of an import. A small file stays in memory; a bigger one is stored in the
//! database as the file of a job. No temporary folder is needed.

use std::{io::Cursor, time::Duration};

use actix_web::web;

use super::{super::body::Body, file, file::ImportFileFormat};
use crate::{
    app::{
        App, Error,
        import::{
            ImportRows, RowSource, count_rows,
            jobs::{self, JobFile},
        },
    },
    domain::import::{ImportJob, ImportOptions},
    http::{auth::Authorized, blocking, problem::Problem},
};

/// The maximum number of bytes of a file.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The maximum number of bytes of a file that is imported during the request.
const MAX_BYTES_IN_MEMORY: usize = 4 * 1024 * 1024;

/// The maximum number of rows of a file that is imported during the request.
const MAX_INLINE_ROWS: u64 = 5_000;

/// The size of the parts in which a bigger file is stored.
const PART_BYTES: usize = 1024 * 1024;

/// How long a file may take to arrive.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(10);

/// A received file.
pub(super) enum ReceivedFile {
    /// A file that is imported during the request.
    InMemory(UploadedFile),
    /// A file that is imported in the background.
    Queued(Box<ImportJob>),
}

/// A file in memory.
pub(super) struct UploadedFile {
    options: ImportOptions,
    bytes: web::Bytes,
}

impl RowSource for UploadedFile {
    fn rows(&self) -> Result<ImportRows<'_>, Error> {
        file::read_rows(&self.options, Cursor::new(&self.bytes))
    }
}

/// A job whose file is being received.
struct IncomingFile {
    job: ImportJob,
    parts: i64,
}

/// Receives a file and checks all of it, so that an invalid file is rejected at once.
/// If `apart` is true, even a small file is imported in the background.
pub(super) async fn receive<R: 'static>(
    auth: &Authorized<R>,
    options: &ImportOptions,
    body: Body,
    limit: usize,
    in_background: bool,
) -> Result<ReceivedFile, Problem> {
    let mut stream = body.into_stream(limit, UPLOAD_TIMEOUT);
    let mut buffer = web::BytesMut::new();
    let mut incoming: Option<IncomingFile> = None;
    let outcome = loop {
        match stream.next().await {
            Ok(Some(chunk)) => buffer.extend_from_slice(&chunk),
            result => break result.map(drop),
        }
        let limit_in_memory = if incoming.is_some() { PART_BYTES } else { MAX_BYTES_IN_MEMORY };
        if buffer.len() > limit_in_memory {
            let bytes = buffer.split().freeze();
            incoming = Some(store_parts(auth, options, incoming, bytes).await?);
        }
    };
    match (outcome, incoming) {
        (Err(problem), None) => Err(problem),
        (Err(problem), Some(incoming)) => Err(abandon_job(&auth.app, incoming.job, problem).await),
        (Ok(()), None) => receive_in_memory(auth, *options, buffer.freeze(), in_background).await,
        (Ok(()), Some(incoming)) => {
            let incoming = store_parts(auth, options, Some(incoming), buffer.freeze()).await?;
            submit_job(&auth.app, incoming.job).await
        }
    }
}

/// Checks the file of a request whose query is invalid, so that one response has the
/// errors of both. Only the header of a big file is checked.
pub(super) async fn check(options: ImportOptions, body: Body) -> Result<(), Problem> {
    let mut stream = body.into_stream(MAX_BYTES, UPLOAD_TIMEOUT);
    let mut bytes = web::BytesMut::new();
    while bytes.len() <= MAX_BYTES_IN_MEMORY
        && let Some(chunk) = stream.next().await?
    {
        bytes.extend_from_slice(&chunk);
    }
    let is_small = bytes.len() <= MAX_BYTES_IN_MEMORY;
    let upload = UploadedFile { options, bytes: bytes.freeze() };
    let check = move || match is_small {
        true => count_rows(&upload).map(drop),
        false => upload.rows().map(drop),
    };
    Ok(blocking::run_within(blocking::BULK_DEADLINE, check).await??)
}

/// Handles a file that fits into memory.
async fn receive_in_memory<R: 'static>(
    auth: &Authorized<R>,
    options: ImportOptions,
    bytes: web::Bytes,
    in_background: bool,
) -> Result<ReceivedFile, Problem> {
    let upload = UploadedFile { options, bytes };
    let count = move || count_rows(&upload).map(|rows| (rows, upload));
    let (rows, upload) = blocking::run_within(blocking::BULK_DEADLINE, count).await??;
    if rows <= MAX_INLINE_ROWS && !in_background {
        return Ok(ReceivedFile::InMemory(upload));
    }
    let incoming = store_parts(auth, &options, None, upload.bytes).await?;
    submit_job(&auth.app, incoming.job).await
}

/// Stores bytes in the database, part by part.
async fn store_parts<R: 'static>(
    auth: &Authorized<R>,
    options: &ImportOptions,
    incoming: Option<IncomingFile>,
    bytes: web::Bytes,
) -> Result<IncomingFile, Problem> {
    let options = *options;
    let keep = move |app: &App, caller: &_| {
        let mut incoming = match incoming {
            Some(incoming) => incoming,
            None => IncomingFile { job: jobs::begin(app, caller, &options)?, parts: 0 },
        };
        for part in bytes.chunks(PART_BYTES) {
            jobs::add_part(app, &incoming.job, incoming.parts, part)?;
            incoming.parts += 1;
        }
        Ok(incoming)
    };
    auth.clone().run(keep).await
}

/// Checks the file of a job, and submits the job.
async fn submit_job(app: &App, job: ImportJob) -> Result<ReceivedFile, Problem> {
    let app = app.clone();
    let job = blocking::run_within(blocking::BULK_DEADLINE, move || {
        let file =
            JobFile { app: &app, format: &ImportFileFormat, job: job.id, options: job.options };
        let result = count_rows(&file).and_then(|rows| jobs::submit(&app, &job, rows));
        if result.is_err() {
            // The first error is reported. If this fails, housekeeping deletes the job.
            let _ = jobs::abandon(&app, &job);
        }
        result
    });
    Ok(ReceivedFile::Queued(Box::new(job.await??)))
}

async fn abandon_job(app: &App, job: ImportJob, problem: Problem) -> Problem {
    let app = app.clone();
    // If this fails, housekeeping deletes the job.
    let _ = blocking::run(move || jobs::abandon(&app, &job)).await;
    problem
}
