//! The thread that runs imports beside requests: one at a time.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

use super::api::import::file::Files;
use crate::app::{
    App,
    import::{jobs, worker},
};

/// How often imports are looked for that another process has received, or was
/// stopped with.
const POLLED_EVERY: Duration = Duration::from_secs(2);

/// The thread that runs imports. It ends when this is dropped, with the rows
/// that it is at; the import is then gone on with by another process.
#[derive(Debug)]
pub struct ImportWorker {
    wake: SyncSender<()>,
    stop: Arc<AtomicBool>,
}

impl ImportWorker {
    /// Starts the thread.
    ///
    /// # Errors
    /// If there can be no more threads.
    pub fn start(app: App) -> io::Result<Self> {
        if let Err(error) = jobs::take_over(&app) {
            tracing::debug!(%error, "imports of the process before are gone on with later");
        }
        let (wake, woken) = mpsc::sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("imports".into())
            .spawn(move || work(&app, &woken, &stopped))?;
        Ok(Self { wake, stop })
    }

    /// Says that an import waits.
    pub(super) fn wake(&self) {
        // Full: it was said before.
        let _ = self.wake.try_send(());
    }
}

impl Drop for ImportWorker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn work(app: &App, woken: &Receiver<()>, stop: &AtomicBool) {
    loop {
        while !stop.load(Ordering::Relaxed) {
            match worker::run_next(app, &Files, stop) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::debug!(%error, "an import is gone on with later");
                    break;
                }
            }
        }
        match woken.recv_timeout(POLLED_EVERY) {
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
