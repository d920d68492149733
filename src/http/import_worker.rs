//! The background thread that runs imports, one at a time.

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

/// How often to look for imports that another process has received or abandoned.
const POLLED_EVERY: Duration = Duration::from_secs(2);

/// A handle of the thread that runs imports. When it is dropped, the thread ends
/// after the current rows, and another process continues the import.
#[derive(Debug)]
pub struct ImportWorker {
    wake: SyncSender<()>,
    stop: Arc<AtomicBool>,
}

impl ImportWorker {
    /// Starts the thread.
    ///
    /// # Errors
    /// Returns an error if the thread cannot be started.
    pub fn start(app: App) -> io::Result<Self> {
        if let Err(error) = jobs::take_over(&app) {
            tracing::debug!(%error, "imports of the previous process are continued later");
        }
        let (wake, woken) = mpsc::sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("imports".into())
            .spawn(move || work(&app, &woken, &stopped))?;
        Ok(Self { wake, stop })
    }

    /// Wakes the thread, because an import is waiting.
    pub(super) fn wake(&self) {
        // If the channel is full, the thread has been woken already.
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
                    tracing::debug!(%error, "an import is continued later");
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
