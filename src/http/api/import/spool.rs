//! The body of an import, as a file: it is read more than once, and no more of
//! it is held in memory than comes in at once.

use std::{
    fs::File,
    io::{self, Write},
};

use actix_web::web;
use futures_util::StreamExt;

use super::super::body::Body;
use crate::{
    app::Error,
    http::{blocking, problem::Problem},
};

/// How much is written to the file at once.
const WRITTEN_AT_ONCE: usize = 256 * 1024;

/// Puts a body into a file that has no name, and is gone when it is closed.
pub(super) async fn spool(body: Body, limit: usize) -> Result<File, Problem> {
    let mut file = blocking::run(|| tempfile::tempfile().map_err(failed)).await?;
    let (mut payload, mut length) = (body.into_stream(), 0);
    let mut held = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::Malformed(error.to_string()))?;
        length += chunk.len();
        if length > limit {
            return Err(Problem::TooLarge { limit });
        }
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
