//! `usher serve` and `usher migrate`

use std::{net::TcpListener, time::Duration};

use actix_web::web;

use super::{
    Failure, output,
    setup::{self, Setup},
};
use crate::{
    app::{App, housekeeping},
    config::Config,
    http,
};

/// How often what is over is deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Brings the database to this version.
pub(super) fn migrate(setup: &Setup) -> Result<(), Failure> {
    let app = setup::open(&setup.config()?)?;
    app.db.migrate()?;
    app.prepare()?;
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
        app.db.migrate()?;
    }
    setup::must_be_migrated(&app)?;
    app.prepare()?;
    let socket = listen(&config)?;
    tracing::info!(address = %config.listen, base_url = %config.settings.base_url, "serving");
    run(app, &config, socket, |_| {})
}

/// Opens the socket to listen on.
pub(super) fn listen(config: &Config) -> Result<TcpListener, Failure> {
    TcpListener::bind(config.listen).map_err(Failure::io(format!("listening on {}", config.listen)))
}

/// Runs the server until the process is told to stop, and sweeps beside it.
pub(super) fn run<F>(app: App, config: &Config, socket: TcpListener, more: F) -> Result<(), Failure>
where
    F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
{
    let workers = config.workers;
    actix_web::rt::System::new().block_on(async move {
        actix_web::rt::spawn(sweep(app.clone()));
        let server = http::serve(app, socket, workers, more).map_err(Failure::io("serving"))?;
        server.await.map_err(Failure::io("serving"))
    })
}

async fn sweep(app: App) {
    let mut ticks = actix_web::rt::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let app = app.clone();
        match web::block(move || housekeeping::sweep(&app)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => tracing::debug!(count, "deleted what is over"),
            Ok(Err(error)) => tracing::warn!(%error, "what is over could not be deleted"),
            Err(_) => return,
        }
    }
}
