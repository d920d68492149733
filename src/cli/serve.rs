//! `usher serve` and `usher migrate`

use std::net::TcpListener;

use super::{
    Failure, output,
    setup::{self, Setup},
};
use crate::{config::Config, http};

/// Brings the database to this version.
pub(super) fn migrate(setup: &Setup) -> Result<(), Failure> {
    let app = setup::open(&setup.config()?)?;
    let report = app.db.migrate()?;
    app.prepare()?;
    for note in report.notes {
        output::write(&note)?;
    }
    output::write("The database is of this version.")
}

/// Serves until the process is told to stop.
pub(super) fn serve(setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    setup::log(&config)?;
    let app = setup::open(&config)?;
    // Nobody else works on an embedded database, so nobody can be in the way;
    // on a shared one, when to migrate is the operator's to say.
    if app.db.is_embedded() {
        for note in app.db.migrate()?.notes {
            tracing::warn!("{note}");
        }
    }
    setup::must_be_migrated(&app, &config)?;
    app.prepare()?;
    let socket = listen(&config)?;
    tracing::info!(address = %config.listen, base_url = %config.settings.base_url, "serving");
    http::run(app, socket, config.workers, |_| {}).map_err(Failure::io("serving"))
}

/// Opens the socket to listen on.
pub(super) fn listen(config: &Config) -> Result<TcpListener, Failure> {
    let address = config.listen;
    TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::Other(format!(
            "listening on {address}: another program does so already; end it, or give another address (--listen, and --base-url to go with it)"
        )),
        _ => Failure::io(format!("listening on {address}"))(error),
    })
}
