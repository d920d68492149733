//! Signals that stop the server or make it reload its settings.

use std::{io, pin::pin, time::Duration};

use actix_web::{
    dev::Server,
    rt::{
        self,
        signal::unix::{Signal, SignalKind, signal},
    },
};

/// The signals that the server handles.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// The action that a signal requests.
enum RequestMatch {
    Stop,
    Reload,
}

impl Signals {
    /// Listens to `SIGTERM`, `SIGINT` and `SIGHUP`.
    ///
    /// # Errors
    /// Returns an error if a signal handler cannot be installed.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next_action(&mut self) -> RequestMatch {
        let Self { terminate, interrupt, hang_up } = self;
        tokio::select! {
            _ = terminate.recv() => RequestMatch::Stop,
            _ = interrupt.recv() => RequestMatch::Stop,
            _ = hang_up.recv() => RequestMatch::Reload,
        }
    }

    async fn wait_for_stop(&mut self) {
        while !matches!(self.next_action().await, RequestMatch::Stop) {}
    }
}

/// Runs a server until a signal stops it. Requests in progress have `grace` to
/// finish; a second signal ends them at once. `reload` is called at `SIGHUP`.
///
/// # Errors
/// Those of the server.
pub(super) async fn run_until_stopped(
    server: Server,
    mut signals: Signals,
    grace: Duration,
    reload: impl Fn(),
) -> io::Result<()> {
    let handle = server.handle();
    let mut server = pin!(server);
    loop {
        tokio::select! {
            result = &mut server => return result,
            action = signals.next_action() => match action {
                RequestMatch::Stop => break,
                RequestMatch::Reload => reload(),
            },
        }
    }
    tracing::info!(grace_seconds = grace.as_secs(), "stopping");
    rt::spawn(handle.stop(true));
    tokio::select! {
        result = &mut server => result,
        () = signals.wait_for_stop() => {
            tracing::warn!("stopped at once: a second signal");
            Ok(())
        }
        () = rt::time::sleep(grace) => {
            tracing::warn!("stopped with requests in progress");
            Ok(())
        }
    }
}
