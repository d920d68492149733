//! The server: what is served, on which socket, and the housekeeping beside it.

use std::{net::TcpListener, time::Duration};

use actix_web::{
    App as Actix, Error, HttpMessage as _, HttpServer,
    body::MessageBody,
    dev::{Server, ServiceRequest, ServiceResponse},
    middleware, rt, web,
};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder, TracingLogger};

use super::{State, headers, requests, router::routes, scim, upgrades};
use crate::app::{App, housekeeping};

/// How long a connection is kept on which nothing is asked: longer than
/// clients and proxies keep theirs (30 to 60 s), so that none sends a request
/// on a connection that we close in that moment. When the server is told to
/// stop, such connections are closed at once.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The most threads of each worker on which use cases wait for the database:
/// enough that the waiting writes of an account, which are capped, leave some to
/// others.
const MAX_BLOCKING: usize = 512;

/// How often what is over is deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Serves on a socket until the process is told to stop, and deletes what is
/// over meanwhile. `more` is put before the addresses of Usher; `workers` is
/// the number of threads that take requests, one for each core if `None`.
///
/// # Errors
/// If the socket can't be served.
pub fn run<F>(app: App, socket: TcpListener, workers: Option<usize>, more: F) -> std::io::Result<()>
where
    F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
{
    rt::System::new().block_on(async move {
        rt::spawn(sweep(app.clone()));
        serve(app, socket, workers, more)?.await
    })
}

/// The server on a socket, to be awaited or stopped by its handle.
///
/// # Errors
/// If the socket can't be served.
pub fn serve<F>(
    app: App,
    socket: TcpListener,
    workers: Option<usize>,
    more: F,
) -> std::io::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
{
    let https = app.settings.base_url.scheme() == "https";
    let state = web::Data::new(State { app });
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(state.clone())
            .wrap(middleware::from_fn(scim::normalize))
            .wrap(middleware::from_fn(requests::name))
            .wrap(middleware::Compress::default())
            .wrap(headers::security(https))
            .wrap(middleware::from_fn(upgrades::decline))
            .wrap(TracingLogger::<OfRequest>::new())
            .configure(more.clone())
            .configure(routes)
    });
    let server = match workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    let server = server.worker_max_blocking_threads(MAX_BLOCKING);
    Ok(server.keep_alive(KEEP_ALIVE).listen(socket)?.run())
}

/// What a line of the log says of the request that it belongs to. No query,
/// no address and no user agent: they are nobody's business, and to write them
/// down for each request costs more than to route it.
struct OfRequest;

impl RootSpanBuilder for OfRequest {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().copied();
        let id = id.map(tracing::field::display);
        tracing::info_span!("request", method = %request.method(), path = request.path(), id)
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}

async fn sweep(app: App) {
    let mut ticks = rt::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let app = app.clone();
        match web::block(move || housekeeping::sweep(&app)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => tracing::debug!(count, "deleted what is over"),
            // Reported once, by the store.
            Ok(Err(crate::app::Error::Unavailable(_))) => {}
            Ok(Err(error)) => tracing::warn!(%error, "what is over could not be deleted"),
            Err(_) => return,
        }
    }
}
