//! The log: its target, its filter, and changes of the filter while the server runs.

mod captured_stderr;

use std::{io::IsTerminal, thread, time::Duration};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use self::captured_stderr::CapturedStderr;
use super::CliError;
use crate::config::{Config, LogFormat};

/// The maximum number of lines that wait to be written. More are dropped and counted: a
/// reader that stalls must not stop the server.
const MAX_WAITING_LINES: usize = 8_192;

/// The interval at which dropped lines are reported.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// Silences the `ERROR` messages of the HTTP library about malformed requests. Any client can
/// send such requests, and the responses describe the error.
const QUIET: &str = "actix_http=off";

/// The running log. Dropping it writes the lines that are still queued.
pub(super) struct Log {
    // In this order: standard error is restored before the writer ends.
    _stderr: CapturedStderr,
    _writer: WorkerGuard,
    set_filter: SetFilter,
}

type SetFilter = Box<dyn Fn(EnvFilter) -> Result<(), String> + Send>;

impl Log {
    /// Starts the log on standard error. Its writer is bounded and never
    /// blocks the thread that logs.
    ///
    /// # Errors
    /// If the filter can't be read, or a log runs already.
    pub(super) fn start(config: &Config) -> Result<Self, CliError> {
        let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let starting = CliError::io("starting the log");
        let (stderr, output) = CapturedStderr::start().map_err(starting)?;
        let (writer, guard) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(MAX_WAITING_LINES)
            .thread_name("log")
            .finish(output);
        let dropped = writer.error_counter();
        let log = tracing_subscriber::fmt()
            .with_ansi(colours)
            .with_writer(writer)
            // It would be printed to standard error, and panic if that is gone.
            .log_internal_errors(false);
        let filter = filter(config)?;
        let (started, set_filter): (_, SetFilter) = match config.log_format {
            LogFormat::Text => {
                let log = log.with_env_filter(filter).with_filter_reloading();
                let handle = log.reload_handle();
                let set = move |new| handle.reload(new).map_err(|error| error.to_string());
                (log.try_init(), Box::new(set))
            }
            LogFormat::Json => {
                let log = log.json().with_env_filter(filter).with_filter_reloading();
                let handle = log.reload_handle();
                let set = move |new| handle.reload(new).map_err(|error| error.to_string());
                (log.try_init(), Box::new(set))
            }
        };
        started.map_err(|error| CliError::Other(error.to_string()))?;
        thread::Builder::new()
            .name("log-report".into())
            .spawn(move || report_dropped(&dropped))
            .map_err(CliError::io("starting the log"))?;
        Ok(Self { _stderr: stderr, _writer: guard, set_filter })
    }

    /// Applies the filter of a configuration that was read again.
    ///
    /// # Errors
    /// If the filter can't be read. The former one stays.
    pub(super) fn reload(&self, config: &Config) -> Result<(), CliError> {
        (self.set_filter)(filter(config)?).map_err(CliError::Other)
    }
}

/// Says how many lines were dropped since the last time.
fn report_dropped(dropped: &ErrorCounter) {
    let mut reported = 0;
    loop {
        thread::sleep(REPORT_EVERY);
        let count = dropped.dropped_lines();
        if count > reported {
            tracing::warn!(
                lines = count - reported,
                "dropped log lines: the log is read too slowly"
            );
            reported = count;
        }
    }
}

/// Parses the filter of the log.
///
/// # Errors
/// If `log` is not a filter.
pub(super) fn filter(config: &Config) -> Result<EnvFilter, CliError> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        CliError::Config(format!(
            "log: {:?} is not a filter: {error}. Use error, warn, info, debug or trace, or \
             directives such as usher=debug,actix_web=warn",
            config.log
        ))
    })?;
    if config.log.contains("actix_http") {
        return Ok(filter);
    }
    let quiet = QUIET.parse().map_err(|error| CliError::Other(format!("{QUIET}: {error}")))?;
    Ok(filter.add_directive(quiet))
}
