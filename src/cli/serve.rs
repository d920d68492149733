//! `usher serve` and `usher migrate`

use std::{net::TcpListener, time::Duration};

use clap::Args;

use super::{
    CliError,
    log::Log,
    output,
    setup::{self, CreatePolicy, Setup},
};
use crate::{
    app,
    config::{Config, SecretKey},
    http,
    store::{Db, StoreError},
};

/// The interval at which an unavailable database is tried.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The flags that allow `usher serve` and `usher migrate` to create a deployment.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct StartArgs {
    /// Create the database file or the secret key if only one of the two exists
    #[arg(long)]
    create: bool,
}

impl StartArgs {
    fn create(self) -> CreatePolicy {
        if self.create { CreatePolicy::Missing } else { CreatePolicy::Fresh }
    }
}

/// Brings the database to this version.
pub(super) fn migrate(setup: &Setup, start: StartArgs) -> Result<(), CliError> {
    let config = setup.config()?;
    let (is_new, has_key) =
        (setup::database_address(&config)?.is_missing_file(), setup::has_key(&config));
    let app = setup::open_or_create(&config, start.create(), || setup::open_database(&config))?;
    if is_new {
        output::write(&format!("Created the database {}.", config.redacted_database()))?;
    }
    if let (false, SecretKey::File(path)) = (has_key, &config.secret_key) {
        let path = path.display();
        output::write(&format!(
            "Created the secret key {path}. Keep a copy of it, separate from the database."
        ))?;
    }
    let report = app.db.migrate()?;
    app.prepare()?;
    for note in report.notes {
        output::write(&note)?;
    }
    output::write("The database is of this version.")
}

/// Serves until the process is told to stop.
pub(super) fn serve(setup: &Setup, start: StartArgs) -> Result<(), CliError> {
    let config = setup.config()?;
    let log = Log::start(&config)?;
    let is_new = setup::database_address(&config)?.is_missing_file();
    let app = setup::open_or_create(&config, start.create(), || wait_for_database(&config))?;
    if is_new {
        tracing::warn!(database = config.redacted_database(), "created a new and empty database");
    }
    // No other process uses an embedded database, so it can be migrated at once. The
    // operator decides when to migrate a shared one.
    if app.db.is_embedded() {
        for note in app.db.migrate()?.notes {
            tracing::warn!("{note}");
        }
    }
    setup::check_is_migrated(&app, &config)?;
    app.prepare()?;
    let socket = bind(&config)?;
    let setup = setup.clone();
    http::run(app, socket, server_options(&config), move || reload(&setup, &log), |_| {})
        .map_err(CliError::io("serving"))
}

/// The options of the server by the configuration.
pub(super) fn server_options(config: &Config) -> http::ServerOptions {
    http::ServerOptions { workers: config.workers, grace: config.grace }
}

/// Reads the configuration again, and applies what can change while the server
/// runs: the log's filter.
pub(super) fn reload(setup: &Setup, log: &Log) {
    match setup.config().and_then(|config| log.reload(&config)) {
        Ok(()) => tracing::info!("read the configuration again: applied the setting log"),
        Err(error) => tracing::error!(%error, "the configuration can't be used: nothing changed"),
    }
}

/// Opens the database, and waits for a server that is not available yet.
fn wait_for_database(config: &Config) -> Result<Db, CliError> {
    let mut is_reported = false;
    loop {
        match setup::open_database(config) {
            Err(CliError::App(app::Error::Unavailable(error @ StoreError::Unavailable(_))))
                if !setup::database_address(config)?.is_file() =>
            {
                if !is_reported {
                    let database = config.redacted_database();
                    tracing::warn!(%error, database, "waiting for the database");
                }
                is_reported = true;
                std::thread::sleep(RETRY_INTERVAL);
            }
            result => {
                if is_reported && result.is_ok() {
                    tracing::info!("the database answers");
                }
                return result;
            }
        }
    }
}

/// Opens the socket to listen on.
pub(super) fn bind(config: &Config) -> Result<TcpListener, CliError> {
    let address = config.listen;
    TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => CliError::Other(format!(
            "listening on {address}: another program uses this address. Stop it, or use another address (--listen, with a matching --base-url)"
        )),
        _ => CliError::io(format!("listening on {address}"))(error),
    })
}
