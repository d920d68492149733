//! The body of an import. A small file stays in memory; a bigger one is stored in the
//! database as the file of a job. No temporary folder is needed.

use std::{io::Cursor, time::Duration};

use actix_web::web;

use super::{super::body::Body, file, file::Files};
use crate::{
    app::{
        App, Error,
        import::{
            RowSource, Rows, count_rows,
            jobs::{self, JobFile},
        },
    },
    domain::import::{ImportJob, Options},
    http::{auth::Authorized, blocking, problem::Problem},
};

/// The most bytes of a file.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The most bytes of a file that is imported during the request.
const IN_MEMORY: usize = 4 * 1024 * 1024;

/// The most rows of a file that is imported during the request.
const ROWS_AT_ONCE: u64 = 5_000;

/// The size of the parts in which a bigger file is stored.
const PART: usize = 1024 * 1024;

/// How long a file may take to arrive.
const WITHIN: Duration = Duration::from_mins(10);

/// A received file.
pub(super) enum Received {
    /// A file that is imported during the request.
    Small(Upload),
    /// A file that is imported in the background.
    Big(Box<ImportJob>),
}

/// A file in memory.
pub(super) struct Upload {
    options: Options,
    bytes: web::Bytes,
}

impl RowSource for Upload {
    fn rows(&self) -> Result<Rows<'_>, Error> {
        file::rows(&self.options, Cursor::new(&self.bytes))
    }
}

/// A job whose file is being received.
struct Incoming {
    job: ImportJob,
    parts: i64,
}

/// Receives a file and checks all of it, so that an invalid file is rejected at once.
/// If `apart` is true, even a small file is imported in the background.
pub(super) async fn receive<R: 'static>(
    auth: &Authorized<R>,
    options: &Options,
    body: Body,
    limit: usize,
    apart: bool,
) -> Result<Received, Problem> {
    let mut reading = body.reading(limit, WITHIN);
    let mut current = web::BytesMut::new();
    let mut incoming: Option<Incoming> = None;
    let received = loop {
        match reading.next().await {
            Ok(Some(chunk)) => current.extend_from_slice(&chunk),
            ended => break ended.map(drop),
        }
        let most = if incoming.is_some() { PART } else { IN_MEMORY };
        if current.len() > most {
            let bytes = current.split().freeze();
            incoming = Some(keep(auth, options, incoming, bytes).await?);
        }
    };
    match (received, incoming) {
        (Err(problem), None) => Err(problem),
        (Err(problem), Some(incoming)) => Err(abandoned(&auth.app, incoming.job, problem).await),
        (Ok(()), None) => small(auth, *options, current.freeze(), apart).await,
        (Ok(()), Some(incoming)) => {
            let incoming = keep(auth, options, Some(incoming), current.freeze()).await?;
            submitted(&auth.app, incoming.job).await
        }
    }
}

/// Checks the file of a request whose query is invalid, so that one response has the
/// errors of both. Only the header of a big file is checked.
pub(super) async fn check(options: Options, body: Body) -> Result<(), Problem> {
    let mut reading = body.reading(MAX_BYTES, WITHIN);
    let mut bytes = web::BytesMut::new();
    while bytes.len() <= IN_MEMORY
        && let Some(chunk) = reading.next().await?
    {
        bytes.extend_from_slice(&chunk);
    }
    let is_small = bytes.len() <= IN_MEMORY;
    let upload = Upload { options, bytes: bytes.freeze() };
    let check = move || match is_small {
        true => count_rows(&upload).map(drop),
        false => upload.rows().map(drop),
    };
    Ok(blocking::run_within(blocking::DEADLINE_OF_MANY, check).await??)
}

/// Handles a file that fits into memory.
async fn small<R: 'static>(
    auth: &Authorized<R>,
    options: Options,
    bytes: web::Bytes,
    apart: bool,
) -> Result<Received, Problem> {
    let upload = Upload { options, bytes };
    let count = move || count_rows(&upload).map(|rows| (rows, upload));
    let (rows, upload) = blocking::run_within(blocking::DEADLINE_OF_MANY, count).await??;
    if rows <= ROWS_AT_ONCE && !apart {
        return Ok(Received::Small(upload));
    }
    let incoming = keep(auth, &options, None, upload.bytes).await?;
    submitted(&auth.app, incoming.job).await
}

/// Stores bytes in the database, part by part.
async fn keep<R: 'static>(
    auth: &Authorized<R>,
    options: &Options,
    incoming: Option<Incoming>,
    bytes: web::Bytes,
) -> Result<Incoming, Problem> {
    let options = *options;
    let keep = move |app: &App, caller: &_| {
        let mut incoming = match incoming {
            Some(incoming) => incoming,
            None => Incoming { job: jobs::begin(app, caller, &options)?, parts: 0 },
        };
        for part in bytes.chunks(PART) {
            jobs::add_part(app, &incoming.job, incoming.parts, part)?;
            incoming.parts += 1;
        }
        Ok(incoming)
    };
    auth.clone().run(keep).await
}

/// Checks the file of a job, and submits the job.
async fn submitted(app: &App, job: ImportJob) -> Result<Received, Problem> {
    let app = app.clone();
    let job = blocking::run_within(blocking::DEADLINE_OF_MANY, move || {
        let file = JobFile { app: &app, format: &Files, job: job.id, options: job.options };
        let submitted = count_rows(&file).and_then(|rows| jobs::submit(&app, &job, rows));
        if submitted.is_err() {
            // The first error is reported. If this fails, housekeeping deletes the job.
            let _ = jobs::abandon(&app, &job);
        }
        submitted
    });
    Ok(Received::Big(Box::new(job.await??)))
}

async fn abandoned(app: &App, job: ImportJob, problem: Problem) -> Problem {
    let app = app.clone();
    // If this fails, housekeeping deletes the job.
    let _ = blocking::run(move || jobs::abandon(&app, &job)).await;
    problem
}
