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

use super::api::import::file::ImportFileFormat;
use crate::app::{
    App,
    import::{jobs, worker},
};

/// How often to look for imports that another process has received or abandoned.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

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
        if let Err(error) = jobs::release_stale_leases(&app) {
            tracing::debug!(%error, "imports of the previous process are continued later");
        }
        let (wake, wake_signals) = mpsc::sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("imports".into())
            .spawn(move || run_imports(&app, &wake_signals, &stopped))?;
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

fn run_imports(app: &App, wake_signals: &Receiver<()>, stop: &AtomicBool) {
    loop {
        while !stop.load(Ordering::Relaxed) {
            match worker::run_next(app, &ImportFileFormat, stop) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::debug!(%error, "an import is continued later");
                    break;
                }
            }
        }
        match wake_signals.recv_timeout(POLL_INTERVAL) {
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
