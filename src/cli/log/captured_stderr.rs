//! Captures what C libraries write to standard error.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, PipeReader},
    os::fd::{AsFd, OwnedFd},
    thread,
};

/// What each line of the XML security library begins with. It writes one for each
/// signature that does not verify, which every client can cause.
const XMLSEC_PREFIX: &str = "func=xmlSec";

/// Standard error while the log runs. Libraries write to a pipe, and their lines become
/// log events, so that a stalled reader of standard error blocks no library. Dropping
/// it restores standard error.
pub(super) struct CapturedStderr {
    original: OwnedFd,
}

impl CapturedStderr {
    /// Redirects standard error. Returns also the original one, for the log.
    ///
    /// # Errors
    /// If the system rejects a pipe or a thread.
    pub(super) fn start() -> io::Result<(Self, File)> {
        let original = io::stderr().as_fd().try_clone_to_owned()?;
        let output = File::from(original.try_clone()?);
        let (reader, writer) = io::pipe()?;
        thread::Builder::new().name("stderr".into()).spawn(move || log_lines(reader))?;
        rustix::stdio::dup2_stderr(&writer)?;
        Ok((Self { original }, output))
    }
}

impl Drop for CapturedStderr {
    fn drop(&mut self) {
        // If it fails, messages go to the pipe, which is not read any more.
        let _ = rustix::stdio::dup2_stderr(&self.original);
    }
}

/// Logs each line until the pipe is closed. Lines that are not text are converted.
fn log_lines(reader: PipeReader) {
    for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if line.starts_with(XMLSEC_PREFIX) {
            tracing::debug!(library = "xmlsec", "{}", line.trim_end());
        } else {
            tracing::error!("{}", line.trim_end());
        }
    }
}
