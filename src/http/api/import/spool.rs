//! The body of an import, as a file: it is read more than once, and no more of
//! it is held in memory than comes in at once.

use std::{
    fs::File,
    io::{self, Write},
    time::Duration,
};

use actix_web::web;

use super::super::body::Body;
use crate::{
    app::Error,
    http::{blocking, problem::Problem},
};

/// How much is written to the file at once.
const WRITTEN_AT_ONCE: usize = 256 * 1024;

/// How long a file may take to come in.
const WITHIN: Duration = Duration::from_mins(10);

/// Puts a body into a file that has no name, and is gone when it is closed.
pub(super) async fn spool(body: Body, limit: usize) -> Result<File, Problem> {
    let mut file = blocking::run(|| tempfile::tempfile().map_err(failed)).await?;
    let mut reading = body.reading(limit, WITHIN);
    let mut held = web::BytesMut::new();
    while let Some(chunk) = reading.next().await? {
        held.extend_from_slice(&chunk);
        if held.len() >= WRITTEN_AT_ONCE {
            file = write(file, held.split().freeze()).await?;
        }
    }
    write(file, held.freeze()).await
}

async fn write(mut file: File, bytes: web::Bytes) -> Result<File, Problem> {
    blocking::run(move || file.write_all(&bytes).map(|()| file).map_err(failed)).await
}

/// That the file can't be used: nobody outside can do anything about it.
pub(super) fn failed(error: io::Error) -> Error {
    Error::internal("the file of an import", error)
}
